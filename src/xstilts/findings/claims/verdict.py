"""Verdict: what a table says to one claim, with everything that a reader needs to trust it or not."""

from __future__ import annotations

from typing import Literal

import msgspec

from xstilts.studies.ledgers.ledger import Claim, Fidelity, Ledger

Status = Literal["reproduced", "contradicted", "inconclusive", "not tested"]
UNITS = {"seed": "seeds", "task": "tasks", "family": "families"}
"""What `n` of a verdict counts, and more than one of it."""
STATUSES: tuple[Status, ...] = ("reproduced", "contradicted", "inconclusive", "not tested")

SIGNS: dict[Status, str] = {"reproduced": "✓", "contradicted": "✗", "inconclusive": "·", "not tested": "–"}
"""Shape alone tells the verdicts apart; colour only repeats it."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a table says to one claim."""

    id: str
    statement: str
    status: Status
    only: str = ""
    """What of the claim was judged, where that is not all of it: `2 of 18 cells`, or `direction` where a size could not
    be tested."""
    reason: str
    kind: str
    fidelity: Fidelity
    family: str
    estimate: float | None = None
    low: float | None = None
    """Ends of the corrected interval."""
    high: float | None = None
    level: float | None = None
    """Of that interval, after the correction."""
    n: int = 0
    unit: str = ""
    """What n counts: seeds, tasks or families."""
    p: float | None = None
    """Two-sided: how surely the numbers say anything, either way."""
    corrected: float | None = None
    tested: int = 0
    """Claims of the family that were tested together."""
    margin: float | None = None
    published: float | None = None
    cells: tuple[str, ...] = ()
    """What it was judged on."""
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Languages with a hole somewhere."""
    sick: int = 0
    """Seeds in which some run was not healthy. They count in."""
    without: Verdict | None = None
    """The same without those seeds, where there are any."""
    quote: str = ""
    source: str = ""
    provenance: str = ""
    conflicts: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    note: str = ""

    @property
    def said(self) -> str:
        """The status as it is told: a part is not the whole claim."""
        return f"{self.status} ({self.only} only)" if self.only and self.status != "not tested" else self.status


def unjudged(claim: Claim, ledger: Ledger, fidelity: Fidelity) -> Verdict:
    """What a verdict says of its claim, before there is one."""
    source = ledger.sources.get(claim.source)
    version = f", version {source.version}" if source and source.version else ""
    where = f"{source.id or source.title}{version}" if source else ""
    return Verdict(
        id=claim.id,
        statement=claim.statement,
        status="not tested",
        reason="",
        kind=claim.kind,
        fidelity=fidelity,
        family=claim.family,
        margin=claim.margin.points if claim.margin else None,
        published=claim.value,
        quote=claim.quote,
        source=", ".join(part for part in (where, claim.locator) if part),
        provenance=claim.provenance,
        conflicts=claim.conflicts,
        superseded_by=claim.superseded_by,
        note=claim.note,
    )
