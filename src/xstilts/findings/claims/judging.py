"""Judging: every claim of a ledger against a long table, corrected for their number, with and without sick runs."""

from __future__ import annotations

from collections import Counter

import msgspec
import polars as pl

from xstilts.findings.claims.cells import Scores
from xstilts.findings.claims.describing import described
from xstilts.findings.claims.families import METHODS, Corrected, corrected
from xstilts.findings.claims.gathering import gather
from xstilts.findings.claims.looking import Gathered, sized
from xstilts.findings.claims.reasons import reason
from xstilts.findings.claims.rules import Evidence
from xstilts.findings.claims.verdict import STATUSES, Status, Verdict, unjudged
from xstilts.findings.statistics import LEVEL
from xstilts.studies.ledgers.ledger import Claim, Fidelity, Ledger, worst


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger, judged."""

    ledger: str
    digest: str
    about: str
    encoder: str
    fidelity: Fidelity
    differs: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many claims got which verdict."""
        found = Counter(verdict.status for verdict in self.verdicts)
        return {status: found[status] for status in STATUSES}


def judge_table(table: pl.DataFrame, ledger: Ledger, *, encoder: str = "") -> Judgement:
    """Every claim of the ledger, judged on a long table: on one encoder of it, the first unless one is named."""
    scores = Scores(table, encoder=encoder)
    fidelity, differs = fidelity_of(ledger, scores.encoder)
    verdicts = _verdicts(scores, ledger, fidelity)
    if any(verdict.sick for verdict in verdicts):
        healthy = _verdicts(Scores(table, encoder=encoder, healthy=True), ledger, fidelity)
        verdicts = [
            msgspec.structs.replace(verdict, without=other) if verdict.sick else verdict
            for verdict, other in zip(verdicts, healthy, strict=True)
        ]
    return Judgement(
        ledger=ledger.name,
        digest=ledger.digest,
        about=ledger.about,
        encoder=scores.encoder,
        fidelity=fidelity,
        differs=differs,
        verdicts=tuple(verdicts),
    )


def fidelity_of(ledger: Ledger, encoder: str) -> tuple[Fidelity, tuple[str, ...]]:
    """How like the published experiment this one is, and what makes the difference."""
    known = {*ledger.same_encoders, *(ledger.renamed.encoders.get(name, name) for name in ledger.same_encoders)}
    if not known or encoder in known:
        return ledger.fidelity, ledger.differs
    return worst(ledger.fidelity, "close"), (*ledger.differs, f"the encoder is {encoder}")


def _verdicts(scores: Scores, ledger: Ledger, fidelity: Fidelity) -> list[Verdict]:
    gathered: dict[str, Gathered] = {}
    levels: dict[str, Fidelity] = {}
    for claim in ledger.claims:
        levels[claim.id] = worst(claim.fidelity, fidelity)
        if claim.kind != "descriptive":
            gathered[claim.id] = gather(claim, ledger, scores, levels[claim.id])
    corrections: dict[str, Corrected] = {}
    for family in METHODS:
        tested = [
            claim.id
            for claim in ledger.claims
            if claim.family == family and claim.id in gathered and testable(claim, gathered[claim.id], levels[claim.id])
        ]
        ps = [found.evidence.p for key in tested if (found := gathered[key]).evidence is not None]
        corrections |= dict(zip(tested, corrected(ps, family), strict=True))
    return [
        described(claim, ledger, scores, levels[claim.id])
        if claim.kind == "descriptive"
        else _verdict(claim, ledger, gathered[claim.id], corrections.get(claim.id), levels[claim.id])
        for claim in ledger.claims
    ]


def testable(claim: Claim, found: Gathered, fidelity: Fidelity) -> bool:
    """Whether a claim takes part in its family."""
    return (
        found.evidence is not None
        and found.decides
        and found.seeds >= max(2, claim.min_seeds)
        and not (claim.kind == "magnitude" and fidelity != "same")
    )


def _verdict(
    claim: Claim, ledger: Ledger, found: Gathered, correction: Corrected | None, fidelity: Fidelity
) -> Verdict:
    base = unjudged(claim, ledger, fidelity)
    status = _status(claim, found.evidence, correction, fidelity)
    # What is sure of a count, or of one contrast, no missing cell can change: then it is said of the whole claim.
    whole = claim.kind in ("quantified", "ranking") and status != "inconclusive"
    only = [f"{len(found.cells)} of {found.wanted} cells"] if found.missing and not whole else []
    if claim.kind == "selection" and claim.value is not None and not sized(claim, fidelity):
        only.append("direction")
    base = msgspec.structs.replace(
        base,
        only=", ".join(only),
        cells=tuple(cell.label for cell in found.cells),
        missing=found.missing,
        left_out=tuple(dict.fromkeys(lang for cell in found.cells for lang in cell.left_out)),
        sick=len(frozenset().union(*(cell.sick for cell in found.cells))),
    )
    why = reason(claim, found, correction, status, fidelity)
    if found.evidence is None:
        return msgspec.structs.replace(base, status=status, reason=why)
    level = correction.level if correction else LEVEL
    ends = found.evidence.interval(level)
    low, high = ends if ends else (None, None)
    estimate = found.evidence.estimate
    if claim.down:
        estimate = -estimate
        low, high = (None if high is None else -high, None if low is None else -low)
    return msgspec.structs.replace(
        base,
        status=status,
        reason=why,
        estimate=estimate,
        low=low,
        high=high,
        level=level if ends else None,
        n=found.evidence.n,
        unit=found.evidence.unit,
        p=found.evidence.p,
        corrected=correction.p if correction else None,
        tested=correction.family if correction else 0,
    )


def _status(claim: Claim, evidence: Evidence | None, correction: Corrected | None, fidelity: Fidelity) -> Status:
    if evidence is None or (claim.kind == "magnitude" and fidelity != "same"):
        return "not tested"
    if correction is None or not correction.decided:
        return "inconclusive"
    return "reproduced" if evidence.shown < evidence.refuted else "contradicted"
