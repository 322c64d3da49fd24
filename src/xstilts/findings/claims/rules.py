"""What a claim of each kind asks of the numbers: one-sided p values for and against it, an estimate and its spread.

Each rule reads off a t interval. A direction is shown when the interval lies above zero and the estimate reaches the
margin, and contradicted when the interval lies below the margin. An absence is shown below the margin and contradicted
above it. A magnitude is shown inside the published value ± the margin, contradicted outside. Written as p values the
same rules can be combined over cells and corrected over claims.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy.special import stdtr, stdtrit

from xstilts.findings.statistics import NO_SPREAD

PERMUTATIONS = 9_999


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the numbers say to one claim, before anything is corrected for the number of claims."""

    estimate: float
    error: float | None = None
    """The standard error; None: there is no interval."""
    df: int = 0
    n: int
    unit: Literal["seed", "task", "family"] = "seed"
    """What n counts, and what the interval generalises over."""
    shown: float
    """One-sided p of what the claim says."""
    refuted: float
    """One-sided p of what would contradict it."""
    note: str = ""

    @property
    def p(self) -> float:
        """Two-sided: how surely the numbers say anything at all, either way."""
        return min(1.0, 2 * min(self.shown, self.refuted))

    def interval(self, level: float) -> tuple[float, float] | None:
        """The t interval of the estimate."""
        if self.error is None or self.df < 1:
            return None
        half = float(stdtrit(self.df, 0.5 + level / 2)) * self.error
        return self.estimate - half, self.estimate + half


def above(values: Sequence[float], threshold: float) -> float:
    """One-sided p for a mean of at most `threshold`. 1 with one value, and when all are equal: that is no proof."""
    mean, error = _mean_and_error(values)
    return 1.0 if error is None else float(stdtr(len(values) - 1, (threshold - mean) / error))


def below(values: Sequence[float], threshold: float) -> float:
    """One-sided p for a mean of at least `threshold`."""
    return above([-value for value in values], -threshold)


def direction(values: Sequence[float], margin: float) -> Evidence:
    """A is better than B, by enough to matter."""
    reached = math.fsum(values) / len(values) >= margin
    return _evidence(values, above(values, 0) if reached else 1.0, below(values, margin))


def absence(values: Sequence[float], margin: float, *, equal: bool = False) -> Evidence:
    """No benefit that matters; with `equal`, no difference either way (two one-sided tests)."""
    if not equal:
        return _evidence(values, below(values, margin), above(values, margin))
    shown = max(below(values, margin), above(values, -margin))
    return _evidence(values, shown, min(above(values, margin), below(values, -margin)))


def magnitude(values: Sequence[float], value: float, margin: float) -> Evidence:
    """The published size, give or take the margin.

    The margin is declared. One taken from the spread of these very seeds would let in, at its edge, three times as many
    wrong sizes as it should (7% with ten seeds).
    """
    low, high = value - margin, value + margin
    shown = max(above(values, low), below(values, high))
    return _evidence(values, shown, min(below(values, low), above(values, high)))


def ranking(contrasts: Mapping[str, Sequence[float]], margin: float = 0.0) -> Evidence:
    """Every member beats every outsider; contradicted if some outsider beats some member by more than the margin.

    All contrasts must be shown, so the largest p is that of the claim and needs no correction; one of them suffices to
    contradict it, so the smallest p counts as often as there are contrasts (Bonferroni).
    """
    means = {name: math.fsum(values) / len(values) for name, values in contrasts.items()}
    tightest = min(means, key=lambda name: means[name])
    shown = max(above(values, 0) for values in contrasts.values())
    refuted = min(below(values, -margin) for values in contrasts.values())
    found = _evidence(contrasts[tightest], shown, min(1.0, len(contrasts) * refuted))
    return msgspec.structs.replace(found, note=tightest)


def needed(quantifier: str, cells: int) -> int:
    """Of how many cells a quantified claim must hold."""
    return {"all": cells, "most": cells // 2 + 1}.get(quantifier, 1)


def several(cells: Sequence[Evidence], need: int, values: Sequence[float], *, wanted: int | None = None) -> Evidence:
    """At least `need` of n cells: the p value of a partial conjunction (Benjamini and Heller 2008, by Bonferroni).

    It is contradicted when so many cells are that the others are too few. `wanted`: how many the claim is about, where
    not all of them are here; the others may be either way. `values`: the mean over cells, seed by seed.
    """
    whole = len(cells) if wanted is None else wanted
    shown = _so_many([cell.shown for cell in cells], need)
    return _evidence(values, shown, _so_many([cell.refuted for cell in cells], whole - need + 1))


def _so_many(ps: Sequence[float], need: int) -> float:
    """P of fewer than `need` of these; 1 where there are fewer."""
    return 1.0 if need > len(ps) else min(1.0, (len(ps) - need + 1) * sorted(ps)[need - 1])


def rank_correlation(
    likeness: np.ndarray, gains: np.ndarray, margin: float, *, permutations: int = PERMUTATIONS
) -> Evidence:
    """Likeness and gain go together over tasks: the mean over exams of Spearman's rho, against tasks shuffled.

    Both arrays have one row a task and one column an exam. Rows are shuffled whole, so that exams may be as dependent
    as they like. Contradicted only if rho is surely below zero.
    """
    ours, theirs = _standard(likeness), _standard(gains)
    varied = (np.abs(ours).sum(axis=0) > 0) & (np.abs(theirs).sum(axis=0) > 0)
    ours, theirs, tasks = ours[:, varied], theirs[:, varied], len(ours)
    if not varied.any():
        return Evidence(estimate=0.0, n=tasks, unit="task", shown=1.0, refuted=1.0)
    rho = float((ours * theirs).sum(axis=0).mean())
    draw = np.random.default_rng(0)
    orders = np.argsort(draw.random((permutations, tasks)), axis=1)
    shuffled = (ours[orders] * theirs).sum(axis=1).mean(axis=1)
    shown = (1 + int((shuffled >= rho - 1e-12).sum())) / (permutations + 1)
    refuted = (1 + int((shuffled <= rho + 1e-12).sum())) / (permutations + 1)
    shown = shown if rho >= margin else 1.0
    return Evidence(estimate=rho, n=tasks, unit="task", shown=shown, refuted=refuted)


def slope(distance: Sequence[float], gain: Sequence[float], margin: float) -> Evidence:
    """Gain changes with distance: the slope over families, each of them one point, with a t interval."""
    x, y = np.asarray(distance, dtype=float), np.asarray(gain, dtype=float)
    x = x - x.mean()
    df, spread = len(x) - 2, float(x @ x)
    b = float(x @ y) / spread
    rest = y - y.mean() - b * x
    error = math.sqrt(float(rest @ rest) / df / spread)
    if error <= 1e-9:
        return Evidence(estimate=b, n=len(x), unit="family", shown=1.0, refuted=1.0)
    shown = float(stdtr(df, -b / error)) if b >= margin else 1.0
    refuted = float(stdtr(df, (b - margin) / error))
    return Evidence(estimate=b, error=error, df=df, n=len(x), unit="family", shown=shown, refuted=refuted)


def _evidence(values: Sequence[float], shown: float, refuted: float) -> Evidence:
    mean, error = _mean_and_error(values)
    return Evidence(estimate=mean, error=error, df=len(values) - 1, n=len(values), shown=shown, refuted=refuted)


def _mean_and_error(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean and its standard error; no error with one value, nor where all are equal. As `statistics.estimate`."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return mean, None
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return mean, None if sd <= NO_SPREAD else sd / math.sqrt(n)


def _standard(table: np.ndarray) -> np.ndarray:
    """Ranks of each column (ties share theirs), centred and of length one; a column of ties alone is zero."""
    ranks = np.stack([_ranks(column) for column in table.T], axis=1)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    return ranks / np.where(length > 0, length, 1.0)


def _ranks(column: np.ndarray) -> np.ndarray:
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]
