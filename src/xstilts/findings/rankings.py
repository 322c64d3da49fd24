"""Choosing a source before training: how well does a predictor rank the tasks that one could train on first?

truth = {"mnli": {"snli": 0.97, "sst2": 0.51, …}, …}       target → source → what it really brought
guess = {"mnli": {"snli": 0.80, "sst2": 0.10, …}, …}       target → source → what was predicted
rank_sources(truth, guess)                                   Spearman, NDCG@3, regret at the first and first three
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from xstilts.findings.relations import spearman

ByTarget = Mapping[str, Mapping[str, float]]

TOP = 3
"""How far down a ranking anybody looks."""

BEST = 10
"""The best sources have relevance BEST, BEST - 1, … 1, all others none, as LangRank has it."""


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """Means over targets. A target is ranked over those sources that both sides know."""

    targets: int
    spearman: float | None
    """Mean over the targets in which it is defined."""
    ndcg: float
    """At TOP: 1 for the best sources in the right order."""
    regret1: float
    """What the first choice lost against the best source, in the units of `points`."""
    regret3: float
    """What the best of the first three lost."""


def rank_sources(truth: ByTarget, guess: ByTarget, *, points: ByTarget | None = None) -> Ranking:
    """How a predictor ranks. Ties go by the source's name. `points`: what regret is counted in, if not the truth."""
    counted = points or truth
    found = []
    for target, brought in truth.items():
        sources = sorted(source for source in brought if source in guess.get(target, {}))
        if len(sources) < 2:
            continue
        real = [brought[source] for source in sources]
        order = [int(place) for place in np.argsort([-guess[target][source] for source in sources], kind="stable")]
        rho = spearman([guess[target][source] for source in sources], real).rho
        lost = [counted[target][source] for source in sources]
        regrets = (max(lost) - lost[order[0]], max(lost) - max(lost[place] for place in order[:TOP]))
        found.append((rho, ndcg(real, order), *regrets))
    if not found:
        raise ValueError("no target has two sources that both sides know")
    known = [rho for rho, *_ in found if rho is not None]
    means = np.mean([rest for _, *rest in found], axis=0)
    return Ranking(
        targets=len(found),
        spearman=float(np.mean(known)) if known else None,
        ndcg=float(means[0]),
        regret1=float(means[1]),
        regret3=float(means[2]),
    )


def ndcg(real: Sequence[float], order: Sequence[int], *, top: int = TOP, best: int = BEST) -> float:
    """Normalised discounted cumulative gain of an order of places, with a gain of 2^relevance - 1."""
    ideal = np.argsort(-np.asarray(real), kind="stable")
    relevance = np.zeros(len(real))
    relevance[ideal[:best]] = np.arange(best, best - min(best, len(real)), -1)

    def gained(places: Sequence[int]) -> float:
        chosen = relevance[np.asarray(places[:top], int)]
        return float(((2.0**chosen - 1) / np.log2(np.arange(len(chosen)) + 2)).sum())

    return gained(order) / gained([int(place) for place in ideal])


def relative_to_own(scores: ByTarget) -> dict[str, dict[str, float]]:
    """Scores as shares of what the target's own training reached; targets without one, or with zero, are left out."""
    kept = {target: by_source for target, by_source in scores.items() if by_source.get(target)}
    return {
        target: {source: score / by_source[target] for source, score in by_source.items() if source != target}
        for target, by_source in kept.items()
    }


def mean_elsewhere(shares: ByTarget) -> dict[str, dict[str, float]]:
    """For each target, what a source brought on average to the *other* targets: the guess that knows no similarity."""
    found: dict[str, dict[str, float]] = {}
    for target, by_source in shares.items():
        for source in by_source:
            others = [known[source] for other, known in shares.items() if other != target and source in known]
            if others:
                found.setdefault(target, {})[source] = sum(others) / len(others)
    return found
