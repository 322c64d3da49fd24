"""Questions with options: what follows (lab-hellaswag), why (lab-cosmosqa), what everybody knows (lab-commonsenseqa).

A deed follows from exactly two others and leads to exactly two, and a value answers as often as any other, so the
options by themselves betray nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from xstilts.forms import Choice
from xstilts.lab.grammar import ASK, Speaker, Style, sentence, style, text
from xstilts.lab.streams import number
from xstilts.lab.world import Event, Phrase, Split, World

RELATIONS = ("home", "quality", "kind")

Fact = tuple[str, str, str]
"""Relation, what it is about, value."""


@dataclass(frozen=True, slots=True)
class Dilemma:
    """Events told, then events to choose from; `why` asks for the cause."""

    told: tuple[tuple[Event, Style], ...]
    options: tuple[tuple[Event, Style], ...]
    label: int
    why: bool

    def words(self, speaker: Speaker, name: str) -> Choice:
        """The dilemma in one tongue."""
        prompt = " ".join(sentence(speaker.say(*said)) for said in self.told)
        question = text([speaker.link("why" if self.why else "next"), ASK])
        options = tuple(sentence(speaker.say(*said)) for said in self.options)
        return Choice(id=name, prompt=f"{prompt} {question}", options=options, label=self.label)


@dataclass(frozen=True, slots=True)
class Riddle:
    """A fact asked, after an event that has nothing to do with it."""

    told: tuple[Event, Style]
    about: str
    relation: str
    options: tuple[str, ...]
    label: int

    def words(self, speaker: Speaker, name: str) -> Choice:
        """The riddle in one tongue."""
        question = text([*speaker.ask_fact(self.about, self.relation), ASK])
        words = tuple(speaker.lexicon.forms[option][0] for option in self.options)
        return Choice(
            id=name, prompt=f"{sentence(speaker.say(*self.told))} {question}", options=words, label=self.label
        )


def consequences(world: World, rng: random.Random, split: Split, *, why: bool = False) -> Iterator[Dilemma]:
    """Endless dilemmas: which event follows (or, `why`, led to it).

    The options are drawn first and any of them may be the right one; what is told is chosen to fit. So the options by
    themselves cannot tell, however well one knows what follows from what.
    """
    while True:
        verbs = rng.sample(world.verbs, 4)
        if any(one in world.effects(other) for one in verbs for other in verbs):
            continue
        stories = [_stories(world, verb, verbs, why=why) for verb in verbs]
        if not all(stories):
            continue
        label = rng.randrange(4)
        deeds = rng.choice(stories[label])
        # Anybody may have done it: were the agent typical of the deed, it would tell which options go with it.
        agent = _anyone(world, rng, (*deeds, *verbs), split)
        if agent is None:
            continue
        told = [world.event(rng, split, verb=verb, agent=agent) for verb in deeds]
        choices = [world.event(rng, split, verb=verb, agent=agent) for verb in verbs]
        yield Dilemma(
            tuple((event, style(rng)) for event in told),
            tuple((event, style(rng)) for event in choices),
            label,
            why,
        )


def _stories(world: World, right: str, options: list[str], *, why: bool) -> list[tuple[str, ...]]:
    """The deeds that may be told, in order, so that `right` is the one right option among these."""
    wrong = {verb for verb in options if verb != right}
    if why:
        return [(last,) for last in world.effects(right) if not wrong & {last, *world.causes(last)}]
    return [
        (before, last)
        for last in world.causes(right)
        for before in world.causes(last)
        # What follows from the first deed would be an answer too, if not to what is asked.
        if not wrong & {before, last, *world.effects(before), *world.effects(last)}
    ]


@cache
def _able(world: World, verb: str, split: Split) -> frozenset[str]:
    """Whom the split has doing this deed to anything: a small split lacks some."""
    heads = (*world.names("PER", split), *world.nouns["person"], *world.nouns["animal"])
    return frozenset(head for head in heads if world.can(Phrase(head), verb, split))


def _anyone(world: World, rng: random.Random, verbs: Iterable[str], split: Split) -> Phrase | None:
    """Somebody who can do all these deeds in the split, if there is anybody."""
    able = sorted(frozenset.intersection(*(_able(world, verb, split) for verb in verbs)))
    named = rng.random() < 0.35
    wanted = [head for head in able if Phrase(head).named == named]
    return world.phrase(rng, rng.choice(wanted or able), split) if able else None


def riddles(world: World, rng: random.Random, split: Split) -> Iterator[Riddle]:
    """Endless riddles over the split's facts: a fact that is tested was never asked in training."""
    facts = facts_of(world, split)
    while True:
        relation = rng.choice(RELATIONS)
        value = rng.choice(sorted({fact[2] for fact in facts if fact[0] == relation}))
        about = rng.choice([fact[1] for fact in facts if (fact[0], fact[2]) == (relation, value)])
        pool = {"home": world.nouns["place"], "quality": world.adjectives, "kind": tuple(world.nouns)}[relation]
        options = [value, *rng.sample([other for other in pool if other != value], 4)]
        rng.shuffle(options)
        event = world.event(rng, split)
        yield Riddle((event, style(rng)), about, relation, tuple(options), options.index(value))


def facts_of(world: World, split: Split) -> list[Fact]:
    """The split's facts: a tenth of every relation for dev, a fifth for test; nothing but the seed decides which.

    They are dealt one of each value in turn, so the held-out facts have many values and training keeps every value.
    """
    return [fact for relation in RELATIONS for fact in _shares(world, relation)[split]]


def _shares(world: World, relation: str) -> dict[Split, list[Fact]]:
    """The facts of one relation by split."""
    facts = sorted(_facts(world, relation), key=lambda fact: number(world.seed, "fact split", *fact[:2]))
    seen: Counter[str] = Counter()
    turns = []
    for fact in facts:
        turns.append((seen[fact[2]], fact))
        seen[fact[2]] += 1
    dealt = [fact for _, fact in sorted(turns, key=lambda turn: turn[0])]
    dev, test = len(dealt) // 10, 3 * len(dealt) // 10
    return {"dev": dealt[:dev], "test": dealt[dev:test], "train": dealt[test:]}


def _facts(world: World, relation: str) -> list[Fact]:
    if relation == "kind":
        return [("kind", noun, kind) for kind, nouns in world.nouns.items() for noun in nouns]
    return [(relation, noun, value) for noun, value in (world.home if relation == "home" else world.quality).items()]
