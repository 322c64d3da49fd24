"""`xstilts list`: what there is, in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.encoders.catalogue import encoders, locate
from xstilts.encoders.encoder import Encoder
from xstilts.errors import XstiltsError, unknown
from xstilts.languages import all_languages, language
from xstilts.studies.study import load_study, shipped_studies
from xstilts.tasks import Exam, Task, exams, suites, tasks
from xstilts.tasks.catalogue import passed_over
from xstilts.tasks.own import FORMS

MANY = 4
"""Names that a cell holds."""


class Kind(StrEnum):
    """What can be listed."""

    tasks = "tasks"
    exams = "exams"
    languages = "languages"
    suites = "suites"
    encoders = "encoders"
    studies = "studies"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them."""

    form: str = ""
    lang: str = ""
    licence: str = ""

    def takes(self, one: Task | Exam) -> bool:
        """Whether a task or exam is one of them."""
        return (
            self.form in ("", _form(one))
            and (not self.lang or self.lang in self.languages(one))
            and self.licence.casefold() in one.licence.casefold()
        )

    def languages(self, one: Task | Exam) -> tuple[str, ...]:
        """The languages of its rows."""
        return one.languages if isinstance(one, Exam) else one.spoken


def list(
    kind: Annotated[Kind | None, typer.Argument(help="Of what; everything in short without it.")] = None,
    form: Annotated[str, typer.Option("--form", help="Of tasks and exams: those of a form.")] = "",
    lang: Annotated[str, typer.Option("--language", help="Of tasks and exams: those with a language.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Of tasks and exams: in whose licence this stands.")] = "",
) -> None:
    """List tasks, exams, languages, suites, encoders or studies."""
    if form and form not in FORMS:
        raise unknown("form", form, FORMS)
    given = {"--form": form, "--language": lang, "--licence": licence}
    asked = [name for name, value in given.items() if value]
    if asked and kind not in (Kind.tasks, Kind.exams):
        raise XstiltsError(
            f"{' and '.join(asked)} narrow tasks and exams, not {kind.value if kind else 'the overview'}.",
            way_out=f"xstilts list {Kind.exams.value} {asked[0]} …",
        )
    wanted = Wanted(form, language(lang).code if lang else "", licence)
    for path, error in passed_over().items():
        screen.warn(f"{path.name} is passed over: {error}")
    if kind is None:
        _overview()
        return
    TABLES[kind](wanted)
    screen.gap()
    screen.say(f"xstilts show NAME has the facts about one of them.{_invented(kind)}", style="dim")


def _narrowed(kind: Kind, wanted: Wanted, among: Iterable[Task | Exam]) -> Iterable[Task | Exam]:
    """Those that are wanted; where there are none, what there is to ask for."""
    among = [*among]
    found = [one for one in among if wanted.takes(one)]
    if not found:
        forms = sorted({_form(one) for one in among})
        langs = {lang for one in among for lang in wanted.languages(one)}
        spoken = " ".join(one.code for one in all_languages() if one.code in langs and not one.invented)
        licences = sorted({one.licence for one in among if one.licence})
        screen.say(f"None of the {kind.value} is so. There are:")
        screen.facts([("forms", ", ".join(forms)), ("languages", spoken), ("licences", " · ".join(licences))])
    return found


def _overview() -> None:
    counts = {
        Kind.tasks: (len(tasks()), "to train on"),
        Kind.exams: (len(exams()), "to be tested on, in many languages"),
        Kind.languages: (len(all_languages()), f"{sum(one.invented for one in all_languages())} of them invented"),
        Kind.suites: (len(suites()), ", ".join(one.title for one in suites().values())),
        Kind.encoders: (len(encoders()), "by short name; any folder or Hub id will do"),
        Kind.studies: (len(shipped_studies()), ", ".join(shipped_studies())),
    }
    rows = [(kind.value, count, what, f"xstilts list {kind.value}") for kind, (count, what) in counts.items()]
    screen.table(["what", "how many", "", "more"], rows, right=["how many"])


def _invented(kind: Kind) -> str:
    if kind in (Kind.tasks, Kind.exams, Kind.languages):
        return " Invented: the lab's; no score there says anything about a language that somebody speaks."
    return ""


def _form(one: Task | Exam) -> str:
    return type(one.form).__name__.lower()


def _few(names: Sequence[str]) -> str:
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{', '.join(names[: MANY - 1])} and {len(names) - MANY + 1} more"


def _licence(one: Task | Exam, langs: Sequence[str]) -> str:
    return "invented" if screen.invented(langs) else one.licence


def _tasks(wanted: Wanted) -> None:
    rows = [
        (
            task.name,
            _form(task),
            _few(task.spoken),
            _few([exam.name for exam in exams().values() if exam.of == task.name]),
            _licence(task, [task.lang]),
        )
        for task in _narrowed(Kind.tasks, wanted, tasks().values())
        if isinstance(task, Task)
    ]
    if rows:
        screen.table(["task", "form", "language", "exams of it", "licence"], rows)


def _exams(wanted: Wanted) -> None:
    rows = [
        (
            exam.name,
            _form(exam),
            exam.of or "nothing: sat as it is",
            len(exam.languages),
            exam.main_metric,
            _licence(exam, exam.languages),
        )
        for exam in _narrowed(Kind.exams, wanted, exams().values())
        if isinstance(exam, Exam)
    ]
    if rows:
        screen.table(["exam", "form", "after training on", "languages", "metric", "licence"], rows, right=["languages"])


def _suites(wanted: Wanted) -> None:
    rows = (
        (one.name, one.title, len(one.parts), len(one.languages), ", ".join(one.exams)) for one in suites().values()
    )
    screen.table(["suite", "", "exams", "languages", "which"], rows, right=["exams", "languages"])


def _languages(wanted: Wanted) -> None:
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


def _encoders(wanted: Wanted) -> None:
    screen.table(["encoder", "from", "state"], ((one.name, one.source, _state(one)) for one in encoders().values()))


def _state(encoder: Encoder) -> str:
    if not encoder.source.startswith("package:"):
        return "from the Hub when it is first used"
    try:
        locate(encoder)
    except XstiltsError as error:
        return str(error)
    return "comes with xstilts; invented languages only"


def _studies(wanted: Wanted) -> None:
    rows = []
    for name, path in shipped_studies().items():
        study = load_study(path)
        rows.append((name, len(study.routes), len(study.exams), len(study.seeds), study.encoder.name, study.question))
    numbers = ["intermediates", "exams", "seeds"]
    screen.table(["study", *numbers, "encoder", "question"], rows, right=numbers)


TABLES: dict[Kind, Callable[[Wanted], None]] = {
    Kind.tasks: _tasks,
    Kind.exams: _exams,
    Kind.languages: _languages,
    Kind.suites: _suites,
    Kind.encoders: _encoders,
    Kind.studies: _studies,
}
