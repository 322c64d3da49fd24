"""Relating: how gains go with the likeness of tasks, and with the distance of languages."""

from __future__ import annotations

import numpy as np

from xstilts.errors import UnknownName
from xstilts.findings.claims import rules
from xstilts.findings.claims.looking import Gap, Gathered, Look, mean_of
from xstilts.findings.table import distances
from xstilts.languages import language

TASKS, FAMILIES = 8, 5
"""Fewer tasks than this show no rank correlation, and fewer families no slope, unless the claim says otherwise."""


def rank_correlation(look: Look) -> Gathered:
    """Likeness of task and exam against gain, over tasks."""
    found = look.wants.find(look.scores)
    known = {name: key for key, name in look.ledger.renamed.routes.items()}
    exams = {name: key for key, name in look.ledger.renamed.exams.items()}
    like, gain = {}, {}
    for cell in found.cells:
        likeness = look.ledger.similarity.get(exams.get(cell.exam, cell.exam), {})
        route = known.get(cell.route, cell.route)
        if route in likeness:
            like[cell.route, cell.exam] = likeness[route]
            gain[cell.route, cell.exam] = mean_of(cell.gains.values())
    columns = list(dict.fromkeys(exam for _, exam in like))
    rows = [route for route in look.wants.routes if all((route, exam) in like for exam in columns)]
    least = look.claim.least or TASKS
    if len(rows) < least or not columns:
        raise Gap(f"{len(rows)} tasks with a likeness and a gain are there, {least} are needed", found.missing)
    sign = -1 if look.claim.down else 1
    evidence = rules.rank_correlation(
        np.array([[like[route, exam] for exam in columns] for route in rows]),
        sign * np.array([[gain[route, exam] for exam in columns] for route in rows]),
        look.margin,
    )
    seeds = min(len(cell.gains) for cell in found.cells)
    return Gathered(
        evidence=evidence,
        seeds=seeds,
        cells=found.cells,
        missing=found.missing,
        wanted=found.wanted,
        note=f"tasks shuffled, over {len(columns)} exams",
    )


def slope(look: Look) -> Gathered:
    """Gain against distance: languages averaged into families, so that relatives count once."""
    found = look.wants.find(look.scores)
    cells = look.need(found)
    codes = list(dict.fromkeys(lang for cell in cells for lang in cell.by_language))
    back = {name: key for key, name in look.ledger.renamed.languages.items()}
    given = {code: look.ledger.distances.get(back.get(code, code)) for code in codes}
    far = {code: far for code, far in given.items() if far is not None} or distances(codes)
    family = {code: _family(code) for code in far}
    points: dict[str, list[tuple[float, float]]] = {}
    for cell in cells:
        langs = [lang for lang in cell.by_language if family.get(lang)]
        if langs:
            x, y = mean_of(far[lang] for lang in langs), mean_of(cell.by_language[lang] for lang in langs)
            for lang in langs:
                points.setdefault(family[lang], []).append((far[lang] - x, cell.by_language[lang] - y))
    least = look.claim.least or FAMILIES
    if len(points) < least:
        unknown = tuple(f"distance or family of {code}" for code in codes if not family.get(code))
        raise Gap(f"{len(points)} families with a distance and a gain are there, {least} are needed", unknown)
    sign = -1 if look.claim.down else 1
    x_of, y_of = zip(
        *((mean_of(x for x, _ in one), sign * mean_of(y for _, y in one)) for one in points.values()), strict=True
    )
    if max(x_of) - min(x_of) < 1e-9:
        raise Gap("all families are equally far")
    evidence = rules.slope(x_of, y_of, look.margin)
    return Gathered(
        evidence=evidence,
        seeds=min(len(cell.gains) for cell in cells),
        cells=cells,
        missing=found.missing,
        wanted=found.wanted,
        note=f"slope over {len(points)} families of {sum(map(bool, family.values()))} languages",
    )


def _family(code: str) -> str:
    try:
        return language(code).family
    except UnknownName:
        return ""
