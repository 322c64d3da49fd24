"""Translations mined among sentence vectors, as XTREME does it for BUCC.

Ratio margin over the neighbours on both sides, the best pair of every sentence, greedy one to one from the best score
down; a threshold tuned on one part of the data and applied to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput, unknown
from xstilts.scoring.vectors import Floats, Ints, neighbours_both_ways

MARGINS: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "ratio": np.divide,
    "distance": np.subtract,
    "absolute": lambda sims, _: sims,
}
"""Similarity against the mean similarity of the neighbourhoods of both."""


def mine(x: Floats, y: Floats, k: int, *, margin: str = "ratio") -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Pairs (row of x, row of y) and their scores, best first, every row in at most one pair.

    Vectors must have length 1 where cosine is meant. Only scores above 0 are kept. Where the neighbourhood's mean is 0
    there is no ratio, and a sentence whose best is no number stays without a pair.
    """
    if margin not in MARGINS:
        raise unknown("margin", margin, MARGINS)
    if not len(x) or not len(y):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    (x_sims, x_near), (y_sims, y_near) = neighbours_both_ways(x, y, k)
    x_near, y_near = _later_first(x_sims, x_near), _later_first(y_sims, y_near)
    x_mean, y_mean = x_sims.mean(axis=1), y_sims.mean(axis=1)
    half = np.float32(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = MARGINS[margin](x_sims, (x_mean[:, None] + y_mean[x_near]) / half)
        backward = MARGINS[margin](y_sims, (y_mean[:, None] + x_mean[y_near]) / half)
    of_x = np.take_along_axis(x_near, forward.argmax(axis=1)[:, None], axis=1)[:, 0]
    of_y = np.take_along_axis(y_near, backward.argmax(axis=1)[:, None], axis=1)[:, 0]
    left = np.concatenate((np.arange(len(x)), of_y))
    right = np.concatenate((of_x, np.arange(len(y))))
    scores = np.concatenate((forward.max(axis=1), backward.max(axis=1))).astype(np.float64)
    chosen = _one_to_one(left, right, scores)
    return left[chosen], right[chosen], scores[chosen]


def _later_first(sims: Floats, near: Ints) -> Ints:
    """Neighbours with equally near ones turned round: the reference's heap gives back the later one first.

    The similarities stay as they are; where sentences come twice, this decides which of them is taken.
    """
    return np.take_along_axis(near, np.lexsort((-near, -sims), axis=1), axis=1)


def _one_to_one(left: Ints, right: Ints, scores: NDArray[np.float64]) -> Ints:
    """Places of the pairs that are kept when each, from the best score down, takes both its rows away."""
    # Not a stable sort: among equal scores the reference takes numpy's order as it comes, and so does this.
    order = np.argsort(-scores)
    order = order[scores[order] > 0]
    used_left, used_right = bytearray(int(left.max()) + 1), bytearray(int(right.max()) + 1)
    kept = []
    for pair, i, j in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if not used_left[i] and not used_right[j]:
            used_left[i] = used_right[j] = 1
            kept.append(pair)
    return np.asarray(kept, np.int64)


def best_threshold(
    scores: NDArray[np.float64], right: Sequence[bool], gold: int, *, at_end: Literal["last", "refuse"] = "last"
) -> float:
    """The score from which on pairs are kept for the best F1: halfway to the next score, of equal cuts the highest.

    `scores` fall. Without any right pair the threshold is 0, as in the reference: nothing is known, so all are kept.
    Where keeping every pair is best there is no next score: the last score itself, or a refusal as in the reference.
    """
    hits = np.cumsum(np.asarray(right, np.int64))
    if not len(hits) or not hits[-1] or not gold:
        return 0.0
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / gold
    with np.errstate(invalid="ignore"):
        # In this form and no simpler one: cuts that are equally good must be equal to the last bit.
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    cut = int(f1.argmax())
    if cut + 1 < len(scores):
        return float((scores[cut] + scores[cut + 1]) / 2)
    if at_end == "refuse":
        raise BadInput(
            "Keeping every mined pair gives the best F1, so the official code finds no threshold and fails.",
            way_out="Mine among more sentences, some of them without a translation.",
        )
    return float(scores[cut])


def drop_repeats(texts: Sequence[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Rows that stand for their text, one for each distinct text, and whether that text came only once.

    As in the reference, the last vector of a repeated text takes part in mining, but no pair with it is kept; there,
    white space around a text makes no difference.
    """
    last: dict[str, int] = {}
    count: dict[str, int] = {}
    for place, text in enumerate(texts):
        last[text] = place
        bare = text.strip()
        count[bare] = count.get(bare, 0) + 1
    once = (count[text.strip()] == 1 for text in last)
    return np.fromiter(last.values(), np.int64, len(last)), np.fromiter(once, bool, len(last))
