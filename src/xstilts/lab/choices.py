"""Questions with options: what follows (lab-hellaswag), why (lab-cosmosqa), what everybody knows (lab-commonsenseqa).

A deed follows from exactly two others and leads to exactly two, and a value answers as often as any other, so the
options by themselves betray nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from xstilts.forms import Choice
from xstilts.lab.grammar import ASK, Speaker, Style, sentence, style, text
from xstilts.lab.world import Event, Split, World, split_of

RELATIONS = ("home", "quality", "kind")


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
    """Endless dilemmas: which event follows (or, `why`, led to it)."""
    while True:
        # Anybody may have done it: were the agent typical of the deed, it would tell which options go with it.
        last = world.event(rng, split, agent=world.anyone(rng, split))
        right = rng.choice(world.causes(last.verb) if why else world.effects(last.verb))
        wrong = [verb for verb in world.verbs if verb not in (world.causes if why else world.effects)(last.verb)]
        verbs = [right, *rng.sample([verb for verb in wrong if verb != last.verb], 3)]
        rng.shuffle(verbs)
        before = rng.choice(world.causes(last.verb))
        if not all(world.can(last.agent, verb, split) for verb in (*verbs, before)):
            continue
        told = [last]
        if not why:
            told.insert(0, world.event(rng, split, verb=before, agent=last.agent))
        choices = [world.event(rng, split, verb=verb, agent=last.agent) for verb in verbs]
        yield Dilemma(
            tuple((event, style(rng)) for event in told),
            tuple((event, style(rng)) for event in choices),
            verbs.index(right),
            why,
        )


def riddles(world: World, rng: random.Random, split: Split) -> Iterator[Riddle]:
    """Endless riddles over the split's facts: a fact that is tested was never asked in training."""
    facts = [fact for fact in _facts(world) if split_of(world.seed, "fact split", *fact[:2]) == split]
    # In some worlds a small split has no fact of a relation at all.
    relations = [relation for relation in RELATIONS if any(fact[0] == relation for fact in facts)]
    while True:
        relation = rng.choice(relations)
        value = rng.choice(sorted({fact[2] for fact in facts if fact[0] == relation}))
        about = rng.choice([fact[1] for fact in facts if (fact[0], fact[2]) == (relation, value)])
        pool = {"home": world.nouns["place"], "quality": world.adjectives, "kind": tuple(world.nouns)}[relation]
        options = [value, *rng.sample([other for other in pool if other != value], 4)]
        rng.shuffle(options)
        event = world.event(rng, split)
        yield Riddle((event, style(rng)), about, relation, tuple(options), options.index(value))


def _facts(world: World) -> list[tuple[str, str, str]]:
    homes = [("home", noun, place) for noun, place in world.home.items()]
    qualities = [("quality", noun, adjective) for noun, adjective in world.quality.items()]
    kinds = [("kind", noun, kind) for kind, nouns in world.nouns.items() for noun in nouns]
    return homes + qualities + kinds
