"""Families: p values and intervals corrected for the number of claims that are judged together.

Primary claims go by Holm, so that any wrong verdict among them is as rare as one test's; secondary ones by Benjamini
and Hochberg, so that few of the verdicts are wrong. Each claim's interval is drawn at the level it was decided at,
so that what is seen and what is said agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from xstilts.findings.statistics import LEVEL, holm

ALPHA = 1 - LEVEL


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """One claim's p value in its family."""

    p: float
    level: float
    """Of the interval that is shown."""
    family: int
    """Claims that were tested."""

    @property
    def decided(self) -> bool:
        """Whether there is a verdict."""
        return self.p <= ALPHA


def corrected(ps: Sequence[float], family: str) -> list[Corrected]:
    """The corrections of one family, in the order given."""
    return _primary(ps) if family == "primary" else _secondary(ps)


def _primary(ps: Sequence[float]) -> list[Corrected]:
    """Holm: the k-th smallest of m is tried at α/(m−k+1), up to the first that fails; the others get its level."""
    m = len(ps)
    order = sorted(range(m), key=lambda place: ps[place])
    levels = [LEVEL] * m
    level, failed = LEVEL, False
    for rank, place in enumerate(order):
        if not failed:
            level = 1 - ALPHA / (m - rank)
            failed = ps[place] > ALPHA / (m - rank)
        levels[place] = level
    found = holm(list(ps))
    return [Corrected(p=p or 0.0, level=level, family=m) for p, level in zip(found, levels, strict=True)]


def _secondary(ps: Sequence[float]) -> list[Corrected]:
    """Benjamini and Hochberg; intervals at 1 − Rα/m for R discoveries (Benjamini and Yekutieli 2005), one at least."""
    m = len(ps)
    order = sorted(range(m), key=lambda place: ps[place], reverse=True)
    adjusted = [1.0] * m
    so_far = 1.0
    for rank, place in enumerate(order):
        so_far = min(so_far, ps[place] * m / (m - rank))
        adjusted[place] = so_far
    discoveries = max(1, sum(p <= ALPHA for p in adjusted))
    level = 1 - discoveries * ALPHA / m if m else LEVEL
    return [Corrected(p=p, level=level, family=m) for p in adjusted]
