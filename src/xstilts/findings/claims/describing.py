"""Descriptions: what a claim says of a set-up, compared with the one that was run."""

from __future__ import annotations

import msgspec

from xstilts.findings.claims.cells import Scores
from xstilts.findings.claims.verdict import Verdict, unjudged
from xstilts.studies.ledgers.ledger import Claim, Fidelity, Ledger


def described(claim: Claim, ledger: Ledger, scores: Scores, fidelity: Fidelity) -> Verdict:
    """Reproduced where the set-up is as described. Another set-up contradicts nothing unless it is called the same."""
    verdict = unjudged(claim, ledger, fidelity)
    if not claim.facts:
        why = "a statement that no run can test"
        return msgspec.structs.replace(verdict, reason=f"{why}: {claim.note}" if claim.note else f"{why}.")
    differs = differences(claim, ledger, scores)
    if not differs:
        return msgspec.structs.replace(verdict, status="reproduced", reason="this study is set up so.")
    told = "; ".join(differs)
    if fidelity == "same":
        return msgspec.structs.replace(
            verdict, status="contradicted", reason=f"this study is set up otherwise: {told}."
        )
    return msgspec.structs.replace(
        verdict, missing=tuple(differs), reason=f"it describes the authors' set-up, and this one is another: {told}."
    )


def differences(claim: Claim, ledger: Ledger, scores: Scores) -> list[str]:
    """Where the table is not as described, in words."""
    found = []
    encoder = claim.facts.get("encoder")
    if encoder is not None and scores.encoder != ledger.renamed.encoders.get(encoder, encoder):
        found.append(f"the encoder is {scores.encoder}, not {encoder}")
    for kind, there in (("routes", scores.routes), ("exams", scores.exams)):
        renamed = getattr(ledger.renamed, kind)
        names = [member for name in claim.facts.get(kind, ()) for member in ledger.groups.get(name, (name,))]
        lacking = [name for name in names if renamed.get(name, name) not in there]
        if lacking:
            found.append(f"{len(lacking)} of {len(names)} {kind} are not there ({', '.join(lacking)})")
    return found
