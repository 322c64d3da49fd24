"""From a claim and a table to evidence: which cells there are, one value a seed from them, and the rule of its kind."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from xstilts.findings.claims import rules
from xstilts.findings.claims.cells import Cell, Scores, asked
from xstilts.findings.claims.choosing import over_the_best, selection
from xstilts.findings.claims.looking import Gap, Gathered, Look, averaged, common, judged
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
    """Every cell by itself, and how many of them hold."""
    found = look.wants.find(look.scores)
    cells = look.need(found)
    seeds = common(cells)
    each = []
    for cell in cells:
        values = look.signed({seed: cell.gains[seed] for seed in seeds})
        absent = look.claim.each == "absence"
        each.append(rules.absence(values, look.margin) if absent else rules.direction(values, look.margin))
    need = rules.needed(look.claim.quantifier, len(cells))
    evidence = rules.several(each, need, look.signed(averaged(cells)))
    held = sum(one.shown < one.refuted for one in each)
    note = f"needed in {need} of {len(cells)} cells; by the estimates alone in {held}"
    return Gathered(
        evidence=evidence, seeds=len(seeds), cells=cells, missing=found.missing, wanted=found.wanted, note=note
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
    first, second = (look.wants.find(look.scores, encoder=name) for name in look.wants.encoders)
    before, after = averaged(look.need(first)), averaged(look.need(second))
    seeds = sorted(set(before) & set(after))
    if not seeds:
        raise Gap("no seed stands with both encoders")
    values = {seed: after[seed] - before[seed] for seed in seeds}
    return judged(look, values, (*first.cells, *second.cells), first)
