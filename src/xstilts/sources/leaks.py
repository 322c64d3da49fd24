"""Leaks: test rows that also stand in what was trained on, whatever form either has and whatever their labels.

A row is known by the sum of its text, in which case, spacing and punctuation do not count: copies of one data set
differ in them. So a million rows are compared by eight bytes each. A source's sums are kept in the cache by what
determines them, and its rows are read again only to show one that leaked.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput, XstiltsError
from xstilts.files import write_atomic
from xstilts.forms import Choice, Line, Lines, Pair, Question, Sentence, Text
from xstilts.identity import digest
from xstilts.sources.folders import cache_folder
from xstilts.sources.found import Row
from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each, Joined
from xstilts.sources.table import Pinned, pin

MADE = 1
"""Raised by hand whenever sums would be others: what is kept is kept under it."""
SMALL = re.compile(r"[\s!-/:-@\[-`{-~‐-‧«»،؛؟।、。・！，．：；？]+")
"""What does not count. Not all that is no letter: the vowels of many scripts are none."""

Sums = NDArray[np.uint64]
NO_SUMS: Sums = np.empty((0, 2), np.uint64)


class Stood(NamedTuple):
    """A row: where it stands, and what it says."""

    place: str
    text: str


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """What one test source has in common with one training source."""

    rows: int
    """Test rows that stand in the training data."""
    passages: int
    """Further test questions, of which only the passage stands there."""
    of: int
    """Test rows in all."""
    first: tuple[int, int]
    """Number of the first of them, or of the passages; and of the row of the training data where it stands."""


@dataclass(frozen=True)
class Summed:
    """A source in one language, with the sums of its rows. Read once, at the first question."""

    source: Any
    lang: str

    @cached_property
    def rows(self) -> Sums:
        """Of each row, in order: the sum of its text, and of the passage it asks about; 0 where there is none."""
        return _sums(pin(self.source, [self.lang]), self.lang)

    @cached_property
    def known(self) -> tuple[Sums, Sums]:
        """The sums of texts and of passages, in order."""
        return np.sort(self.rows[:, 0]), np.sort(self.rows[:, 1])

    def at(self, number: int) -> Stood:
        """The row of that number, read again."""
        for place, (row, example) in enumerate(rows_of(pin(self.source, [self.lang]), self.lang)):
            if place == number:
                return Stood(row.place, " | ".join(_texts(example)))
        raise BadInput("The files changed while they were read.", way_out="Run the same command again.")


def leak(train: Summed, test: Summed) -> Leak | None:
    """What the rows of a test source share with those of a training source; None: nothing.

    Sources that draw their rows share nothing: they see to it themselves.
    """
    rows, passages = shared(train, test)
    if not rows.any() and not passages.any():
        return None
    which, hits = (0, rows) if rows.any() else (1, passages)
    first = int(np.flatnonzero(hits)[0])
    there = int(np.flatnonzero(train.rows[:, which] == test.rows[first, which])[0])
    return Leak(rows=int(rows.sum()), passages=int(passages.sum()), of=len(test.rows), first=(first, there))


def shared(train: Summed, test: Summed) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which test rows stand in the training data; and of which others the passage does."""
    texts, passages = train.known
    rows = among(test.rows[:, 0], texts)
    return rows, ~rows & among(test.rows[:, 1], passages)


def among(asked: Sums, known: Sums) -> NDArray[np.bool_]:
    """Which of these sums are among those, which are in order."""
    if not len(known):
        return np.zeros(len(asked), bool)
    found: NDArray[np.bool_] = (asked > 0) & (known[np.searchsorted(known, asked).clip(max=len(known) - 1)] == asked)
    return found


def _sums(pinned: Any, lang: str) -> Sums:
    match pinned:
        case Each() if lang in pinned.sources:
            return _sums(pin(pinned.sources[lang], [lang]), lang)
        case Joined():
            parts = (_sums(pin(one, [lang]), lang) for one in pinned.sources.values())
            return np.concatenate([NO_SUMS, *parts])
        case Pinned() | HeldOut():
            return _kept(pinned, lang)
    return NO_SUMS


def _kept(source: Pinned | HeldOut, lang: str) -> Sums:
    """From the cache if it can be. A broken or missing entry only costs time."""
    folder = cache_folder()
    only = source.only(lang) if isinstance(source, Pinned) else source
    path = folder and folder / "sums" / f"{digest([MADE, only, lang], length=40)}.npy"
    if path and (found := _read(path)) is not None:
        return found
    keys = [_keys(example) for _, example in rows_of(source, lang)]
    found = np.array(keys, np.uint64).reshape(-1, 2)
    if path:
        out = io.BytesIO()
        np.save(out, found, allow_pickle=False)
        with contextlib.suppress(XstiltsError):
            write_atomic(path, out.getvalue(), durable=False)
    return found


def _read(path: Path) -> Sums | None:
    try:
        found: Sums = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.ndim == 2 and found.shape[1] == 2 and found.dtype == np.uint64 else None


def rows_of(source: Any, lang: str) -> Iterator[tuple[Row, Any]]:
    """The rows that can leak, each with its example, as they are read; not checked, and wrong ones passed over."""
    match source:
        case Pinned():
            for row, example in source.made(lang):
                if not isinstance(example, BadInput) and _is_asked(example):
                    yield row, example
        case Each():
            yield from rows_of(source.sources[lang], lang)
        case Joined():
            for one in source.sources.values():
                yield from rows_of(one, lang)
        case HeldOut():
            yield from ((row, one) for row, one in rows_of(source.source, lang) if source.takes(one))


def _is_asked(example: Any) -> bool:
    """Whether it is something that is learnt or asked, not a line of what is searched."""
    return example is not None and not (isinstance(example, Line) and example.side == "index")


def _keys(example: Any) -> tuple[int, int]:
    bare = [SMALL.sub("", text.casefold()) for text in _texts(example)]
    # The order of a pair, or of options, makes no other row.
    if isinstance(example, Text | Choice):
        first = isinstance(example, Choice)
        bare[first:] = sorted(bare[first:])
    passage = example.context if isinstance(example, Question) else example.second if isinstance(example, Pair) else ""
    return _sum(bare), _sum([SMALL.sub("", str(passage).casefold())])


def _texts(example: Any) -> list[str]:
    """What makes a row the same row."""
    match example:
        case Text(texts=texts):
            found = texts
        case Choice(prompt=prompt, options=options):
            found = (prompt, *options)
        case Question(question=question, context=context):
            found = (question, context)
        case Sentence(words=words):
            found = (" ".join(map(str, words)),)
        case Line(text=text) | Lines(text=text) | Pair(query=text):
            found = (text,)
        case _:
            found = (example,)
    return [str(one) for one in found]


def _sum(bare: Sequence[str]) -> int:
    """0 for what has no letter in it: a row of dashes is no leak."""
    if not any(bare):
        return 0
    said = "\n".join(bare).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big") or 1
