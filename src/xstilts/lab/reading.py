"""Passages with questions whose answer is a span: lab-squad1, lab-squad2, lab-xquad, lab-mlqa, lab-tydiqa.

Every passage has a second event that fits half of the question, so that the question must be read to answer it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from xstilts.forms import Question
from xstilts.lab.grammar import ASK, STOP, Slot, Speaker, Style, Word, style, text
from xstilts.lab.world import Event, Split, World

SLOTS: tuple[Slot, ...] = ("agent", "patient", "place", "tool")


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
        target = _event(world, rng, split, tool=slot == "tool")
        rival = _rival(world, rng, split, target)
        rest = [_event(world, rng, split) for _ in range(events - 2)]
        if any(other.verb == target.verb for other in rest):
            continue
        told = [target, rival, *rest]
        rng.shuffle(told)
        answer: int | None = told.index(target)
        if rng.random() < unanswerable:
            # Nobody told the event asked for. Another of the same deed stands in its place, so that neither the passage
            # nor how often it names the deed says whether there is an answer.
            told[told.index(target)] = _rival(world, rng, split, target)
            answer = None
        about = replace(
            target, place=target.place if slot == "place" else None, tool=target.tool if slot == "tool" else None
        )
        asked = replace(about, time=None) if rng.random() < 0.5 else replace(about, time=target.time)
        yield Reading(tuple((event, style(rng)) for event in told), asked, style(rng, passive=0.15), slot, answer)


def _event(world: World, rng: random.Random, split: Split, *, tool: bool = False) -> Event:
    """An event with a place, and with a tool if one will be asked for."""
    event = world.event(rng, split, names=0.35)
    where = world.place(rng, event, split)
    return replace(event, place=where, tool=world.instrument(rng, event.verb) if tool else event.tool)


def _rival(world: World, rng: random.Random, split: Split, target: Event) -> Event:
    """The same deed with other participants: knowing the deed does not answer."""
    while True:
        rival = world.event(rng, split, verb=target.verb, names=0.35)
        if rival.agent.head == target.agent.head or rival.patient.head == target.patient.head:
            continue
        # It has a tool exactly when the target has one: what an event lacks must not tell which one is asked about.
        tool = world.instrument(rng, rival.verb) if target.tool else None
        rival = replace(rival, place=world.place(rng, rival, split), tool=tool)
        if rival.place != target.place and (tool is None or tool != target.tool):
            return rival
