"""What an intermediate's table says of its tasks: languages and mixture. And what makes a mixture impossible.

In the table a task goes by the name that `tasks` gives it, whatever `languages` it is read in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from xstilts.declared import check_keys, convert
from xstilts.errors import BadStudy, unknown
from xstilts.forms import Mask
from xstilts.tasks import task
from xstilts.tasks.translated import AT, named
from xstilts.training.mixture import Mixture

MIXTURE = Mixture.__struct_fields__
COLDEST = 0.1
"""The lowest temperature: below it sizes to its power have no number, and the largest task would be alone anyway."""
WITHIN = ("alpha", "floors", "ceilings")
"""What a mixture says of languages: it is meant also where there is one task."""


def read_mixture(table: Mapping[str, Any], where: str, at: str) -> tuple[tuple[str, ...], Mixture | None]:
    """The tasks of a table, in its languages, and their mixture; None where one task has nothing to be mixed."""
    declared = convert(table["tasks"], tuple[str, ...], where, f"{at}.tasks", error=BadStudy)
    languages = convert(table.get("languages", ()), tuple[str, ...], where, f"{at}.languages", error=BadStudy)
    names = {one: _in(one, languages) for one in declared}
    if languages and all(isinstance(task(one).form, Mask) for one in declared):
        raise BadStudy(
            f"{where}: `{at}.languages` says nothing of running text.",
            way_out="Leave it out: the languages of a text are chosen where it is declared.",
        )
    given = {key: table[key] for key in MIXTURE if key in table}
    alone = [key for key in given if key not in WITHIN] if len(declared) == 1 else []
    if alone:
        better = " (a size of batches is the recipe's `batch`)" if "batches" in alone else ""
        raise BadStudy(
            f"{where}: `{at}` has one task, and `{alone[0]}` is of several.", way_out=f"Leave it out{better}."
        )
    mixture = convert(given, Mixture, where, at, error=BadStudy)
    for key in ("portions", "batches"):
        check_keys(getattr(mixture, key), names, where, f"{at}.{key}", error=BadStudy)
    for head, some in mixture.heads.items():
        check_keys(dict.fromkeys(some), names, where, f"{at}.heads.{head}", error=BadStudy)
    mixture = msgspec.structs.replace(
        mixture,
        portions={names[one]: share for one, share in mixture.portions.items()},
        batches={names[one]: size for one, size in mixture.batches.items()},
        heads={head: tuple(names[one] for one in some) for head, some in mixture.heads.items()},
    )
    mixed = len(declared) > 1 or any(key in given for key in WITHIN)
    return tuple(names[one] for one in declared), mixture if mixed else None


def _in(name: str, languages: Sequence[str]) -> str:
    """The name of a task in the stage's languages. Running text keeps its own: they are chosen where it is declared."""
    found = task(name)
    if not languages or isinstance(found.form, Mask) or tuple(languages) == (found.lang,):
        return found.name
    if AT in name:
        raise BadStudy(
            f"{name!r} names its language, and the stage has `languages` too.", way_out="Keep one of the two."
        )
    return task(named(name, languages)).name


def check_mixture(mixture: Mixture, tasks: Sequence[str], where: str) -> None:
    """Refuse a mixture that these tasks cannot be trained by."""
    mixture.probabilities([1] * len(tasks), tasks)
    wrong = ""
    if mixture.cap is not None and mixture.cap < 1:
        wrong = "needs a `cap` of at least 1"
    elif any(size < 1 for size in mixture.batches.values()):
        wrong = "needs `batches` of at least 1"
    elif any(not 0 < share <= 1 for share in mixture.portions.values()):
        wrong = "needs `portions` above 0 and up to 1"
    elif any(not 0 <= share <= 1 for share in (*mixture.floors.values(), *mixture.ceilings.values())):
        wrong = "needs `floors` and `ceilings` from 0 to 1"
    elif mixture.alpha is not None and mixture.alpha < 0:
        wrong = "needs an `alpha` of at least 0"
    elif mixture.shares and mixture.rule != "fixed":
        wrong = f'has `shares`, which only the rule "fixed" goes by, and its rule is "{mixture.rule}"'
    elif mixture.rule == "temperature" and mixture.temperature < COLDEST:
        wrong = f"needs a `temperature` of at least {COLDEST}"
    elif mixture.temperature != 1 and mixture.rule != "temperature":
        wrong = f'has a `temperature`, which only the rule of that name goes by, and its rule is "{mixture.rule}"'
    elif mixture.alpha is not None and not any(task(name).languages for name in tasks):
        wrong = "has an `alpha`, which is of languages, and none of its tasks is in several"
    elif not all(mixture.heads.values()):
        wrong = "has a head that no task trains"
    if wrong:
        raise BadStudy(f"The mixture of {where} {wrong}.", way_out="Change it in the study file.")
    _check_heads(mixture, tasks, where)
    spoken = {lang for name in tasks for lang in task(name).languages}
    for lang in (*mixture.floors, *mixture.ceilings):
        if lang not in spoken:
            raise unknown(f"language to draw from in {where}:", lang, spoken)
    for name in tasks:
        one = task(name)
        if one.languages:
            mixture.languages(dict.fromkeys(one.languages, 1), alpha=one.alpha)


def _check_heads(mixture: Mixture, tasks: Sequence[str], where: str) -> None:
    shared = [name for some in mixture.heads.values() for name in some]
    for name in _twice(shared):
        raise BadStudy(f"{name} has two heads in {where}.", way_out="Let it share one.")
    for head, some in mixture.heads.items():
        if head in tasks and head not in some:
            raise BadStudy(f"The head {head!r} of {where} is called like a task of its own.", way_out="Rename it.")
        forms = {(one.form.head, getattr(one.form, "labels", None)) for one in map(task, some)}
        if len(forms) > 1:
            raise BadStudy(
                f"{' and '.join(some)} cannot share the head {head!r}: they differ in form or labels.",
                way_out="Let them share that have the same labels in the same order.",
            )


def _twice(names: Iterable[str]) -> list[str]:
    names = list(names)
    return sorted({name for name in names if names.count(name) > 1})
