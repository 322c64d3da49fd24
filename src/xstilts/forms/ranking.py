"""Scores of a ranking: what stands first counts most. Fractions from 0 to 1."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence


def reciprocal_rank(targets: Collection[Hashable], ranking: Sequence[Hashable], k: int) -> float:
    """One over the place of the first right one among the first k; 0 if there is none."""
    return next((1.0 / place for place, one in enumerate(ranking[:k], 1) if one in targets), 0.0)


def average_precision(targets: Collection[Hashable], ranking: Sequence[Hashable], k: int) -> float:
    """The mean of the precision at each right one among the first k, out of as many as could stand there.

    What comes twice counts where it came first.
    """
    seen: set[Hashable] = set()
    score = 0.0
    hits = 0
    for place, one in enumerate(ranking[:k], 1):
        if one in targets and one not in seen:
            hits += 1
            score += hits / place
        seen.add(one)
    return score / min(len(targets), k)


def random_precision(targets: int, candidates: int, k: int) -> float:
    """The `average_precision` that a random order of the candidates is expected to get."""
    if not targets or not candidates:
        return 0.0
    share = targets / candidates
    others = (targets - 1) / max(1, candidates - 1)
    expected = sum(share * (1 + (place - 1) * others) / place for place in range(1, min(k, candidates) + 1))
    return expected / min(targets, k)
