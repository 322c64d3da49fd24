"""Nearest neighbours among sentence vectors, exact and in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
BLOCK = 2048
"""Rows compared at a time with `WIDE` columns: 64 MB of similarities."""
WIDE = 8192


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Vectors of length 1; a zero vector stays zero."""
    vectors = np.asarray(vectors, np.float32)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(length, np.float32(1e-30)))


def neighbours(x: Floats, y: Floats, k: int) -> tuple[Floats, Ints]:
    """The k rows of `y` nearest to each row of `x` by inner product, best first; equally near ones in file order."""
    k = min(k, len(y))
    sims, places = np.empty((len(x), k), np.float32), np.empty((len(x), k), np.int64)
    for top in range(0, len(x), BLOCK):
        rows = x[top : top + BLOCK]
        best: tuple[Floats, Ints] | None = None
        for left in range(0, len(y), WIDE):
            sim, near = _top(rows @ y[left : left + WIDE].T, k)
            best = _merged(best, (sim, near + left), k)
        if best is not None:
            sims[top : top + BLOCK], places[top : top + BLOCK] = best
    return sims, places


def neighbours_both_ways(x: Floats, y: Floats, k: int) -> tuple[tuple[Floats, Ints], tuple[Floats, Ints]]:
    """`neighbours(x, y, k)` and `neighbours(y, x, k)`, with every product computed once."""
    of_x: list[tuple[Floats, Ints]] = []
    of_y: list[tuple[Floats, Ints] | None] = [None] * -(-len(y) // WIDE)
    for top in range(0, len(x), BLOCK):
        rows = x[top : top + BLOCK]
        best: tuple[Floats, Ints] | None = None
        for number, left in enumerate(range(0, len(y), WIDE)):
            block = rows @ y[left : left + WIDE].T
            sim, near = _top(np.array(block.T, order="C"), k)
            of_y[number] = _merged(of_y[number], (sim, near + top), k)
            sim, near = _top(block, k)
            best = _merged(best, (sim, near + left), k)
        if best is not None:
            of_x.append(best)
    return _stacked(of_x), _stacked([one for one in of_y if one is not None])


def nearest(queries: NDArray[np.floating], index: NDArray[np.floating]) -> Ints:
    """For each query the row of `index` at the smallest distance once all have length 1; of equal ones the first.

    By distance and not by cosine: they differ for zero vectors, which are nearer than anything at over 60 degrees.
    """
    if not len(index):
        raise BadInput("There is nothing to search in.", way_out="Give the index at least one vector.")
    queries, index = unit(queries), unit(index)
    half = (index**2).sum(axis=1, keepdims=True).round() / 2
    # One more column turns the distance into an inner product: |q - i|² = |q|² - 2 (q·i - |i|²/2).
    longer = np.concatenate((queries, np.ones((len(queries), 1), np.float32)), axis=1)
    return neighbours(longer, np.concatenate((index, -half.astype(np.float32)), axis=1), 1)[1][:, 0]


def _top(block: Floats, k: int) -> tuple[Floats, Ints]:
    """The k largest values of each row and their columns, largest first, equal ones from left to right.

    `block` is scratch and is spoilt: a few passes for the largest value cost far less than a partial sort.
    """
    k = min(k, block.shape[1])
    values, columns = np.empty((len(block), k), np.float32), np.empty((len(block), k), np.int64)
    row = np.arange(len(block))
    for rank in range(k):
        column = block.argmax(axis=1)
        values[:, rank], columns[:, rank] = block[row, column], column
        block[row, column] = -np.inf
    return values, columns


def _merged(before: tuple[Floats, Ints] | None, more: tuple[Floats, Ints], k: int) -> tuple[Floats, Ints]:
    """The best k of both; of equal ones those of `before`."""
    if before is None:
        return more
    sims = np.concatenate((before[0], more[0]), axis=1)
    places = np.concatenate((before[1], more[1]), axis=1)
    best, keep = _top(sims, k)
    return best, np.take_along_axis(places, keep, axis=1)


def _stacked(parts: list[tuple[Floats, Ints]]) -> tuple[Floats, Ints]:
    if not parts:
        return np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int64)
    return np.concatenate([sims for sims, _ in parts]), np.concatenate([places for _, places in parts])
