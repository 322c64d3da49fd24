"""What a handful of seeds can say: a mean with its t interval, a two-sided p value, and Holm's correction.

With three seeds a percentile bootstrap covers 75% where it promises 95%; a t interval keeps its promise. The functions
use `scipy.special` alone, because `scipy.stats` takes half a second to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
"""The level of every interval; 1 - LEVEL is the error rate of every verdict."""

NO_SPREAD = 1e-9
"""Differences of scores (0 to 100) that vary less than this are the same number."""


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


def estimate(values: Sequence[float], *, level: float = LEVEL) -> Estimate:
    """Mean, t interval and p value of one value a seed.

    Equal values in every seed are no proof: coarse scores coincide by chance, and a computation that ignores its seed
    repeats itself. Such a mean stands without an interval, and p is 1.
    """
    if len(values) == 0 or not all(map(math.isfinite, values)):
        raise ValueError(f"an estimate needs one finite value or more, not {list(values)!r}")
    sample = np.asarray(values, dtype=np.float64)
    mean, median, seeds = float(sample.mean()), float(np.median(sample)), len(sample)
    if seeds == 1:
        return Estimate(mean=mean, median=median, sd=None, low=None, high=None, p=None, seeds=1)
    sd = float(sample.std(ddof=1))
    if sd <= NO_SPREAD:
        return Estimate(mean=mean, median=median, sd=0.0, low=None, high=None, p=1.0, seeds=seeds)
    error = sd / math.sqrt(seeds)
    half = float(stdtrit(seeds - 1, 0.5 + level / 2)) * error
    p = 2 * float(stdtr(seeds - 1, -abs(mean) / error))
    return Estimate(mean=mean, median=median, sd=sd, low=mean - half, high=mean + half, p=p, seeds=seeds)


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm-corrected p values, in the order given. None (never tested) stays None and does not count in the family."""
    tested = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    so_far = 0.0
    for rank, (p, place) in enumerate(tested):
        so_far = max(so_far, min(1.0, p * (len(tested) - rank)))
        corrected[place] = so_far
    return corrected


def verdict(mean: float, corrected: float | None, *, level: float = LEVEL) -> str:
    """`up`, `down` or `unsure`; `one seed` when nothing could be tested."""
    if corrected is None:
        return "one seed"
    if corrected >= 1 - level:
        return "unsure"
    return "up" if mean > 0 else "down"
