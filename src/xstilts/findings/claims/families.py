"""Families: p values and intervals corrected for the number of claims that are judged together.

Primary claims go by Holm, so that any wrong verdict among them is as rare as one test's; secondary ones by Benjamini
and Hochberg, so that few of the verdicts are wrong. The intervals of a family are drawn at the level that agrees
with its verdicts, so that what is seen and what is said are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from xstilts.findings.statistics import CORRECT, LEVEL, Correction, family_level

Family = Literal["primary", "secondary"]
METHODS: Mapping[Family, Correction] = {"primary": "holm", "secondary": "bh"}


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
        return self.p < 1 - LEVEL


def corrected(ps: Sequence[float], family: Family) -> list[Corrected]:
    """The corrections of one family, in the order given."""
    method = METHODS[family]
    found = CORRECT[method](ps)
    level = family_level(method, found)
    return [Corrected(p=p, level=level, family=len(ps)) for p in found if p is not None]
