"""Rankings of candidates: reciprocal rank, average precision. Fractions, not percentages."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput

Ids = Sequence[Hashable]


def reciprocal_rank(gold: Hashable, ranking: Ids, k: int | None = None) -> float:
    """1 / the place of the right candidate among the first k; 0 if it is not there."""
    for rank, one in enumerate(ranking[:k], start=1):
        if one == gold:
            return 1.0 / rank
    return 0.0


def average_precision(targets: Ids, ranking: Ids, k: int | None = None) -> float:
    """Mean of the precision at every right candidate among the first k.

    A candidate that comes again earns nothing, but takes its place. The mean is over all targets, at most k.
    """
    if not targets:
        raise BadInput("A question has no right candidates.", way_out="Give every question at least one target.")
    wanted, seen = set(targets), set[Hashable]()
    score = 0.0
    hits = 0
    for rank, one in enumerate(ranking[:k] if k else ranking, start=1):
        if one in wanted and one not in seen:
            hits += 1
            score += hits / rank
        seen.add(one)
    return score / (min(len(targets), k) if k else len(targets))


def rank(queries: NDArray[np.floating], candidates: NDArray[np.floating], k: int) -> list[list[int]]:
    """The k candidates with the highest inner product for each query.

    One query at a time and in the order of numpy's own sort, read backwards: so does the reference, and among
    candidates that are equally near it decides which comes first (most often the later row).
    """
    queries, candidates = np.asarray(queries, np.float32), np.asarray(candidates, np.float32)
    return [(query[None] @ candidates.T)[0].argsort()[::-1][:k].tolist() for query in queries]
