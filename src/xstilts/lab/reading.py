"""Passages with questions whose answer is a span: lab-squad1, lab-squad2, lab-xquad, lab-mlqa, lab-tydiqa.

Every passage tells the deed asked about twice: at the same time, but with other participants, places and tools. An
answerable question gives two parts of one of these events; an unanswerable one gives a part of each, so all its words
stand in the passage as well, but no event fits. Whether there is an answer is decided after the passage is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from xstilts.forms import Question
from xstilts.lab.grammar import ASK, STOP, Slot, Speaker, Style, Word, style, text
from xstilts.lab.world import Event, Split, World

SLOTS: tuple[Slot, ...] = ("agent", "patient", "place", "tool")
CIRCUMSTANCES: tuple[Slot, ...] = ("place", "tool")
TOOLS = 0.3
"""How many of the passages that are not asked about a tool tell of tools."""
NAMED_PLACES = 0.3


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage, what is asked, and which event answers it (None: none does)."""

    passage: tuple[tuple[Event, Style], ...]
    asked: Event
    how: Style
    slot: Slot
    answer: int | None

    def words(self, speaker: Speaker, name: str) -> Question:
        """The reading in one tongue, with the answer's character offset."""
        context, found = "", ("", 0)
        for i, (event, how) in enumerate(self.passage):
            said = [*speaker.say(event, how), STOP]
            if i == self.answer:
                found = _span(said, self.slot, len(context))
            context += text(said) + " "
        question = text([*speaker.say(self.asked, self.how, ask=self.slot), ASK])
        answered = self.answer is not None
        return Question(
            id=name,
            question=question,
            context=context.rstrip(),
            answers=(found[0],) if answered else (),
            starts=(found[1],) if answered else (),
        )


def _span(said: list[Word], slot: Slot, start: int) -> tuple[str, int]:
    """The slot's words, adjective included, and where they begin."""
    at = [i for i, word in enumerate(said) if word.slot in (slot, f"{slot}-adjective")]
    first, last = at[0], at[-1]
    return text(said[first : last + 1]), start + sum(len(word.text) + 1 for word in said[:first])


def readings(
    world: World, rng: random.Random, split: Split, *, events: int = 3, unanswerable: float = 0.0
) -> Iterator[Reading]:
    """Endless readings over passages of so many events."""
    while True:
        slot = rng.choice(SLOTS)
        # All events of a passage have tools or none has: what an event lacks must not tell which one is asked about.
        tools = slot == "tool" or rng.random() < TOOLS
        rivals = _rivals(world, rng, split, tools=tools, crossed=unanswerable > 0 and slot in CIRCUMSTANCES)
        if rivals is None:
            continue
        # Both were drawn alike, so neither order nor what is usual tells which of them is asked about.
        target, rival = rivals
        deeds = [verb for verb in world.verbs if verb != target.verb]
        told = [target, rival, *(_event(world, rng, split, rng.choice(deeds), tools=tools) for _ in range(events - 2))]
        rng.shuffle(told)
        answerable = rng.random() >= unanswerable
        clue = rng.choice(CIRCUMSTANCES) if tools else "place"
        yield Reading(
            tuple((event, style(rng)) for event in told),
            _asked(target, target if answerable else rival, slot, clue),
            style(rng, passive=0.15),
            slot,
            told.index(target) if answerable else None,
        )


def _asked(target: Event, source: Event, slot: Slot, clue: Slot) -> Event:
    """What the question gives: a participant of the target, and a second part from the source.

    The second part is the other participant or, if a participant is asked for, a circumstance. The time is given, too:
    the two events share it, so both have words in common with the question whether it has an answer or not.
    """
    given = Event(target.verb, target.agent, target.patient, time=target.time)
    if slot in CIRCUMSTANCES:
        return replace(given, patient=source.patient)
    return replace(given, place=source.place) if clue == "place" else replace(given, tool=source.tool)


def _rivals(
    world: World, rng: random.Random, split: Split, *, tools: bool, crossed: bool
) -> tuple[Event, Event] | None:
    """The same deed twice, with nothing else in common but the time: knowing the deed does not answer.

    None if the draw has more in common. With `crossed`, the first agent's doing it to the second patient must be of the
    split as well, so that it can be asked: demanded whether it is asked or not, or the passage would tell which.
    """
    one = _event(world, rng, split, rng.choice(world.verbs), tools=tools)
    other = replace(_event(world, rng, split, one.verb, tools=tools), time=one.time)
    if crossed and world.split(replace(one, patient=other.patient).core) != split:
        return None
    words = [*_words(one), *_words(other)]
    return (one, other) if len(set(words)) == len(words) else None


def _words(event: Event) -> list[str]:
    """The concepts that an event names, deed and time aside."""
    phrases = [word for one in (event.agent, event.patient) for word in (one.head, one.adjective, one.employer)]
    return [word for word in (*phrases, event.place, event.tool) if word]


def _event(world: World, rng: random.Random, split: Split, verb: str, *, tools: bool) -> Event:
    """A deed with circumstances that know nothing of it: usual tools and homes would answer without any reading."""
    event = world.event(rng, split, verb=verb, circumstances=False, names=0.35)
    named = rng.random() < NAMED_PLACES
    return replace(
        event,
        place=rng.choice(world.names("LOC", split) if named else world.nouns["place"]),
        time=rng.choice(world.times),
        tool=rng.choice(world.nouns["tool"]) if tools else None,
    )
