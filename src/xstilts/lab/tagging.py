"""Tagged sentences: lab-ccg (supertags), lab-udpos (parts of speech), lab-panx (names)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from xstilts.forms import Sentence
from xstilts.lab.grammar import STOP, Speaker, Style, Word, style
from xstilts.lab.world import Event, Split, World

Layer = Literal["pos", "tag", "entity"]
Told = tuple[tuple[Event, Style], ...]


def tellings(world: World, rng: random.Random, split: Split, *, names: float = 0.35) -> Iterator[Told]:
    """Endless tellings of one or two events; `names` says how many of them have names."""
    while True:
        events = [world.event(rng, split, names=names) for _ in range(rng.choice((1, 1, 2)))]
        yield tuple((replace(event, negated=rng.random() < 0.15), style(rng)) for event in events)


def tagged(told: Told, speaker: Speaker, name: str, *, layer: Layer) -> Sentence:
    """The telling in one tongue with one layer of labels."""
    words: list[Word] = []
    for event, how in told:
        words += [*speaker.say(event, how), STOP]
    return Sentence(
        id=name, words=tuple(word.text for word in words), tags=tuple(getattr(word, layer) for word in words)
    )


ENTITIES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
PARTS = ("ADJ", "ADP", "ADV", "NOUN", "PART", "PROPN", "PUNCT", "VERB")
SUPERTAGS = (
    "PUNCT:.", "VERB:active", "VERB:passive", "PART:negation", "ADV:time", "ADP:employer", "PROPN:employer",
    *(f"{part}:{slot}" for part in ("NOUN", "PROPN", "ADJ") for slot in ("agent", "patient")),
    "NOUN:place", "PROPN:place", "NOUN:tool",
    *(f"ADP:{slot}" for slot in ("agent", "place", "tool")),
)  # fmt: skip


def label_set(layer: Layer) -> tuple[str, ...]:
    """Every label of a layer."""
    return {"pos": PARTS, "tag": tuple(sorted(SUPERTAGS)), "entity": ENTITIES}[layer]
