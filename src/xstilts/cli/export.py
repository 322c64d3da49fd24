"""`xstilts export`: a study's scores as one table, and its predictions as the folder that a leaderboard wants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder
from xstilts.cli.tables import TableName
from xstilts.errors import BadInput, BadStudy
from xstilts.findings.asked import ask
from xstilts.findings.sheets import ORACLE
from xstilts.findings.table import by_oracle, write_table
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store
from xstilts.studies.records.submission import Submission, submit
from xstilts.studies.study import BASELINE, Study, load_study
from xstilts.tasks import suite


def export(
    study: TableName,
    to: Annotated[Path | None, typer.Option("--submission", help="The new folder to write.")] = None,
    table: Annotated[
        Path | None, typer.Option("--table", help="Write every score to this file: .parquet, .csv.")
    ] = None,
    suite_name: Annotated[str, typer.Option("--suite", help="The benchmark: xtreme, xtreme-r.")] = "xtreme",
    route: Annotated[str, typer.Option("--route", help="Whose predictions: an intermediate of the study.")] = BASELINE,
    seed: Annotated[int | None, typer.Option("--seed", help="Of which seed, where the study has several.")] = None,
    store: StoreFolder = STORE,
) -> None:
    """Write a study's scores as one table, or what it has predicted as a leaderboard's folder, or both.

    --table: route × exam × language × seed × metric, a row a score; `xstilts compare` reads it anywhere. --submission:
    the files that the leaderboard wants, of one route and seed, written and read again; holes are said.
    """
    if to is None and table is None:
        raise BadInput("Nothing to write.", way_out="Add --table FILE, --submission FOLDER, or both.")
    if table is not None:
        found = ask(study, Store(store), every=True).table
        write_table(found, table)
        if by_oracle(found):
            screen.warn(ORACLE)
        screen.say(f"All {len(found):,} scores are in {table.resolve()}")
    if to is not None:
        _submit(load_study(study), store, to, suite_name, route, seed)


def _submit(study: Study, store: Path, to: Path, suite_name: str, route: str, seed: int | None) -> None:
    wanted = suite(suite_name)
    if not set(study.exams) & set(wanted.exams):
        raise BadStudy(
            f"{study.name} has no exam of {wanted.title}.", way_out=f"Its exams are {', '.join(wanted.exams)}."
        )
    chosen = _seed(study) if seed is None else seed
    kept = Store(store)
    found = submit(kept, known(study, kept), wanted, to, route=route, seed=chosen)
    _print(found, to, f"route {route}, seed {chosen}")
    if study.select == "oracle":
        screen.warn(ORACLE)


def _seed(asked: Study) -> int:
    if len(asked.seeds) > 1:
        raise BadStudy(
            f"{asked.name} has {len(asked.seeds)} seeds, and a submission is of one.",
            way_out=f"Add --seed with one of {', '.join(map(str, asked.seeds))}.",
        )
    return asked.seeds[0]


def _print(found: Submission, to: Path, whose: str) -> None:
    standing = found.standing
    screen.say(f"{screen.several(found.files, 'file')} in {to.resolve()}: {whose}. They read back as they were.")
    if found.complete:
        screen.say(f"This is a submission to {standing.called}, with every exam and language.")
        return
    screen.gap()
    if standing.whole:
        screen.warn(f"Every exam and language of {standing.suite.title} is there, and yet no leaderboard takes it:")
    else:
        screen.warn(f"This is {standing.called}. No leaderboard takes it as it is. Missing:")
        for line in standing.lines:
            screen.say(line, indent=2)
    if found.odd and not standing.whole:
        screen.say("And not what the leaderboard expects:")
    for line in found.odd:
        screen.say(line, indent=2)
