"""One name a task, one generator behind it: the lab as a source of examples."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Literal

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import Lines
from xstilts.lab import choices, pairs, reading, search, tagging
from xstilts.lab.corpus import LINES, PARALLEL, parallel, raw
from xstilts.lab.grammar import Speaker
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, lexicon, tongue
from xstilts.lab.world import Split, World

BEHAVIOUR = 2
"""Raised whenever the same source would give other rows: it is part of what identifies them."""

TEXT_BEHAVIOUR = 1
"""The same for running text."""
TEXT_DEV = 100
"""Development lines of running text in one language."""

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


class LabText(msgspec.Struct, frozen=True, tag="lab-text"):
    """Text of a world: what its encoders are pretrained on. `dev` lines end a draw of their own, longer by them."""

    kind: Literal["raw", "parallel"]
    """parallel: lines of the pivot with their translation."""
    split: Literal["train", "dev"]
    share: float = 1.0
    """Of all the text that there is of a tongue; tongues that nobody writes have none."""
    world: int = 0
    behaviour: int = TEXT_BEHAVIOUR

    def read(self, lang: str) -> Sequence[Lines]:
        """The lines of one language."""
        return _lines(self, lang)

    def has(self, lang: str) -> bool:
        """Whether anything is written in it."""
        return bool(self.count(lang))

    def count(self, lang: str) -> int:
        """Lines of the language to train on."""
        whole = LINES * tongue(lang).lines if self.kind == "raw" else PARALLEL * tongue(lang).parallel
        return int(whole * self.share)


@lru_cache(maxsize=64)
def _lines(source: LabText, lang: str) -> tuple[Lines, ...]:
    count = source.count(lang)
    if not count:
        raise BadInput(f"Nothing is written in {lang!r}.", way_out="Take a tongue that encoders are pretrained on.")
    dev = source.split == "dev"
    wanted, skip = (count + TEXT_DEV, count) if dev else (count, 0)
    draw = raw if source.kind == "raw" else parallel
    pairs = [(one, "") if isinstance(one, str) else one for one in draw(World(source.world), lang, wanted)]
    return tuple(Lines(f"{source.kind}-{source.split}-{i}", one, other) for i, (one, other) in enumerate(pairs[skip:]))


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
