"""How often a verdict is wrong, and how often right: every kind of claim, judged on made-up gains with a known truth.

    python bench/verdicts.py            # the tables of docs/claims.md, 20,000 draws a line, five minutes
    python bench/verdicts.py --draws 500

Gains are drawn with a seed sd of one point, and seeds are all that differs. A line is one truth, and under three
numbers of seeds how often a single claim is reproduced / contradicted / left open. Nothing is run, no study is read.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from xstilts.findings.claims import rules
from xstilts.findings.claims.families import METHODS, Family, corrected
from xstilts.findings.claims.rules import Evidence

SEEDS = (3, 5, 10)
MARGIN = 0.5
ROUTES, BEST, CELLS = 9, 3, 9
Draw = Callable[[np.random.Generator, int], Evidence]
"""One made-up study with so many seeds → the evidence on one claim."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of claim and a truth."""

    kind: str
    truth: str
    draw: Draw
    false: str = ""
    """The verdict that would be wrong here; empty: either may be right."""


def one(rule: Callable[[Sequence[float]], Evidence], mean: float) -> Draw:
    """A claim on one mean."""
    return lambda draw, seeds: rule(draw.normal(mean, 1, seeds).tolist())


def direction(values: Sequence[float]) -> Evidence:
    """A direction with the margin of these tables."""
    return rules.direction(values, MARGIN)


def absence(values: Sequence[float]) -> Evidence:
    """An absence, likewise."""
    return rules.absence(values, MARGIN)


def equality(values: Sequence[float]) -> Evidence:
    """An absence of any difference, likewise."""
    return rules.absence(values, MARGIN, equal=True)


def size(values: Sequence[float]) -> Evidence:
    """A published 5 points, give or take 2."""
    return rules.magnitude(values, 5.0, 2.0)


def ranked(means: Sequence[float], shared: float = 0.7) -> Draw:
    """The first three of nine routes are said to be ahead. Routes share the baseline's noise, which cancels."""

    def drawn(draw: np.random.Generator, seeds: int) -> Evidence:
        own = draw.normal(0, np.sqrt(1 - shared**2), (len(means), seeds)) + np.array(means)[:, None]
        contrasts = {f"{m}-{o}": (own[m] - own[o]).tolist() for m in range(BEST) for o in range(BEST, len(means))}
        return rules.ranking(contrasts, MARGIN)

    return drawn


def chosen(means: Sequence[float], exams: int = 9) -> Draw:
    """The best of nine routes for each of nine exams, chosen on the other seeds; half of the noise is each seed's."""

    def drawn(draw: np.random.Generator, seeds: int) -> Evidence:
        gains = draw.normal(0, np.sqrt(0.5), (exams, len(means), seeds)) + draw.normal(0, np.sqrt(0.5), seeds)
        gains += np.array(means)[None, :, None]
        values = []
        for seed in range(seeds):
            best = np.delete(gains, seed, axis=2).mean(axis=2).argmax(axis=1)
            values.append(float(gains[np.arange(exams), best, seed].mean()))
        return rules.direction(values, MARGIN)

    return drawn


def counted(means: Sequence[float], quantifier: str, shared: float = 0.5) -> Draw:
    """A direction in so many of nine cells, which share half of their noise."""

    def drawn(draw: np.random.Generator, seeds: int) -> Evidence:
        noise = draw.normal(0, np.sqrt(1 - shared), (len(means), seeds)) + draw.normal(0, np.sqrt(shared), seeds)
        gains = noise + np.array(means)[:, None]
        cells = [direction(row.tolist()) for row in gains]
        return rules.several(cells, rules.needed(quantifier, len(cells)), gains.mean(axis=0).tolist())

    return drawn


def correlated(strength: float, tasks: int = 9, exams: int = 9) -> Draw:
    """Likeness and gain over nine tasks and exams; every task also has a mean gain of its own."""

    def drawn(draw: np.random.Generator, seeds: int) -> Evidence:
        like = draw.choice([0.0, 0.0, 0.5, 1.0], (tasks, exams))
        gains = strength * like + draw.normal(0, 1, (tasks, 1)) + draw.normal(0, 1 / np.sqrt(seeds), (tasks, exams))
        return rules.rank_correlation(like, gains, 0.3, permutations=399)

    return drawn


def sloped(slope: float, families: int = 8) -> Draw:
    """A gain that changes with distance, over eight families of one to six languages, each with a gain of its own."""

    def drawn(draw: np.random.Generator, seeds: int) -> Evidence:
        sizes = draw.integers(1, 7, families)
        distance = draw.uniform(0, 1, families)
        own = draw.normal(0, 1, families) + draw.normal(0, 1 / np.sqrt(sizes * seeds))
        return rules.slope(distance.tolist(), (slope * distance + own).tolist(), 1.0)

    return drawn


def cases() -> Iterator[Case]:
    """Every kind under truths that make it false, true, and neither."""
    for kind, rule in (("direction, margin 0.5", direction),):
        for mean, false in ((-1.0, "reproduced"), (0.0, "reproduced"), (0.5, "contradicted"), (1.0, "contradicted")):
            yield Case(kind=kind, truth=f"gain {mean:g}", draw=one(rule, mean), false=false)
        yield Case(kind=kind, truth="gain 2", draw=one(rule, 2.0), false="contradicted")
    for mean, false in ((-1.0, "contradicted"), (0.0, "contradicted"), (0.5, "reproduced"), (2.0, "reproduced")):
        yield Case(kind="absence, margin 0.5", truth=f"gain {mean:g}", draw=one(absence, mean), false=false)
    for mean, false in ((0.0, "contradicted"), (0.5, "reproduced"), (2.0, "reproduced")):
        yield Case(kind="no difference, margin 0.5", truth=f"gain {mean:g}", draw=one(equality, mean), false=false)
    for mean, false in ((5.0, "contradicted"), (3.0, "reproduced"), (0.0, "reproduced")):
        yield Case(kind="magnitude 5 ± 2", truth=f"gain {mean:g}", draw=one(size, mean), false=false)
    rest = [0.0] * (ROUTES - BEST)
    yield Case(kind="ranking, 3 of 9", truth="all nine equal", draw=ranked([0.0] * ROUTES), false="reproduced")
    yield Case(
        kind="ranking, 3 of 9",
        truth="one outsider is as good",
        draw=ranked([3, 3, 3, 3, *rest[1:]]),
        false="reproduced",
    )
    yield Case(kind="ranking, 3 of 9", truth="ahead by 2", draw=ranked([2, 2, 2, *rest]), false="contradicted")
    yield Case(
        kind="ranking, 3 of 9",
        truth="one outsider ahead by 2",
        draw=ranked([1, 1, 1, 3, *rest[1:]]),
        false="reproduced",
    )
    yield Case(kind="selection, best of 9", truth="nothing gains", draw=chosen([0.0] * ROUTES), false="reproduced")
    yield Case(kind="selection, best of 9", truth="one gains 2", draw=chosen([2.0, *[0.0] * 8]), false="contradicted")
    for quantifier, few in (("all", 8), ("most", 4), ("any", 0)):
        kind = f"{quantifier} of 9, direction"
        worst = [3.0] * few + [0.0] * (CELLS - few)
        yield Case(kind=kind, truth=f"{few} gain 3, the others 0", draw=counted(worst, quantifier), false="reproduced")
        yield Case(kind=kind, truth="all gain 2", draw=counted([2.0] * CELLS, quantifier), false="contradicted")
        yield Case(kind=kind, truth="all lose 1", draw=counted([-1.0] * CELLS, quantifier), false="reproduced")
    yield Case(kind="rank correlation, 9 tasks", truth="unrelated", draw=correlated(0.0), false="reproduced")
    yield Case(
        kind="rank correlation, 9 tasks",
        truth="2 points from unlike to like",
        draw=correlated(2.0),
        false="contradicted",
    )
    yield Case(kind="slope, 8 families, margin 1", truth="no slope", draw=sloped(0.0), false="reproduced")
    yield Case(kind="slope, 8 families, margin 1", truth="slope 4", draw=sloped(4.0), false="contradicted")


def rates(draw: Draw, seeds: int, *, draws: int, start: int = 0) -> tuple[float, float]:
    """How often a single claim is reproduced, and contradicted."""
    rng = np.random.default_rng([start, seeds])
    shown = refuted = 0
    for _ in range(draws):
        found = draw(rng, seeds)
        decided = corrected([found.p], "primary")[0].decided
        shown += decided and found.shown < found.refuted
        refuted += decided and found.shown >= found.refuted
    return shown / draws, refuted / draws


def ledger_rates(family: Family, seeds: int, *, draws: int, claims: int = 12, true: int = 0) -> tuple[float, float]:
    """A ledger of directions, of which the first `true` gain 2 and the others 0: how often there is any wrong verdict,
    and which share of the verdicts is wrong. Wrong is a false claim reproduced, and a true one contradicted."""
    rng = np.random.default_rng([1, seeds, claims, true])
    means = np.array([2.0] * true + [0.0] * (claims - true))
    any_wrong, share = 0, 0.0
    for _ in range(draws):
        found = [direction(row.tolist()) for row in rng.normal(means[:, None], 1, (claims, seeds))]
        fixed = corrected([one.p for one in found], family)
        decided = [fix.decided for fix in fixed]
        holds = [one.shown < one.refuted for one in found]
        wrong = sum(d and h != (place < true) for place, (d, h) in enumerate(zip(decided, holds, strict=True)))
        any_wrong += wrong > 0
        share += wrong / max(1, sum(decided))
    return any_wrong / draws, share / draws


def main() -> None:
    """Print the tables of docs/claims.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20_000)
    draws = parser.parse_args().draws
    print("| claim | truth | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |\n|---|---|---|---|---|")
    for case in cases():
        cells = []
        for seeds in SEEDS:
            shown, refuted = rates(case.draw, seeds, draws=draws)
            cells.append(f"{shown:.1%} / {refuted:.1%} / {1 - shown - refuted:.1%}")
        print(f"| {case.kind} | {case.truth} | " + " | ".join(cells) + " |", flush=True)
    print("\n| ledger of 12 directions | truth | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |")
    print("|---|---|---|---|---|")
    for family in METHODS:
        for true in (0, 6):
            both = (ledger_rates(family, seeds, draws=max(1, draws // 4), true=true) for seeds in SEEDS)
            told = " | ".join(f"{any_wrong:.1%} / {share:.1%}" for any_wrong, share in both)
            print(f"| {family} | {true} gain 2, the others 0 | {told} |", flush=True)


if __name__ == "__main__":
    main()
