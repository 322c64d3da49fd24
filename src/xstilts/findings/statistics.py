"""Numbers about a handful of seeds: t intervals, corrected for many tests, and what could not have been seen anyway.

One value a seed goes in. What comes out is for means of seeds, the unit of every claim about a way of training:

- `estimate(values)`: mean, median, t interval, p. `t_intervals` does the same for columns.
- `shown_within(…)`: the margin from which on no difference is shown; `equivalence(values, margin)` is its plain test.
- `detectable(sd, seeds)`: the smallest true mean that would be called sure four times out of five.
- `holm(ps)` for primary families, `benjamini_hochberg(ps)` for secondary ones; `family_level` is the level at which the
  intervals of such a family agree with its tests; `simultaneous(n)` the one at which all n of them cover at once.

With three seeds a percentile bootstrap covers three times out of four where it promises 95%: `bench/coverage.py` has
the rates, `docs/statistics.md` the table. So t it is, and resampling (`resample.py`) is for items and languages.
Everything here needs `scipy.special` alone, because `scipy.stats` takes half a second to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import nctdtrinc, stdtr, stdtrit

LEVEL = 0.95
"""The level of every interval; 1 - LEVEL is the error rate of every verdict."""

POWER = 0.8
"""How often a true gain of the detectable size is called sure."""

NO_SPREAD = 1e-9
"""Differences of scores (0 to 100) that vary less than this are the same number."""

Correction = Literal["holm", "bh"]
"""Holm: no false call among a family, 95 times of 100. Benjamini–Hochberg: of a family's calls at most 5% are false."""

Floats = NDArray[np.float64]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of one value a seed, and how far to trust it."""

    mean: float
    median: float
    sd: float | None
    """None with one seed."""
    low: float | None
    """Ends of the t interval. None with one seed, and when every seed gave the same number: no spread, no interval."""
    high: float | None
    p: float | None
    """Two-sided, for a mean of zero. None with one seed; 1 when every seed gave the same number."""
    seeds: int

    @property
    def half(self) -> float | None:
        """Half the width of the interval."""
        return None if self.high is None else self.high - self.mean


class Equivalence(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a difference is too small to matter."""

    margin: float
    p: float | None
    """Of the two one-sided tests, the larger: small where the mean is shown to lie within ± margin."""
    within: float | None
    """The smallest margin that these values would have shown, at the level asked for."""


def estimate(values: Sequence[float], *, level: float = LEVEL) -> Estimate:
    """Mean, t interval and p value of one value a seed.

    Equal values in every seed are no proof: coarse scores coincide by chance, and a computation that ignores its seed
    repeats itself. Such a mean stands without an interval, and p is 1.
    """
    sample = _sample(values)
    mean, seeds = float(sample.mean()), len(sample)
    sd = float(sample.std(ddof=1)) if seeds > 1 else math.nan
    low, high, p = (_known(end) for end in t_intervals(mean, sd, seeds, level=level))
    flat = sd <= NO_SPREAD
    spread = None if seeds == 1 else 0.0 if flat else sd
    return Estimate(mean=mean, median=float(np.median(sample)), sd=spread, low=low, high=high, p=p, seeds=seeds)


def t_intervals(
    mean: ArrayLike, sd: ArrayLike, seeds: ArrayLike, *, level: ArrayLike = LEVEL
) -> tuple[Floats, Floats, Floats]:
    """Low and high ends and p values, column by column; not a number where `Estimate` has None."""
    mean, sd, seeds = (np.asarray(one, np.float64) for one in (mean, sd, seeds))
    df, error = seeds - 1, standard_errors(sd, seeds)
    # A level of nan, a row that is in no family, is no interval either.
    half = stdtrit(np.where(df > 0, df, np.nan), 0.5 + np.asarray(level, np.float64) / 2) * error
    with np.errstate(invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(mean) / error)
    p = np.where((df > 0) & (sd <= NO_SPREAD), 1.0, np.where(df > 0, p, np.nan))
    return mean - half, mean + half, p


def standard_errors(sd: ArrayLike, seeds: ArrayLike) -> Floats:
    """Of the means; not a number with one seed and where every seed gave the same."""
    sd, seeds = np.asarray(sd, np.float64), np.asarray(seeds, np.float64)
    return np.asarray(np.where((seeds > 1) & (sd > NO_SPREAD), sd, np.nan) / np.sqrt(seeds))


def equivalence(values: Sequence[float], margin: float, *, level: float = LEVEL) -> Equivalence:
    """Two one-sided t tests (TOST) of whether the mean of these values alone lies within ± margin, at 5% each.

    The margin is declared, never found. `judged.held_to` holds gains to one, and counts all that is looked at.
    """
    if not margin > 0:
        raise ValueError(f"a margin is above zero, not {margin!r}")
    sample = _sample(values)
    mean, seeds = float(sample.mean()), len(sample)
    sd = float(sample.std(ddof=1)) if seeds > 1 else math.nan
    p = _known(np.asarray(stdtr(seeds - 1, (abs(mean) - margin) / standard_errors(sd, seeds))))
    within = shown_within(mean, sd, seeds, level=2 * level - 1)
    return Equivalence(margin=margin, p=p, within=_known(within))


def shown_within(mean: ArrayLike, sd: ArrayLike, seeds: ArrayLike, *, level: ArrayLike = LEVEL) -> Floats:
    """The far ends of the t intervals at this level: whatever the margin, from there on "no difference" is shown."""
    low, high, _ = t_intervals(mean, sd, seeds, level=level)
    return np.asarray(np.maximum(np.abs(low), np.abs(high)))


def detectable(sd: ArrayLike, seeds: ArrayLike, *, level: ArrayLike = LEVEL, power: float = POWER) -> Floats:
    """The smallest true mean that a t test at this level calls sure, on its side, as often as `power` says.

    Before any run: in units of a guessed sd. After: with the sd that was found, which few seeds know badly.
    """
    df, level = np.broadcast_arrays(np.asarray(seeds, np.float64) - 1, np.asarray(level, np.float64))
    # Many rows are alike in these two, and the noncentral t takes its time.
    kinds, kind = np.unique(np.stack([df.ravel(), level.ravel()]), axis=1, return_inverse=True)
    some = np.where(kinds[0] > 0, kinds[0], np.nan)
    away = nctdtrinc(some, 1 - power, stdtrit(some, 0.5 + kinds[1] / 2))
    return np.asarray(away[kind.ravel()].reshape(df.shape) * standard_errors(sd, seeds))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm-corrected p values, in the order given. None (never tested) stays None and does not count in the family."""
    tested = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    so_far = 0.0
    for rank, (p, place) in enumerate(tested):
        so_far = max(so_far, min(1.0, p * (len(tested) - rank)))
        corrected[place] = so_far
    return corrected


def benjamini_hochberg(ps: Sequence[float | None]) -> list[float | None]:
    """P values corrected after Benjamini and Hochberg, in the order given; None as in `holm`."""
    tested = sorted(((p, place) for place, p in enumerate(ps) if p is not None), reverse=True)
    corrected: list[float | None] = [None] * len(ps)
    so_far = 1.0
    for rank, (p, place) in enumerate(tested):
        so_far = min(so_far, p * len(tested) / (len(tested) - rank))
        corrected[place] = so_far
    return corrected


CORRECT = {"holm": holm, "bh": benjamini_hochberg}


def family_level(method: Correction, corrected: Sequence[float | None], *, level: float = LEVEL) -> float:
    """The level of the intervals that are shown for a family: they leave out zero exactly where the test is sure.

    With m tests of which r are sure it is 1 - α·max(r, 1)/m after Benjamini–Hochberg and 1 - α/min(m, m - r + 1) after
    Holm. The first are the intervals of Benjamini and Yekutieli (2005), the second at least as wide: so of the
    intervals of gains that are called sure, on average at most 5% miss the truth. That all of a family cover at once is
    more, and needs `simultaneous(m)`.
    """
    tested = [p for p in corrected if p is not None]
    sure = sum(p < 1 - level for p in tested)
    if not tested:
        return level
    share = max(sure, 1) / len(tested) if method == "bh" else 1 / min(len(tested), len(tested) - sure + 1)
    return 1 - (1 - level) * share


def simultaneous(tests: int, *, level: float = LEVEL) -> float:
    """The level at which that many intervals all cover the truth at once (Bonferroni)."""
    return 1 - (1 - level) / max(1, tests)


def verdict(mean: float, corrected: float | None, *, level: float = LEVEL) -> str:
    """`up`, `down` or `unsure`; `one seed` when nothing could be tested."""
    if corrected is None:
        return "one seed"
    if corrected >= 1 - level:
        return "unsure"
    return "up" if mean > 0 else "down"


def _sample(values: Sequence[float]) -> Floats:
    if len(values) == 0 or not all(map(math.isfinite, values)):
        raise ValueError(f"an estimate needs one finite value or more, not {list(values)!r}")
    return np.asarray(values, dtype=np.float64)


def _known(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)
