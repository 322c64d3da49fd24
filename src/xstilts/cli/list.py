"""`xstilts list`: what there is, in tables."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.encoders.catalogue import encoders, locate
from xstilts.encoders.encoder import Encoder
from xstilts.errors import XstiltsError
from xstilts.languages import all_languages
from xstilts.studies.study import load_study, shipped_studies
from xstilts.tasks import exams, tasks


class Kind(StrEnum):
    """What can be listed."""

    tasks = "tasks"
    exams = "exams"
    languages = "languages"
    encoders = "encoders"
    studies = "studies"


def list(kind: Annotated[Kind | None, typer.Argument(help="Of what; everything in short without it.")] = None) -> None:
    """List tasks, exams, languages, encoders or studies."""
    if kind is None:
        _overview()
        return
    TABLES[kind]()
    screen.gap()
    screen.say(f"xstilts show NAME has the facts about one of them.{_invented(kind)}", style="dim")


def _overview() -> None:
    counts = {
        Kind.tasks: (len(tasks()), "to train on"),
        Kind.exams: (len(exams()), "to be tested on, in many languages"),
        Kind.languages: (len(all_languages()), f"{sum(one.invented for one in all_languages())} of them invented"),
        Kind.encoders: (len(encoders()), "by short name; any folder or Hub id will do"),
        Kind.studies: (len(shipped_studies()), ", ".join(shipped_studies())),
    }
    rows = [(kind.value, count, what, f"xstilts list {kind.value}") for kind, (count, what) in counts.items()]
    screen.table(["what", "how many", "", "more"], rows, right=["how many"])


def _invented(kind: Kind) -> str:
    if kind in (Kind.tasks, Kind.exams, Kind.languages):
        return " Invented: the lab's; no score there says anything about a language that somebody speaks."
    return ""


def _tasks() -> None:
    rows = (
        (
            task.name,
            type(task.form).__name__.lower(),
            task.lang,
            getattr(task.train, "count", None),
            ", ".join(exam.name for exam in exams().values() if exam.of == task.name),
            "invented" if screen.invented([task.lang]) else "",
        )
        for task in tasks().values()
    )
    screen.table(["task", "form", "language", "examples", "exams of it", ""], rows, right=["examples"])


def _exams() -> None:
    rows = (
        (
            exam.name,
            type(exam.form).__name__.lower(),
            exam.of or "nothing: sat as it is",
            len(exam.languages),
            exam.main_metric,
            "invented" if screen.invented(exam.languages) else "",
        )
        for exam in exams().values()
    )
    screen.table(["exam", "form", "after training on", "languages", "metric", ""], rows, right=["languages"])


def _languages() -> None:
    rows = (
        (
            one.code,
            one.name,
            one.script,
            f"{one.family}, {one.genus}" if one.genus else one.family,
            one.order,
            one.morphology,
            "" if one.pretraining is None else f"{one.pretraining:g}",
            "invented" if one.invented else "",
        )
        for one in all_languages()
    )
    head = ["code", "language", "script", "family", "order", "morphology", "pretraining", ""]
    screen.table(head, rows, right=["pretraining"])


def _encoders() -> None:
    screen.table(["encoder", "from", "state"], ((one.name, one.source, _state(one)) for one in encoders().values()))


def _state(encoder: Encoder) -> str:
    if not encoder.source.startswith("package:"):
        return "from the Hub when it is first used"
    try:
        locate(encoder)
    except XstiltsError as error:
        return str(error)
    return "comes with xstilts; invented languages only"


def _studies() -> None:
    rows = []
    for name, path in shipped_studies().items():
        study = load_study(path)
        rows.append((name, len(study.routes), len(study.exams), len(study.seeds), study.encoder.name, study.question))
    numbers = ["intermediates", "exams", "seeds"]
    screen.table(["study", *numbers, "encoder", "question"], rows, right=numbers)


TABLES: dict[Kind, Callable[[], None]] = {
    Kind.tasks: _tasks,
    Kind.exams: _exams,
    Kind.languages: _languages,
    Kind.encoders: _encoders,
    Kind.studies: _studies,
}
