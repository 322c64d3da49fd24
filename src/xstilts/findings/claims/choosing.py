"""Choosing: the best of several, picked on the other seeds, so that its luck is not counted as its merit."""

from __future__ import annotations

import msgspec

from xstilts.findings.claims.cells import Found
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
    rivals = {}
    missing: list[str] = []
    for rival in look.wants.against:
        found = msgspec.structs.replace(look.wants, routes=(rival,)).find(look.scores, against=BASELINE)
        missing += found.missing
        if not found.missing:
            rivals[rival] = averaged(found.cells)
    whole = len(look.wants.against)
    if len(rivals) < min(look.claim.least or whole, whole):
        raise Gap(f"{len(rivals)} of {whole} routes to choose from are there", tuple(dict.fromkeys(missing)))
    over = {rival: look.wants.find(look.scores, against=rival) for rival in rivals}
    cells = {rival: look.need(msgspec.structs.replace(one, wanted=len(one.cells))) for rival, one in over.items()}
    seeds = _enough(sorted(set.intersection(*(set(values) for values in rivals.values()))))
    values = {}
    for seed in seeds:
        best = max(rivals, key=lambda rival: mean_of(rivals[rival][other] for other in seeds if other != seed))
        values[seed] = averaged(cells[best])[seed]
    used = tuple(cell for each in cells.values() for cell in each)
    found = Found(cells=used, missing=tuple(dict.fromkeys(missing)), wanted=whole)
    return judged(look, values, used, found, note="the best of the others was chosen on the other seeds")


def _enough(seeds: list[int]) -> list[int]:
    if len(seeds) < 2:
        raise Gap("to choose on other seeds, there must be two at least")
    return seeds
