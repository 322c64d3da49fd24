"""Rankings of candidates: reciprocal rank, average precision. Fractions, not percentages."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput

Ids = Sequence[Hashable]


def reciprocal_rank(targets: Collection[Hashable], ranking: Ids, k: int | None = None) -> float:
    """1 / the place of the first right candidate among the first k; 0 if there is none."""
    return next((1.0 / place for place, one in enumerate(ranking[:k], start=1) if one in targets), 0.0)


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


def random_precision(targets: int, candidates: int, k: int) -> float:
    """The average precision that a random order of the candidates is expected to get."""
    if not targets or not candidates:
        return 0.0
    share = targets / candidates
    others = (targets - 1) / max(1, candidates - 1)
    expected = sum(share * (1 + (place - 1) * others) / place for place in range(1, min(k, candidates) + 1))
    return expected / min(targets, k)


def rank(queries: NDArray[np.floating], candidates: NDArray[np.floating], k: int) -> list[list[int]]:
    """The k candidates with the highest inner product for each query.

    One query at a time and in the order of numpy's own sort, read backwards: so does the reference, and among
    candidates that are equally near it decides which comes first (most often the later row).
    """
    queries, candidates = np.asarray(queries, np.float32), np.asarray(candidates, np.float32)
    return [(query[None] @ candidates.T)[0].argsort()[::-1][:k].tolist() for query in queries]
