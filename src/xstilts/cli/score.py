"""`xstilts score`: scores, from predictions and right answers: of cases, of runs and studies, of a submission."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import rescored, resubmitted, screen
from xstilts.cli.options import STORE, StoreFolder
from xstilts.cli.scored import show_cases
from xstilts.errors import BadInput, BadStore
from xstilts.scoring.cases import cases_in
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study, shipped_studies
from xstilts.tasks import suite

What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH|STUDY...",
        show_default=False,
        help="A folder is a path: a case, a folder of cases, a run, or a store of runs. Anything else is a study: its "
        "file (.toml), or the name of one that ships; such a name always means the study, ./NAME the folder.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per case and line, and nothing else.")]
Lenient = Annotated[
    bool,
    typer.Option(
        "--lenient",
        help="Cases: follow the official readers where they pass over what is wrong. A submission: files that are "
        "missing are holes.",
    ),
]
TaskName = Annotated[
    str | None,
    typer.Option("--task", help="Cases: their task, where neither expected.json nor the folder's name says it."),
]
Lang = Annotated[str | None, typer.Option("--lang", help="Cases: their language, likewise.")]
Submitted = Annotated[
    Path | None,
    typer.Option("--submission", help="A leaderboard's folder, as `xstilts export --submission` writes it: score it."),
]
SuiteName = Annotated[str, typer.Option("--suite", help="Its benchmark: xtreme, xtreme-r.")]


def score(
    what: What = None,
    submission: Submitted = None,
    suite_name: SuiteName = "xtreme",
    store: StoreFolder = STORE,
    as_json: Json = False,
    lenient: Lenient = False,
    task: TaskName = None,
    lang: Lang = None,
) -> None:
    """Score predictions as the official scorers do. Needs neither torch nor a GPU, and no network where the rows are.

    A CASE is a folder with gold.jsonl and predictions.jsonl, named task.language.number; with expected.json in it, what
    comes out is compared. The exit code is 0 if every case is as expected, else 1. A RUN or a STUDY is computed again
    from its predictions, and its records are corrected. A SUBMISSION is a folder of a folder a task, in each a file a
    language; it is scored with the exams' own gold.
    """
    if submission is None and not what:
        raise BadInput("Nothing to score.", way_out="Give a folder of cases or runs, a study, or --submission FOLDER.")
    good = True
    if submission is not None:
        good = resubmitted.show(submission, suite(suite_name), lenient=lenient, as_json=as_json)
    good &= _score_all(what or [], store, as_json=as_json, lenient=lenient, task=task, lang=lang)
    if not good:
        raise typer.Exit(1)


def _score_all(
    what: Sequence[str], store: Path, *, as_json: bool, lenient: bool, task: str | None, lang: str | None
) -> bool:
    """Score what words mean; whether every case is as expected."""
    cases: list[Path] = []
    for word in what:
        # All words are understood before anything is done.
        if _is_folder(word) and not _runs(Path(word)):
            cases += _cases(Path(word))
    for word in what:
        if not _is_folder(word):
            _score_study(word, store, as_json=as_json)
        elif runs := _runs(Path(word)):
            rescored.show(*runs, as_json=as_json)
    return show_cases(cases, task=task, language=lang, lenient=lenient, as_json=as_json) if cases else True


def _is_folder(word: str) -> bool:
    """Whether a word means a folder. Names of shipped studies never do, words with a slash always."""
    path = Path(word)
    if path.is_file() and path.suffix in (".jsonl", ".json", ".npy"):
        raise BadInput(f"{word} is one file of a case.", way_out="Give the folder that it lies in.")
    if path.suffix == ".toml" or path.is_file() or word in shipped_studies():
        return False
    slashes = any(sign in word for sign in (os.sep, os.altsep) if sign)
    if slashes and not path.is_dir():
        raise BadInput(f"There is no folder {word}.", way_out="Give a folder of cases or runs, or a study.")
    return path.is_dir()


def _runs(path: Path) -> tuple[Store, Sequence[str]] | None:
    """The store that a folder is or lies in, and the runs that it means; None if it has nothing to do with runs."""
    if (path / "record.json").is_file():
        path = path.resolve()
        return Store(path.parents[1]), [path.name]
    for root in (path, path.resolve().parent):
        if root == path or path.resolve().name == "runs":
            digests = [run.digest for run in Store(root).runs()]
            if digests:
                return Store(root), digests
    return None


def _cases(path: Path) -> list[Path]:
    try:
        found = list(cases_in(path))
    except OSError as error:
        raise BadInput(f"Cannot read the folder {path}: {error.strerror or error}.", way_out="Mend it.") from error
    if not found:
        raise BadInput(
            f"{path} holds neither cases nor runs.",
            way_out="A case is a folder with gold.jsonl and predictions.jsonl.",
        )
    return found


def _score_study(name: str, root: Path, *, as_json: bool) -> None:
    store = Store(root)
    planned = known(load_study(name), store)
    sat = [step.digest for step in planned.steps if step.kind == "test" and store.has(step.digest)]
    if not sat:
        raise BadStore(f"No exam of {planned.study.name} is finished in {root}.", way_out="Run the study first.")
    if not as_json:
        screen.own_up(lang for step in planned.steps if step.digest in set(sat) for lang in step.languages)
    rescored.show(store, sat, as_json=as_json)
