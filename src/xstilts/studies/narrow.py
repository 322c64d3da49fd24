"""A part of a study: only these routes, exams, languages or seeds, or all but those. Its steps are steps of the whole.

Trainings and their digests are those of the whole study. So are the exams, but where languages are left out: an exam in
fewer languages is another sitting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from xstilts.errors import BadStudy, nearest, unknown
from xstilts.studies.grid import BASELINE, Study, target_tasks
from xstilts.tasks import exam

KINDS = ("route", "exam", "language", "seed")


def narrow(study: Study, only: Sequence[str] = (), skip: Sequence[str] = ()) -> Study:
    """The part that is meant. A filter is written `kind=name,name`: `route=mnli,qqp`, `exam=xnli`, `seed=1`.

    Several filters of a kind add up. The baseline is in every study, whatever is left out.
    """
    wanted, unwanted = _read(only), _read(skip)
    kept = {kind: _kept(kind, _names(study, kind), wanted.get(kind), unwanted.get(kind, [])) for kind in KINDS}
    # An oracle looks at the languages of the whole study, in a part of it too.
    recipes = {name: study.target_stage(name).recipe for name in target_tasks(study.exams)}
    oracles = {name: recipe for name, recipe in recipes.items() if recipe.select == "oracle"}
    exams = kept["exam"]
    if kept["language"] != _names(study, "language"):
        exams = [name for name in exams if set(exam(name).languages) & set(kept["language"])]
        study = msgspec.structs.replace(study, languages=tuple(kept["language"]))
    for kind, names in (("exam", exams), ("seed", kept["seed"])):
        if not names:
            raise BadStudy(f"The filters leave no {kind} of {study.name}.", way_out="Leave out one of them.")
    of = {exam(name).of for name in exams}
    return msgspec.structs.replace(
        study,
        routes=tuple(route for route in study.routes if route.name in kept["route"]),
        exams=tuple(exams),
        seeds=tuple(seed for seed in study.seeds if str(seed) in kept["seed"]),
        target_for={name: recipe for name, recipe in (study.target_for | oracles).items() if name in of},
    )


def _names(study: Study, kind: str) -> list[str]:
    match kind:
        case "route":
            return [route.name for route in study.all_routes]
        case "exam":
            return list(study.exams)
        case "seed":
            return list(map(str, study.seeds))
    return list(dict.fromkeys(lang for name in study.exams for lang in study.languages_of(exam(name))))


def _kept(kind: str, names: list[str], wanted: list[str] | None, unwanted: list[str]) -> list[str]:
    for name in (*(wanted or ()), *unwanted):
        if name not in names:
            raise unknown(f"{kind} in this study:", name, names)
    if kind == "route" and BASELINE in unwanted:
        raise BadStudy("The baseline cannot be left out.", way_out="Gains are counted from it.")
    return [name for name in names if (wanted is None or name in wanted) and name not in unwanted]


def _read(filters: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in filters:
        kind, equals, names = text.partition("=")
        listed = [name.strip() for name in names.split(",") if name.strip()]
        if not equals or not listed:
            raise BadStudy(f"The filter {text!r} says nothing.", way_out="Write kind=name,name: route=mnli,qqp.")
        if kind not in KINDS:
            close = nearest(kind, KINDS) or KINDS
            raise BadStudy(f"Nothing can be filtered by {kind!r}.", way_out=f"Use {' or '.join(close)}.")
        found.setdefault(kind, []).extend(listed)
    return found
