"""One name a task, one generator behind it: the lab as a source of examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

import msgspec

from xstilts.lab import choices, pairs, reading, search, tagging
from xstilts.lab.grammar import Speaker
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, lexicon
from xstilts.lab.world import Split, World

BEHAVIOUR = 1
"""Raised whenever the same source would give other rows: it is part of what identifies them."""

Maker = Callable[[World, str, Split, int, str], list[Any]]


class LabSource(msgspec.Struct, frozen=True, tag="lab"):
    """Rows of one task of one world: nothing is stored, everything is drawn again from these few values."""

    task: str
    """The task's name without its prefix, such as `squad1`."""
    split: Literal["train", "dev", "test"]
    count: int
    world: int = 0
    behaviour: int = BEHAVIOUR

    def read(self, lang: str) -> Sequence[Any]:
        """The rows of one language. Dev and test rows are translations of each other."""
        return _read(self, lang)


@lru_cache(maxsize=256)
def _read(source: LabSource, lang: str) -> tuple[Any, ...]:
    return tuple(MAKERS[source.task](World(source.world), lang, source.split, source.count, source.task))


def _speak(world: World, lang: str) -> Speaker:
    return Speaker(lexicon(world, lang))


def _inference(*events: int) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        found = pairs.inference(world, stream(world.seed, name, split), split, events=events)
        return pairs.write(found, _speak(world, lang), count, f"{name}-{split}")

    return make


def _paraphrase(questions: bool) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        found = pairs.paraphrase(world, stream(world.seed, name, split), split, questions=questions)
        return pairs.write(found, _speak(world, lang), count, f"{name}-{split}")

    return make


def _reading(events: int, unanswerable: float = 0.0) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        rng = stream(world.seed, name, split)
        found = reading.readings(world, rng, split, events=events, unanswerable=unanswerable)
        return [one.words(_speak(world, lang), f"{name}-{split}-{i}") for i, one in enumerate(islice(found, count))]

    return make


def _consequence(why: bool) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        found = choices.consequences(world, stream(world.seed, name, split), split, why=why)
        return [one.words(_speak(world, lang), f"{name}-{split}-{i}") for i, one in enumerate(islice(found, count))]

    return make


def _riddle(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
    found = choices.riddles(world, stream(world.seed, name, split), split)
    return [one.words(_speak(world, lang), f"{name}-{split}-{i}") for i, one in enumerate(islice(found, count))]


def _tagging(layer: tagging.Layer, names: float = 0.35) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        found = tagging.tellings(world, stream(world.seed, name, split), split, names=names)
        speaker = _speak(world, lang)
        return [
            tagging.tagged(one, speaker, layer, f"{name}-{split}-{i}") for i, one in enumerate(islice(found, count))
        ]

    return make


def _search(how: Callable[..., list[Any]]) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        return how(world, stream(world.seed, name, split), _speak(world, PIVOT), _speak(world, lang), count)

    return make


MAKERS: dict[str, Maker] = {
    "mnli": _inference(1),
    "anli-plus": _inference(1, 1, 2),
    "xnli": _inference(1),
    "qqp": _paraphrase(True),
    "pawsx": _paraphrase(False),
    "squad1": _reading(3),
    "squad2": _reading(3, 0.5),
    "xquad": _reading(3),
    "mlqa": _reading(4),
    "tydiqa": _reading(2),
    "hellaswag": _consequence(False),
    "cosmosqa": _consequence(True),
    "commonsenseqa": _riddle,
    "ccg": _tagging("tag"),
    "udpos": _tagging("pos"),
    "panx": _tagging("entity", 0.6),
    "tatoeba": _search(search.tatoeba),
    "bucc2018": _search(search.bucc),
}
"""Task → how its rows are made."""
