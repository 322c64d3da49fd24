"""Sentence pairs: inference (lab-mnli, lab-anli-plus, lab-xnli) and paraphrase (lab-qqp, lab-pawsx).

Made so that one sentence alone says nothing about the label: whatever is drawn for a side is drawn in the same way
under every label, and only the relation between the sides differs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from xstilts.forms import Text
from xstilts.lab.grammar import ASK, Slot, Speaker, Style, sentence, style, text
from xstilts.lab.world import Event, Phrase, Split, World

NLI = ("entailment", "neutral", "contradiction")
PARAPHRASE = ("different", "same")
TRICKS = ("roles", "adjectives")
"""What is exchanged between two sentences that do not mean the same."""
ASKED_TRICKS = (*TRICKS, "roles", "adjectives", "roles", "asked")
"""The same for questions. What is asked shows in one word: were that the usual difference, only it would be learnt."""
PASSIVE = 0.1
"""At an even share of passives, an encoder of the lab's size learns nothing of who does what to whom."""
CIRCUMSTANCES = ("agent adjective", "patient adjective", "place", "time", "tool")


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair before it is put into words: the same in every tongue."""

    first: tuple[tuple[Event, Style], ...]
    second: tuple[Event, Style]
    label: str
    ask: tuple[Slot | None, Slot | None] = (None, None)

    def words(self, speaker: Speaker) -> tuple[str, str]:
        """The pair in one tongue."""
        if self.ask[0] and self.ask[1]:
            (one, how), (two, way) = self.first[0], self.second
            return (
                text([*speaker.say(one, how, ask=self.ask[0]), ASK]),
                text([*speaker.say(two, way, ask=self.ask[1]), ASK]),
            )
        return " ".join(sentence(speaker.say(*said)) for said in self.first), sentence(speaker.say(*self.second))


def worded(pair: Pair, speaker: Speaker, name: str) -> Text:
    """The pair as an example of one tongue."""
    return Text(id=name, texts=pair.words(speaker), label=pair.label)


def _value(world: World, rng: random.Random, what: str, split: Split) -> str:
    if "adjective" in what:
        return rng.choice(world.adjectives)
    if what == "place":
        return rng.choice(world.names("LOC", split) if rng.random() < 0.3 else world.nouns["place"])
    return rng.choice(world.times if what == "time" else world.nouns["tool"])


def _rival(world: World, rng: random.Random, what: str, value: str, split: Split) -> str:
    """A value of the same circumstance that excludes the first."""
    if "adjective" in what:
        return world.opposite(value)
    while True:
        other = _value(world, rng, what, split)
        if other != value and other[:3] == value[:3]:
            return other


def _with(event: Event, values: dict[str, str]) -> Event:
    """The event with exactly these circumstances."""
    return replace(
        event,
        agent=replace(event.agent, adjective=values.get("agent adjective")),
        patient=replace(event.patient, adjective=values.get("patient adjective")),
        place=values.get("place"),
        time=values.get("time"),
        tool=values.get("tool"),
    )


def _bare(world: World, rng: random.Random, split: Split, **fixed: Any) -> Event:
    event = world.event(rng, split, circumstances=False, names=0.2, **fixed)
    return replace(event, agent=Phrase(event.agent.head), patient=Phrase(event.patient.head))


def _unrelated(world: World, rng: random.Random, base: Event, split: Split) -> Event:
    """An event beside the one that the hypothesis is about: of the same meaning, it could decide the label itself."""
    while True:
        other = _bare(world, rng, split)
        if other.core != base.core:
            return other


def inference(world: World, rng: random.Random, split: Split, *, events: tuple[int, ...] = (1,)) -> Iterator[Pair]:
    """Endless premise and hypothesis pairs; a premise has one of `events` many sentences."""
    while True:
        for label in rng.sample(NLI, 3):
            base = _bare(world, rng, split)
            drawn = {what: _value(world, rng, what, split) for what in CIRCUMSTANCES}
            build = _polarity if rng.random() < 0.2 else _circumstance
            premise, hypothesis = build(world, rng, base, drawn, label, split)
            said = [(premise, style(rng))]
            for _ in range(rng.choice(events) - 1):
                other = _unrelated(world, rng, base, split)
                some = rng.sample(CIRCUMSTANCES, rng.choice((1, 2)))
                dressed = _with(other, {what: _value(world, rng, what, split) for what in some})
                said.insert(rng.randrange(len(said) + 1), (dressed, style(rng)))
            yield Pair(tuple(said), (hypothesis, style(rng)), label)


def _circumstance(
    world: World, rng: random.Random, base: Event, drawn: dict[str, str], label: str, split: Split
) -> tuple[Event, Event]:
    """The hypothesis keeps, adds or contradicts a circumstance (or the deed) of the premise."""
    given = rng.sample(CIRCUMSTANCES, rng.choice((2, 3)))
    absent = [what for what in CIRCUMSTANCES if what not in given]
    size = rng.choice((1, 2))
    claimed = rng.sample(given, size)
    if label == "neutral":
        claimed[0] = rng.choice(absent)
    claims = {what: drawn[what] for what in claimed}
    premise = _with(base, {what: drawn[what] for what in given})
    if label != "contradiction":
        return premise, _with(base, claims)
    at = rng.randrange(size + 1)
    if at == size:
        return premise, replace(_with(base, claims), verb=world.opposite(base.verb))
    claims[claimed[at]] = _rival(world, rng, claimed[at], claims[claimed[at]], split)
    return premise, _with(base, claims)


def _polarity(
    world: World, rng: random.Random, base: Event, drawn: dict[str, str], label: str, split: Split
) -> tuple[Event, Event]:
    """Both sides have as many circumstances and a fair coin's negation; contradiction is the coins' disagreement."""
    given = rng.sample(CIRCUMSTANCES, rng.choice((1, 2)))
    claimed = list(given)
    if label == "neutral":
        claimed[0] = rng.choice([what for what in CIRCUMSTANCES if what not in given])
    negated = rng.random() < 0.5
    premise = replace(_with(base, {what: drawn[what] for what in given}), negated=negated)
    hypothesis = _with(base, {what: drawn[what] for what in claimed})
    return premise, replace(hypothesis, negated=negated != (label == "contradiction"))


def paraphrase(world: World, rng: random.Random, split: Split, *, questions: bool = False) -> Iterator[Pair]:
    """Endless pairs that mean the same or have roles, properties or (questions) what is asked exchanged."""
    while True:
        for label in rng.sample(PARAPHRASE, 2):
            # One circumstance is told; what is asked is told in neither question, so that only the question word and
            # no length tells them apart.
            slots: list[Slot] = rng.sample(("place", "time"), 2)
            told, rest = slots[0], [slots[1], "tool"]
            asked, instead = rng.sample(rest, 2) if questions else (None, None)
            base = _swappable(world, rng, told, split)
            trick = rng.choice(ASKED_TRICKS if questions else TRICKS)
            other = base
            if label == "different" and trick == "roles":
                other = replace(base, agent=base.patient, patient=base.agent)
            elif label == "different" and trick == "adjectives":
                swapped = base.agent.adjective, base.patient.adjective
                other = replace(
                    base,
                    agent=replace(base.agent, adjective=swapped[1]),
                    patient=replace(base.patient, adjective=swapped[0]),
                )
            second = instead if label == "different" and trick == "asked" else asked
            one, two = _unlike(rng)
            yield Pair(((base, one),), (other, two), label, ask=(asked, second))


def _unlike(rng: random.Random) -> tuple[Style, Style]:
    """Two ways of saying something, drawn alike under every label.

    One of them leads with the circumstance, so no pair is one string twice and no two sentences begin alike. Voice
    differs in a few pairs: there the order of the two persons misleads until it is read together with the voice.
    """
    fronted = rng.random() < 0.5
    one = style(rng, passive=PASSIVE, fronted=float(fronted))
    return one, style(rng, passive=PASSIVE, fronted=float(not fronted))


def _swappable(world: World, rng: random.Random, told: Slot, split: Split) -> Event:
    """Two persons with different qualities; a coin has swapped them already, so that no role looks swapped."""
    while True:
        event = world.event(rng, split, circumstances=False, names=0.0)
        if {world.kind(event.agent.head), world.kind(event.patient.head)} != {"person"}:
            continue
        one, two = rng.sample(world.adjectives, 2)
        pair = [replace(event.agent, adjective=one), replace(event.patient, adjective=two)]
        rng.shuffle(pair)
        value = _value(world, rng, told, split)
        place, time = (value, None) if told == "place" else (None, value)
        return replace(event, agent=pair[0], patient=pair[1], place=place, time=time)
