"""Nearest neighbours and the mining of translations among sentence vectors, exact and in blocks.

Mining follows XTREME's reference: ratio margin over the neighbours on both sides, the best pair of every sentence,
greedy one to one from the best score down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
        best = np.empty((len(rows), 0), np.float32)
        where = np.empty((len(rows), 0), np.int64)
        for left in range(0, len(y), WIDE):
            sim, near = _top(rows @ y[left : left + WIDE].T, k)
            best = np.concatenate((best, sim), axis=1)
            where = np.concatenate((where, near + left), axis=1)
            best, keep = _top(best, k)
            where = np.take_along_axis(where, keep, axis=1)
        sims[top : top + BLOCK], places[top : top + BLOCK] = best, where
    return sims, places


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


def mine(x: Floats, y: Floats, k: int) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Pairs (row of x, row of y) and their scores, best first, every row in at most one pair."""
    if not len(x) or not len(y):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    x_sims, x_near = neighbours(x, y, k)
    y_sims, y_near = neighbours(y, x, k)
    x_mean, y_mean = x_sims.mean(axis=1).astype(np.float64), y_sims.mean(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = np.nan_to_num(x_sims / ((x_mean[:, None] + y_mean[x_near]) / 2), nan=-np.inf)
        backward = np.nan_to_num(y_sims / ((y_mean[:, None] + x_mean[y_near]) / 2), nan=-np.inf)
    of_x = np.take_along_axis(x_near, forward.argmax(axis=1)[:, None], axis=1)[:, 0]
    of_y = np.take_along_axis(y_near, backward.argmax(axis=1)[:, None], axis=1)[:, 0]
    left = np.concatenate((np.arange(len(x)), of_y))
    right = np.concatenate((of_x, np.arange(len(y))))
    scores = np.concatenate((forward.max(axis=1), backward.max(axis=1)))
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    free_left, free_right = np.ones(len(x), bool), np.ones(len(y), bool)
    kept = []
    for pair, i, j in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if free_left[i] and free_right[j]:
            free_left[i] = free_right[j] = False
            kept.append(pair)
    chosen = np.asarray(kept, np.int64)
    return left[chosen], right[chosen], scores[chosen]


def best_threshold(scores: NDArray[np.float64], right: Sequence[bool], gold: int) -> float:
    """The score from which on pairs are kept for the best F1: halfway to the next score, of equal cuts the highest.

    `scores` fall. Without any right pair the threshold is 0, as in the reference: nothing is known, so all are kept.
    """
    hits = np.cumsum(np.asarray(right, np.int64))
    if not len(hits) or not hits[-1] or not gold:
        return 0.0
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + gold)
    # Between equal scores there is no threshold.
    f1[:-1][scores[:-1] == scores[1:]] = -1.0
    cut = int(f1.argmax())
    return float((scores[cut] + scores[cut + 1]) / 2) if cut + 1 < len(scores) else float(scores[cut])


def drop_repeats(texts: Sequence[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Rows that stand for their text, one for each distinct text, and whether that text came only once.

    As in the reference, the vector of a repeated text takes part in mining, but no pair with it is kept.
    """
    last: dict[str, int] = {}
    count: dict[str, int] = {}
    for place, text in enumerate(texts):
        last[text] = place
        count[text] = count.get(text, 0) + 1
    return np.fromiter(last.values(), np.int64, len(last)), np.fromiter((n == 1 for n in count.values()), bool)
