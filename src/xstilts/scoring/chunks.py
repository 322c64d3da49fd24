"""Chunks of tags (names; parts of speech as XTREME scores them), in the sense of seqeval 0.0.12.

Later versions of seqeval read tags without a prefix differently and give other scores for parts of speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from xstilts.scoring.sets import harmonic

Ints = NDArray[np.int64]
Tags = Sequence[str]

_ENDS = {"BB", "BS", "BO", "IB", "IS", "IO"}
_STARTS = {"EE", "EI", "SE", "SI", "OE", "OI"}


def chunks(tags: Tags) -> list[tuple[str, int, int]]:
    """Chunks (type, first, last) of a line of tags.

    A tag's first letter is its role and what follows its last hyphen its type, also for tags without a prefix: there
    equal neighbours merge, unless the letter is one that starts a chunk (SYM and SCONJ never merge).
    """
    names: dict[str, int] = {}
    types, firsts, lasts = _chunks(list(tags), names)
    known = list(names)
    return [(known[one], first, last) for one, first, last in zip(types, firsts.tolist(), lasts.tolist(), strict=True)]


def chunk_scores(predictions: Sequence[Tags], golds: Sequence[Tags]) -> dict[str, float]:
    """F1, precision and recall of chunks, counted together over all sentences."""
    ours, theirs, right = _compared(predictions, golds)
    return harmonic(len(right), len(ours), len(theirs))


def chunk_counts(predictions: Sequence[Tags], golds: Sequence[Tags]) -> Ints:
    """For each sentence: chunks that are right, that were found, that are there. Summed they give `chunk_scores`."""
    ends = np.cumsum([len(tags) + 1 for tags in golds])
    columns = (
        np.bincount(np.searchsorted(ends, lasts, side="right"), minlength=len(ends))
        for ours, theirs, right in [_compared(predictions, golds)]
        for lasts in (right, ours, theirs)
    )
    return np.stack(list(columns), axis=1) if len(ends) else np.zeros((0, 3), np.int64)


def _compared(predictions: Sequence[Tags], golds: Sequence[Tags]) -> tuple[Ints, Ints, Ints]:
    """Where the chunks end that were found, that are there, and that are right."""
    names: dict[str, int] = {}
    ours = _chunks(_end_to_end(predictions), names)
    theirs = _chunks(_end_to_end(golds), names)
    # No two chunks of a line end at the same place, so a chunk is found again by its end.
    both, mine, other = np.intersect1d(ours[2], theirs[2], assume_unique=True, return_indices=True)
    return ours[2], theirs[2], both[(ours[0][mine] == theirs[0][other]) & (ours[1][mine] == theirs[1][other])]


def _end_to_end(sentences: Sequence[Tags]) -> list[str]:
    """All tags in one line: seqeval scores it so, and odd tags such as X-O remember where the last chunk began."""
    return list(chain.from_iterable(chain.from_iterable(zip(sentences, repeat(("O",)), strict=False))))


def _chunks(tags: list[str], names: dict[str, int]) -> tuple[Ints, Ints, Ints]:
    """Type, first and last place of every chunk; `names` numbers the types and is added to."""
    kinds: dict[str, int] = {}
    numbers = np.fromiter((kinds.setdefault(tag, len(kinds)) for tag in tags), np.int64, len(tags))
    parts = [*((tag[:1], tag.rsplit("-", 1)[-1]) for tag in kinds), ("O", ""), ("O", "O")]
    before_all, after_all = len(kinds), len(kinds) + 1
    changes = np.asarray([[_changed(before, after) for after in parts] for before in parts])
    before = np.concatenate(([before_all], numbers))
    after = np.concatenate((numbers, [after_all]))
    ends, starts = changes[before, after].T
    place = np.arange(len(before))
    begun = np.maximum.accumulate(np.where(starts, place, 0))
    last = np.flatnonzero(ends)
    type_of = np.asarray([names.setdefault(part[1], len(names)) for part in parts], np.int64)
    # A chunk that ends before `place` began at the last start before it. Nothing ends at place 0: before it is "O".
    return type_of[before[last]], begun[last - 1], last - 1


def _changed(before: tuple[str, str], after: tuple[str, str]) -> tuple[bool, bool]:
    """Whether a chunk ends between two tags, and whether one starts; a tag is (its letter, its type)."""
    letters = before[0] + after[0]
    other = before[1] != after[1]
    ends = before[0] in ("E", "S") or letters in _ENDS or (other and before[0] not in ("O", "."))
    starts = after[0] in ("B", "S") or letters in _STARTS or (other and after[0] not in ("O", "."))
    return ends, starts
