"""One name a task, one generator behind it: the lab as a source of examples."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Literal

import msgspec

from xstilts.lab import choices, pairs, reading, search, tagging
from xstilts.lab.grammar import Speaker
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, lexicon
from xstilts.lab.world import Split, World

BEHAVIOUR = 2
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


def _worded(draw: Callable[[World, random.Random, Split], Iterator[Any]], word: Callable[..., Any]) -> Maker:
    """A task from its endless draws, the same in every tongue, and from what puts one draw into words."""

    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        speaker = Speaker(lexicon(world, lang))
        draws = draw(world, stream(world.seed, name, split), split)
        return [word(one, speaker, f"{name}-{split}-{i}") for i, one in enumerate(islice(draws, count))]

    return make


def _search(how: Callable[..., list[Any]]) -> Maker:
    def make(world: World, lang: str, split: Split, count: int, name: str) -> list[Any]:
        pivot, other = (Speaker(lexicon(world, code)) for code in (PIVOT, lang))
        return how(world, stream(world.seed, name, split), split, pivot, other, count)

    return make


def _inference(*events: int) -> Maker:
    return _worded(partial(pairs.inference, events=events), pairs.worded)


def _paraphrase(*, questions: bool) -> Maker:
    return _worded(partial(pairs.paraphrase, questions=questions), pairs.worded)


def _reading(events: int, unanswerable: float = 0.0) -> Maker:
    return _worded(partial(reading.readings, events=events, unanswerable=unanswerable), reading.Reading.words)


def _tagging(layer: tagging.Layer, names: float = 0.35) -> Maker:
    return _worded(partial(tagging.tellings, names=names), partial(tagging.tagged, layer=layer))


MAKERS: dict[str, Maker] = {
    "mnli": _inference(1),
    "anli-plus": _inference(1, 1, 2),
    "xnli": _inference(1),
    "qqp": _paraphrase(questions=True),
    "pawsx": _paraphrase(questions=False),
    "squad1": _reading(3),
    "squad2": _reading(3, 0.5),
    "xquad": _reading(3),
    "mlqa": _reading(4),
    "tydiqa": _reading(2),
    "hellaswag": _worded(choices.consequences, choices.Dilemma.words),
    "cosmosqa": _worded(partial(choices.consequences, why=True), choices.Dilemma.words),
    "commonsenseqa": _worded(choices.riddles, choices.Riddle.words),
    "ccg": _tagging("tag"),
    "udpos": _tagging("pos"),
    "panx": _tagging("entity", 0.6),
    "tatoeba": _search(search.tatoeba),
    "bucc2018": _search(search.bucc),
}
"""Task → how its rows are made."""
