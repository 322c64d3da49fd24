"""What `xstilts doctor --leaks` says: which test rows stand in which training data, file and row named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xstilts.cli import screen
from xstilts.cli.checks import Check
from xstilts.cli.datachecks import real_exams, real_tasks
from xstilts.errors import UnknownName, unknown
from xstilts.studies.grid import target_tasks
from xstilts.studies.study import load_study, shipped_studies
from xstilts.tasks import Exam, Task, exam, exams, task, tasks
from xstilts.tasks.leaks import Overlap, compared

NAMED = 8
"""Languages that are told apart."""
LONG = 80
"""Characters of a row that are shown."""


def leak_checks(names: Sequence[str]) -> Iterator[Check]:
    """Tasks with exams: those that are named, those that a named study trains on and sits, or all."""
    trained, sat = _asked(names)
    found = compared(trained.values(), sat.values())
    for one in found.overlaps:
        yield _told(one)
    absent = {
        "task": [name for name in trained if name not in found.tasks],
        "exam": [name for name in sat if name not in found.exams],
    }
    for kind, missing in absent.items():
        if missing and names:
            yield Check(
                "not compared", "warn", f"{', '.join(missing)}: no rows of {kind}s that are read from files here"
            )
    pairs = f"{screen.several(len(found.tasks), 'task')} with {screen.several(len(found.exams), 'exam')}"
    clean = "" if found.overlaps else ": no test row stands in training or development data"
    yield Check("compared", "ok", f"{pairs}, row by row{clean}")


def _asked(names: Sequence[str]) -> tuple[dict[str, Task], dict[str, Exam]]:
    trained: dict[str, Task] = {}
    sat: dict[str, Exam] = {}
    for name in names:
        some = _tasks([name]), {name: exam(name)} if name in exams() else {}
        if not any(some):
            some = _of_study(name)
        trained |= some[0]
        sat |= some[1]
    every = {name: exam(name) for name in real_exams()}
    return trained or _tasks(real_tasks()), sat or every


def _of_study(name: str) -> tuple[dict[str, Task], dict[str, Exam]]:
    if name not in shipped_studies() and not name.endswith(".toml"):
        raise unknown("task, exam or study", name, {*tasks(), *exams(), *shipped_studies()})
    study = load_study(name)
    before = [one for route in study.routes for stage in route.stages for one in stage.tasks]
    return _tasks([*before, *target_tasks(study.exams)]), {one: exam(one) for one in study.exams}


def _tasks(names: Iterable[str]) -> dict[str, Task]:
    found = {}
    for name in names:
        try:
            found[name] = task(name)
        except UnknownName:
            continue
    return found


def _told(one: Overlap) -> Check:
    counts = {lang: leak.rows or leak.passages for lang, leak in one.leaks.items()}
    shown = " ".join(f"{lang} {count:,}" for lang, count in list(counts.items())[:NAMED])
    more = f" and {len(counts) - NAMED} more" if len(counts) > NAMED else ""
    what = f"{one.rows:,} of its test rows" if one.rows else f"the passages of {one.passages:,} of its questions"
    also = f" (and the passages of {one.passages:,} others)" if one.rows and one.passages else ""
    kind = "training" if one.split == "train" else "development"
    said = one.test.text if len(one.test.text) <= LONG else one.test.text[:LONG] + "…"
    return Check(
        f"{one.task} → {one.exam}",
        "warn",
        f"{what} stand in the {kind} data{also}: {shown}{more}",
        f"{one.test.place} is {one.train.place}: {said!r}",
    )
