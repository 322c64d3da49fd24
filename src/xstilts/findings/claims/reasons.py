"""Reasons: why a claim got its verdict, in one or two sentences that say no more than the numbers do."""

from __future__ import annotations

from xstilts.findings.claims.families import Corrected
from xstilts.findings.claims.looking import Gathered, sized
from xstilts.findings.claims.rules import Evidence
from xstilts.findings.statistics import LEVEL
from xstilts.findings.words import between, signed
from xstilts.studies.ledgers.ledger import Claim, Fidelity

SHOWN = 5
"""Missing cells that are named; the others are counted."""


def reason(claim: Claim, found: Gathered, correction: Corrected | None, status: str, fidelity: Fidelity) -> str:
    """The sentences for one verdict."""
    parts = [_first(claim, found, correction, status, fidelity), _partial(found), found.note, _size(claim, fidelity)]
    whole = ". ".join(part[:1].upper() + part[1:] for part in parts if part)
    return f"{whole}."


def _first(claim: Claim, found: Gathered, correction: Corrected | None, status: str, fidelity: Fidelity) -> str:
    evidence = found.evidence
    if evidence is None:
        return f"{found.why}{': missing ' + listed(found.missing) if found.missing else ''}"
    if claim.kind == "magnitude" and fidelity != "same":
        why = f"a size is tested only where the experiment is the same, and this one is {_article(fidelity)}"
        return f"{why}; {_plain(evidence)}"
    if found.seeds < max(2, claim.min_seeds):
        seeds = "1 seed" if found.seeds == 1 else f"{found.seeds} seeds"
        return f"{seeds} where the claim asks for {max(2, claim.min_seeds)}"
    if not found.decides:
        return _too_little(claim, found, evidence)
    if correction is None or (evidence.p >= 1.0 and evidence.error is None and evidence.unit == "seed"):
        return "every seed gave the same number, which is no proof"
    if status == "inconclusive":
        return _undecided(claim, evidence, correction, fidelity)
    return _SAID[status](claim, evidence, correction, fidelity)


def _reproduced(claim: Claim, evidence: Evidence, correction: Corrected, fidelity: Fidelity) -> str:
    if claim.kind == "ranking":
        return "each of the best is surely ahead of each of the others"
    if claim.kind == "quantified":
        return "surely so in as many cells as the claim needs"
    if evidence.unit == "task":
        return "surely above zero"
    if sized(claim, fidelity):
        return f"the interval lies within the published size ± {_points(claim)}"
    if claim.kind == "absence":
        return f"the interval lies below the margin of {_points(claim)}" + (" on both sides" if claim.equal else "")
    side = "below 0, as claimed," if claim.down else "above 0"
    return f"the interval lies {side} and the estimate reaches the margin of {_points(claim)}"


def _contradicted(claim: Claim, evidence: Evidence, correction: Corrected, fidelity: Fidelity) -> str:
    if claim.kind == "ranking":
        return "one of the others is surely ahead of one of the best"
    if claim.kind == "quantified":
        return "in so many cells it surely is not so that the others are too few"
    if evidence.unit == "task":
        return "surely on the other side of zero"
    if sized(claim, fidelity):
        return f"the interval lies outside the published size ± {_points(claim)}"
    if claim.kind == "absence":
        return f"the interval lies beyond the margin of {_points(claim)}"
    ends = evidence.interval(correction.level)
    margin = claim.margin.points if claim.margin else 0.0
    if ends and ends[1] < 0:
        return "the interval lies on the other side of 0: the opposite is so"
    if ends and ends[0] > -margin:
        return f"the interval lies within ±{_points(claim)}: whatever there is does not matter"
    return f"the interval lies short of the margin of {_points(claim)}"


_SAID = {"reproduced": _reproduced, "contradicted": _contradicted}


def _undecided(claim: Claim, evidence: Evidence, correction: Corrected, fidelity: Fidelity) -> str:
    ends = evidence.interval(correction.level)
    if claim.kind == "ranking":
        return "not every contrast is there and sure, and none is surely the other way"
    if claim.kind == "quantified":
        return "surely so in too few cells, and surely not so in too few"
    if ends is None and evidence.estimate < (claim.margin.points if claim.margin else 0.0):
        return f"the estimate misses the margin of {_points(claim)}, and is not surely below zero"
    if ends is None:
        return f"p = {evidence.p:.2g}, corrected {correction.p:.2g}: by shuffling alone it could be so"
    half = (ends[1] - ends[0]) / 2
    reach = f"with {evidence.n} {_units(evidence)} the interval reaches {half:.1f} to either side"
    if claim.kind in ("direction", "selection") and not sized(claim, fidelity) and ends[0] > 0:
        return f"the interval lies above 0, but the estimate misses the margin of {_points(claim)}"
    return f"the interval holds both what the claim says and what would contradict it; {reach}"


def _too_little(claim: Claim, found: Gathered, evidence: Evidence) -> str:
    """Why the cells that there are decide nothing."""
    have = f"{len(found.cells)} of {found.wanted} cells are there"
    if claim.kind == "quantified":
        return f"{have}, too few to show what is said of {claim.quantifier} of them, or to rule it out"
    return f"{have}, and a mean over all cannot be judged on a part; in these {_plain(evidence)}"


def _partial(found: Gathered) -> str:
    if found.evidence is None or not found.missing:
        return ""
    if not found.decides:
        return f"missing {listed(found.missing)}"
    return f"judged on {len(found.cells)} of {found.wanted} cells; missing {listed(found.missing)}"


def _size(claim: Claim, fidelity: Fidelity) -> str:
    if claim.kind == "selection" and claim.value is not None and fidelity != "same":
        return f"its size, {signed(claim.value)}, is not tested: the experiment is {_article(fidelity)}"
    return ""


def _plain(evidence: Evidence) -> str:
    ends = evidence.interval(LEVEL)
    if ends is None:
        return f"the gain is {signed(evidence.estimate)} here"
    return f"the gain is {signed(evidence.estimate)} here (plain 95% interval {between(*ends)})"


def _points(claim: Claim) -> str:
    return f"{claim.margin.points:g}" if claim.margin else "0"


def _units(evidence: Evidence) -> str:
    return "families" if evidence.unit == "family" else f"{evidence.unit}s"


def _article(fidelity: Fidelity) -> str:
    return "an analogue" if fidelity == "analogue" else fidelity


def listed(names: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
