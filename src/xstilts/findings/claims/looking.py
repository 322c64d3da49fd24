"""Looking: what a claim asks for and the table to look in, and the values that its rule is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from xstilts.findings.claims import rules
from xstilts.findings.claims.cells import Asked, Cell, Found, Scores
from xstilts.findings.claims.rules import Evidence
from xstilts.studies.ledgers.ledger import Claim, Fidelity, Ledger

Values = Mapping[int, float]
"""Seed → value."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the table has for one claim."""

    evidence: Evidence | None = None
    seeds: int = 0
    cells: tuple[Cell, ...] = ()
    missing: tuple[str, ...] = ()
    wanted: int = 0
    decides: bool = True
    """False: so much is missing that the rest cannot decide, whatever it says."""
    why: str = ""
    """Why there is no evidence."""
    note: str = ""


class Gap(Exception):
    """The table has not what a claim needs."""

    def __init__(self, why: str, missing: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.why, self.missing = why, tuple(missing)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, what it asks for, and where to look."""

    claim: Claim
    ledger: Ledger
    scores: Scores
    wants: Asked
    fidelity: Fidelity

    @property
    def margin(self) -> float:
        """The claim's, or none."""
        return self.claim.margin.points if self.claim.margin else 0.0

    def need(self, found: Found) -> tuple[Cell, ...]:
        """The cells, if there are enough of them."""
        least = self.claim.least or found.wanted
        if len(found.cells) < least or not found.cells:
            have = f"{len(found.cells)} of {found.wanted} cells are there"
            raise Gap(f"{have}, {least} are needed" if self.claim.least else have, found.missing)
        return found.cells

    def signed(self, values: Values) -> list[float]:
        """The values in the order of the seeds; turned round for a claim of a loss."""
        return [-values[seed] if self.claim.down else values[seed] for seed in sorted(values)]


def common(cells: Sequence[Cell]) -> list[int]:
    """The seeds that stand in every cell."""
    shared = set.intersection(*(set(cell.gains) for cell in cells))
    if not shared:
        raise Gap("no seed stands in every cell")
    return sorted(shared)


def averaged(cells: Sequence[Cell]) -> dict[int, float]:
    """The mean over cells, seed by seed."""
    return {seed: mean_of(cell.gains[seed] for cell in cells) for seed in common(cells)}


def judged(look: Look, values: Values, cells: Sequence[Cell], found: Found, note: str = "") -> Gathered:
    """One value a seed, and the rule that they are given to."""
    signed = look.signed(values)
    return Gathered(
        evidence=rule_of(look, signed),
        seeds=len(signed),
        cells=tuple(cells),
        missing=found.missing,
        wanted=found.wanted,
        # A mean over all cells may be anything while some of them are missing.
        decides=not found.missing,
        note=note,
    )


def sized(claim: Claim, fidelity: Fidelity) -> bool:
    """Whether it is the published size that is tested: only where the experiment is the same."""
    return claim.value is not None and claim.kind in ("magnitude", "selection") and fidelity == "same"


def rule_of(look: Look, values: Sequence[float]) -> Evidence:
    """The rule of the claim's kind, on one value a seed."""
    claim = look.claim
    if claim.kind == "absence":
        return rules.absence(values, look.margin, equal=claim.equal)
    if claim.value is not None and sized(claim, look.fidelity):
        return rules.magnitude(values, claim.value, look.margin)
    return rules.direction(values, look.margin)


def mean_of(values: Iterable[float]) -> float:
    """The mean of one number or more."""
    return float(np.mean(list(values)))
