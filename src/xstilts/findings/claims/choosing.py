"""Choosing: the best of several, picked on the other seeds, so that its luck is not counted as its merit."""

from __future__ import annotations

import msgspec

from xstilts.findings.claims.cells import Cell, Found
from xstilts.findings.claims.looking import Gap, Gathered, Look, averaged, common, judged, mean_of
from xstilts.findings.pairs import BASELINE


def selection(look: Look) -> Gathered:
    """The best route of each exam, chosen on the other seeds and scored on this one: a maximum without its luck."""
    found = look.wants.find(look.scores)
    cells = look.need(found)
    seeds = _enough(common(cells))
    values = {}
    for seed in seeds:
        chosen = []
        for exam in dict.fromkeys(cell.exam for cell in cells):
            best = max(
                (cell for cell in cells if cell.exam == exam),
                key=lambda cell: mean_of(cell.gains[other] for other in seeds if other != seed),
            )
            chosen.append(best.gains[seed])
        values[seed] = mean_of(chosen)
    return judged(look, values, cells, found, note="the best route of each exam was chosen on the other seeds")


def over_the_best(look: Look) -> Gathered:
    """Gains over the best member of a group, chosen on the other seeds by its mean over the exams."""
    asked_for = [rival for rival in look.wants.against if rival not in look.wants.routes]
    own: dict[str, dict[int, float]] = {}
    over: dict[str, dict[int, float]] = {}
    cells: list[Cell] = []
    missing: list[str] = []
    for rival in asked_for:
        theirs = msgspec.structs.replace(look.wants, routes=(rival,)).find(look.scores, against=BASELINE)
        ours = look.wants.find(look.scores, against=rival)
        missing += [*theirs.missing, *ours.missing]
        if not theirs.missing and not ours.missing:
            own[rival], over[rival] = averaged(theirs.cells), averaged(ours.cells)
            cells += ours.cells
    least = look.claim.least or len(asked_for)
    if not own or len(own) < least:
        raise Gap(f"{len(own)} of {len(asked_for)} routes to choose from are there", tuple(dict.fromkeys(missing)))
    seeds = _enough(sorted(set.intersection(*(set(values) for values in (*own.values(), *over.values())))))
    values = {}
    for seed in seeds:
        best = max(own, key=lambda rival: mean_of(own[rival][other] for other in seeds if other != seed))
        values[seed] = over[best][seed]
    whole = len(asked_for) * len(cells) // len(own)
    found = Found(cells=tuple(cells), missing=tuple(dict.fromkeys(missing)), wanted=whole)
    return judged(look, values, cells, found, note="the best of the others was chosen on the other seeds")


def _enough(seeds: list[int]) -> list[int]:
    if len(seeds) < 2:
        raise Gap("to choose on other seeds, there must be two at least")
    return seeds
