"""The world the lab's languages talk about: concepts, facts and events, all drawn from one seed.

The facts make the tasks answerable (who lives where, which tool serves which deed, what follows from what); the split
keeps meanings of training and test apart in every task at once, because it is a property of the meaning itself.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from xstilts.lab.streams import number, stream

Split = Literal["train", "dev", "test"]

NOUNS = {"person": 10, "animal": 8, "food": 8, "tool": 8, "goods": 8, "place": 10}
"""How many nouns a class has."""
VERBS = 24
ADJECTIVES = 16
TIMES = 6
NAMES = {"PER": 48, "LOC": 24, "ORG": 24}
PATIENT_CLASSES = ("person", "animal", "food", "goods")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun or a name with what is said of it."""

    head: str
    adjective: str | None = None
    employer: str | None = None
    """For a person's name: the organisation it belongs to."""

    @property
    def named(self) -> bool:
        """Whether the head is a proper name."""
        return self.head[:3] in NAMES


@dataclass(frozen=True, slots=True)
class Event:
    """Who does what to whom, and the circumstances."""

    verb: str
    agent: Phrase
    patient: Phrase
    place: str | None = None
    time: str | None = None
    tool: str | None = None
    negated: bool = False

    @property
    def core(self) -> tuple[str, ...]:
        """What decides the split: opposite deeds and swapped roles stay together, so that no task tears them apart."""
        return (str(int(self.verb[4:]) // 2), *sorted((self.agent.head, self.patient.head)))


@dataclass(frozen=True)
class World:
    """A seed; everything else follows from it. Equal seeds are equal worlds on every machine."""

    seed: int = 0

    # --- concepts -------------------------------------------------------------------------------------------------

    @cached_property
    def nouns(self) -> dict[str, tuple[str, ...]]:
        """The nouns of each class."""
        return {kind: tuple(f"{kind}{i}" for i in range(count)) for kind, count in NOUNS.items()}

    @cached_property
    def verbs(self) -> tuple[str, ...]:
        """Verbs 2i and 2i + 1 are opposites and take the same kinds of argument."""
        return tuple(f"verb{i}" for i in range(VERBS))

    @cached_property
    def adjectives(self) -> tuple[str, ...]:
        """Adjectives 2i and 2i + 1 are opposites."""
        return tuple(f"adjective{i}" for i in range(ADJECTIVES))

    @cached_property
    def times(self) -> tuple[str, ...]:
        """Time adverbs."""
        return tuple(f"time{i}" for i in range(TIMES))

    def names(self, kind: str, split: Split | None) -> tuple[str, ...]:
        """Proper names of a kind: half of them are kept from training, and dev and test have a half of those each."""
        whose: dict[int, Split] = {0: "train", 1: "dev", 2: "train", 3: "test"}
        return tuple(f"{kind}{i}" for i in range(NAMES[kind]) if split in (None, whose[i % len(whose)]))

    @staticmethod
    def opposite(concept: str) -> str:
        """The other member of a pair of opposite verbs or adjectives."""
        stem = concept.rstrip("0123456789")
        return f"{stem}{int(concept[len(stem) :]) ^ 1}"

    @staticmethod
    def kind(noun: str) -> str:
        """The class of a noun: also the concept of its hypernym."""
        return noun.rstrip("0123456789")

    # --- facts ----------------------------------------------------------------------------------------------------

    @cached_property
    def patient_class(self) -> dict[str, str]:
        """What kind of thing a verb is done to: the same for both opposites; half of the pairs take persons."""
        rng = stream(self.seed, "patient class")
        kinds = [PATIENT_CLASSES[max(0, i % 6 - 2)] for i in range(VERBS // 2)]
        rng.shuffle(kinds)
        return {f"verb{2 * i + j}": kind for i, kind in enumerate(kinds) for j in (0, 1)}

    def _even(self, purpose: str, keys: tuple[str, ...], values: tuple[str, ...], most: int) -> dict[str, list[str]]:
        """Give each key `most` different values so that every value is given equally often (as near as can be):
        a value's frequency must not tell which key it answers."""
        rng = stream(self.seed, purpose)
        start = list(range(len(keys)))
        rng.shuffle(start)
        order = list(values)
        rng.shuffle(order)
        return {key: [order[(start[i] + j * 3) % len(order)] for j in range(most)] for i, key in enumerate(keys)}

    @cached_property
    def agents(self) -> dict[str, list[str]]:
        """Who typically does it: three persons and two animals, the same for opposite deeds."""
        pairs = self.verbs[::2]
        persons = self._even("agents", pairs, self.nouns["person"], 3)
        animals = self._even("beasts", pairs, self.nouns["animal"], 2)
        return {verb: persons[pair] + animals[pair] for pair in pairs for verb in (pair, self.opposite(pair))}

    @cached_property
    def home(self) -> dict[str, str]:
        """Where each noun is found."""
        things = tuple(noun for kind, nouns in self.nouns.items() if kind != "place" for noun in nouns)
        return {noun: places[0] for noun, places in self._even("home", things, self.nouns["place"], 1).items()}

    @cached_property
    def quality(self) -> dict[str, str]:
        """What each noun is like."""
        things = tuple(noun for kind, nouns in self.nouns.items() if kind != "place" for noun in nouns)
        return {noun: words[0] for noun, words in self._even("quality", things, self.adjectives, 1).items()}

    @cached_property
    def tool(self) -> dict[str, str]:
        """What each deed is done with."""
        return {verb: tools[0] for verb, tools in self._even("tool", self.verbs, self.nouns["tool"], 1).items()}

    @cached_property
    def _script(self) -> tuple[str, ...]:
        order = list(self.verbs)
        stream(self.seed, "script").shuffle(order)
        return tuple(order)

    def effects(self, verb: str) -> tuple[str, str]:
        """What follows from a deed: two verbs; each verb follows from exactly two."""
        i = self._script.index(verb)
        return self._script[(i + 1) % VERBS], self._script[(i + 7) % VERBS]

    def causes(self, verb: str) -> tuple[str, str]:
        """What a deed follows from."""
        i = self._script.index(verb)
        return self._script[(i - 1) % VERBS], self._script[(i - 7) % VERBS]

    # --- events ---------------------------------------------------------------------------------------------------

    def split(self, core: tuple[str, ...]) -> Split:
        """Where a meaning belongs: train, dev or test in every task alike."""
        return split_of(self.seed, "split", *core)

    def event(
        self,
        rng: random.Random,
        split: Split | None,
        *,
        verb: str | None = None,
        agent: Phrase | None = None,
        circumstances: bool = True,
        names: float = 0.35,
    ) -> Event:
        """Draw an event of the split; None: of any split (nothing may be tested on it)."""
        if split in ("dev", "test"):
            event = self._rare(rng, split, verb, agent, names)
        else:
            event = self._common(rng, split, verb, agent, names)
        return self.dress(rng, event, split) if circumstances else event

    def _common(
        self, rng: random.Random, split: Split | None, verb: str | None, agent: Phrase | None, names: float
    ) -> Event:
        """An event where most meanings belong: drawn until one does."""
        while True:
            deed = verb or rng.choice(self.verbs)
            who = agent or self.phrase(rng, self._agent(rng, deed, split, names), split)
            event = Event(deed, who, self.phrase(rng, self._patient(rng, deed, who.head, split, names), split))
            if split is None or self.split(event.core) == split:
                return event

    def _rare(self, rng: random.Random, split: Split, verb: str | None, agent: Phrase | None, names: float) -> Event:
        """An event where few meanings belong: drawing until one does would take long, so the patient is drawn among
        those that do. What kind it shall be is settled first: the few must not have more names than the many."""
        deed = verb or rng.choice(self.verbs)
        named = self.patient_class[deed] == "person" and rng.random() < names
        while True:
            who = agent or self.phrase(rng, self._agent(rng, deed, split, names), split)
            fitting = self._fitting(who.head, deed, split)
            wanted = [patient for patient in fitting if (patient[:3] in NAMES) == named]
            if wanted or (agent and fitting):
                return Event(deed, who, self.phrase(rng, rng.choice(wanted or fitting), split))

    def can(self, agent: Phrase, verb: str, split: Split) -> bool:
        """Whether the split has any event of this agent and deed; drawing one that it lacks would never end."""
        return bool(self._fitting(agent.head, verb, split))

    def _fitting(self, agent: str, verb: str, split: Split) -> list[str]:
        """The nouns and names that this agent and deed may have as patient in the split."""
        kind = self.patient_class[verb]
        patients = self.nouns[kind] + (self.names("PER", split) if kind == "person" else ())
        cores = (
            (patient, Event(verb, Phrase(agent), Phrase(patient)).core) for patient in patients if patient != agent
        )
        return [patient for patient, core in cores if self.split(core) == split]

    def _agent(self, rng: random.Random, verb: str, split: Split | None, names: float) -> str:
        if rng.random() < names:
            return rng.choice(self.names("PER", split))
        if rng.random() < 0.75:
            return rng.choice(self.agents[verb])
        return rng.choice(self.nouns["person"] + self.nouns["animal"])

    def _patient(self, rng: random.Random, verb: str, agent: str, split: Split | None, names: float) -> str:
        kind = self.patient_class[verb]
        while True:
            named = kind == "person" and rng.random() < names
            patient = rng.choice(self.names("PER", split) if named else self.nouns[kind])
            if patient != agent:
                return patient

    def phrase(self, rng: random.Random, head: str, split: Split | None) -> Phrase:
        """A head with, sometimes, what is said of it."""
        if head[:3] in NAMES:
            employer = rng.choice(self.names("ORG", split)) if rng.random() < 0.2 else None
            return Phrase(head, employer=employer)
        if rng.random() < 0.35:
            usual = rng.random() < 0.5 and head in self.quality
            return Phrase(head, self.quality[head] if usual else rng.choice(self.adjectives))
        return Phrase(head)

    def anyone(self, rng: random.Random, split: Split | None, *, names: float = 0.35) -> Phrase:
        """An agent that fits no deed better than another."""
        named = rng.random() < names
        heads = self.names("PER", split) if named else self.nouns["person"] + self.nouns["animal"]
        return self.phrase(rng, rng.choice(heads), split)

    def dress(self, rng: random.Random, event: Event, split: Split | None) -> Event:
        """Add circumstances."""
        return replace(
            event,
            place=self.place(rng, event, split) if rng.random() < 0.4 else event.place,
            time=rng.choice(self.times) if rng.random() < 0.3 else event.time,
            tool=self.instrument(rng, event.verb) if rng.random() < 0.25 else event.tool,
        )

    def place(self, rng: random.Random, event: Event, split: Split | None) -> str:
        """A place for the event: the agent's home, another, or a named one."""
        chance = rng.random()
        if chance < 0.3:
            return rng.choice(self.names("LOC", split))
        if chance < 0.6 and event.agent.head in self.home:
            return self.home[event.agent.head]
        return rng.choice(self.nouns["place"])

    def instrument(self, rng: random.Random, verb: str) -> str:
        """A tool for the deed: mostly the usual one."""
        return self.tool[verb] if rng.random() < 0.6 else rng.choice(self.nouns["tool"])


@lru_cache(maxsize=1 << 17)
def split_of(*keys: str | int) -> Split:
    """Where something belongs, from what it is alone: 70 in 100 to train, 10 to dev, 20 to test."""
    part = number(*keys) % 10
    return "test" if part < 2 else "dev" if part < 3 else "train"
