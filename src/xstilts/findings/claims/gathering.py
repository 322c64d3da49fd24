"""From a claim and a table to evidence: which cells there are, one value a seed from them, and the rule of its kind."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from xstilts.findings.claims import rules
from xstilts.findings.claims.cells import Cell, Found, Scores, asked
from xstilts.findings.claims.choosing import over_the_best, selection
from xstilts.findings.claims.looking import Gap, Gathered, Look, averaged, judged
from xstilts.findings.claims.relating import rank_correlation, slope
from xstilts.studies.ledgers.ledger import Claim, Fidelity, Ledger

Gather = Callable[[Look], Gathered]


def gather(claim: Claim, ledger: Ledger, scores: Scores, fidelity: Fidelity) -> Gathered:
    """The evidence on one claim, or why there is none. Descriptions are not for here."""
    wants = asked(claim, ledger, scores)
    if wants.empty:
        groups = ", ".join(map(repr, wants.empty))
        return Gathered(why=f"what belongs to {groups} is for a ledger of the study to say")
    look = Look(claim=claim, ledger=ledger, scores=scores, wants=wants, fidelity=fidelity)
    by_statistic: dict[str, Gather] = {
        "rank-correlation": rank_correlation, "slope": slope, "gain-difference": _difference,
    }  # fmt: skip
    by_kind: dict[str, Gather] = {"ranking": _ranking, "selection": selection, "quantified": _quantified}
    rule = by_statistic.get(claim.statistic) or by_kind.get(claim.kind, _mean)
    try:
        return rule(look)
    except Gap as gap:
        return Gathered(why=gap.why, missing=gap.missing)


def _mean(look: Look) -> Gathered:
    """One value a seed, over all cells."""
    if len(look.wants.against) > 1:
        return over_the_best(look)
    found = look.wants.find(look.scores)
    cells = look.need(found)
    return judged(look, averaged(cells), cells, found)


def _quantified(look: Look) -> Gathered:
    """Every cell by itself, and in how many of all that the claim is about it holds.

    A cell that is missing, or has fewer seeds than the claim asks for, may be either way: it counts as wanted, and
    neither for nor against.
    """
    found = look.wants.find(look.scores)
    cells = look.need(found)
    tested = [cell for cell in cells if len(cell.gains) >= max(2, look.claim.min_seeds)]
    rule = rules.absence if look.claim.each == "absence" else rules.direction
    each = [rule(look.signed(cell.gains), look.margin) for cell in tested]
    need = rules.needed(look.claim.quantifier, found.wanted)
    held = sum(one.shown < one.refuted for one in each)
    among = f" of the {len(tested)} that can be tested" if len(tested) < found.wanted else ""
    return Gathered(
        evidence=rules.several(each, need, look.signed(averaged(tested or cells)), wanted=found.wanted),
        seeds=min(len(cell.gains) for cell in tested or cells),
        cells=cells,
        missing=found.missing,
        wanted=found.wanted,
        decides=len(tested) >= min(need, found.wanted - need + 1),
        note=f"needed in {need} of {found.wanted} cells; by the estimates alone in {held}{among}",
    )


def _ranking(look: Look) -> Gathered:
    """Each member of the best against each other route."""
    contrasts: dict[str, list[float]] = {}
    cells: list[Cell] = []
    missing: list[str] = []
    outsiders = [route for route in look.wants.routes if route not in look.wants.best]
    for outsider in outsiders:
        for member in look.wants.best:
            asked_pair = msgspec.structs.replace(look.wants, routes=(member,))
            found = asked_pair.find(look.scores, against=outsider)
            if found.missing:
                missing += found.missing
            elif found.cells:
                cells += found.cells
                contrasts[f"{member} against {outsider}"] = look.signed(averaged(found.cells))
    whole = len(outsiders) * len(look.wants.best)
    if not contrasts or len(contrasts) < (look.claim.least or whole):
        raise Gap(f"{len(contrasts)} of {whole} contrasts can be made", tuple(dict.fromkeys(missing)))
    evidence = rules.ranking(contrasts, look.margin)
    if missing:
        # One contrast the other way contradicts it; those that there are cannot show the ones that are missing.
        evidence = msgspec.structs.replace(evidence, shown=1.0)
    return Gathered(
        evidence=evidence,
        seeds=min(map(len, contrasts.values())),
        cells=tuple(cells),
        missing=(tuple(dict.fromkeys(missing))),
        wanted=whole,
        note=f"the estimate is the closest of {len(contrasts)} contrasts, {evidence.note}",
    )


def _difference(look: Look) -> Gathered:
    """How much more the second encoder gains than the first, paired by seed."""
    absent = [name for name in look.wants.encoders if name not in look.scores.encoders]
    if absent:
        raise Gap("it compares two encoders", [f"encoder {name}" for name in absent])
    first, second = _shared(*(look.wants.find(look.scores, encoder=name) for name in look.wants.encoders))
    before, after = averaged(look.need(first)), averaged(look.need(second))
    seeds = sorted(set(before) & set(after))
    if not seeds:
        raise Gap("no seed stands with both encoders")
    values = {seed: after[seed] - before[seed] for seed in seeds}
    return judged(look, values, (*first.cells, *second.cells), first)


def _shared(first: Found, second: Found) -> tuple[Found, Found]:
    """Only the cells that both have: a mean over other cells would be another mean."""
    labels = {cell.label for cell in first.cells} & {cell.label for cell in second.cells}
    missing = tuple(dict.fromkeys((*first.missing, *second.missing)))
    both = (
        Found(cells=tuple(cell for cell in one.cells if cell.label in labels), missing=missing, wanted=one.wanted)
        for one in (first, second)
    )
    return next(both), next(both)
