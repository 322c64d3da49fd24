"""From checked rows to records: one run of kind *published* for each model, route, exam, condition and seed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from xstilts.errors import BadStore
from xstilts.findings.replay.tables import Row, Table
from xstilts.identity import digest
from xstilts.studies.record import Run
from xstilts.studies.store import Store

RUN = ("study", "model", "route", "regime", "source_languages", "target_task", "dataset", "split", "seed")
"""The columns that a run is made of, besides the table's conditions."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One published score of a run."""

    language: str
    metric: str
    score: float
    n: int | None = None
    language_orig: str = ""
    note: str = ""
    facts: dict[str, str] = {}

    @property
    def place(self) -> tuple[str, str, str]:
        """What there is one score of in a run."""
        return self.language, self.language_orig, self.metric


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A table that scores were taken from."""

    name: str
    sha256: str
    source: str = ""
    licence: str = ""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What stands under `published` in the declaration of such a run."""

    study: str
    model: str
    route: str
    regime: str
    source_languages: str
    target_task: str
    dataset: str
    split: str
    seed: int | None
    conditions: dict[str, str]
    main: tuple[str, ...]
    files: tuple[File, ...]
    cells: tuple[Cell, ...]


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What came into the store."""

    studies: tuple[str, ...]
    scores: int
    runs: int
    new: int
    """Runs that were not there, or got more scores."""
    seedless: int
    """Runs without a seed: one run, or a mean over several, and the table does not give them apart."""
    unlicensed: tuple[str, ...]
    """Tables of which nothing says under which licence they stand."""


def bring(store: Store, tables: Sequence[Table], *, replace: bool = False) -> Brought:
    """Write the tables' scores into a store. What stands there already must agree, unless `replace` is said."""
    gathered: dict[str, tuple[Published, dict[tuple[str, str, str], Cell]]] = {}
    for table in tables:
        file = File(name=table.file, sha256=table.sha256, source=table.source, licence=table.licence)
        for row in table.rows:
            run = _run(row, table, file)
            named = _digest(run)
            known, cells = gathered.setdefault(named, (run, {}))
            if file not in known.files:
                gathered[named] = (msgspec.structs.replace(known, files=(*known.files, file)), cells)
            _put(cells, _cell(row, table), f"{table.file}, line {row.line}", run)
    store.prepare()
    # Every run is compared before one is written: a refused table leaves the store as it was.
    ready = {named: _merged(store, named, run, cells, replace) for named, (run, cells) in gathered.items()}
    new = [(named, run) for named, run in ready.items() if run is not None]
    when = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
    for named, run in new:
        store.write(_record(named, run, when))
    runs = [run for run, _ in gathered.values()]
    return Brought(
        studies=tuple(dict.fromkeys(run.study for run in runs)),
        scores=sum(len(cells) for _, cells in gathered.values()),
        runs=len(gathered),
        new=len(new),
        seedless=sum(run.seed is None for run in runs),
        unlicensed=tuple(table.file for table in tables if not table.licence),
    )


def _run(row: Row, table: Table, file: File) -> Published:
    return Published(
        **{name: getattr(row, name) for name in RUN},
        conditions={name: row.facts[name] for name in table.conditions if row.facts.get(name)},
        main=table.main,
        files=(file,),
        cells=(),
    )


def _digest(run: Published) -> str:
    return digest({"published": {name: getattr(run, name) for name in RUN} | {"conditions": run.conditions}})


def _cell(row: Row, table: Table) -> Cell:
    return Cell(
        language=row.language,
        language_orig=row.language_orig,
        metric=row.metric,
        score=row.score,
        n=row.n_items,
        note=row.note,
        facts={name: value for name, value in row.facts.items() if value and name not in table.conditions},
    )


def _put(cells: dict[tuple[str, str, str], Cell], cell: Cell, where: str, run: Published) -> None:
    """Add a cell; one that stands there already must be the same."""
    first = cells.setdefault(cell.place, cell)
    if first != cell:
        what = f"{run.model}, {run.route}, {run.target_task}, {cell.language}, {cell.metric}"
        raise BadStore(
            f"{where}: {what} is {cell.score:g}, and another table says {first.score:g}.",
            way_out="Bring the tables under different names of study, or one of them alone.",
        )


def _merged(
    store: Store, named: str, run: Published, cells: dict[tuple[str, str, str], Cell], replace: bool
) -> Published | None:
    """The run with what the store has of it; None if nothing is new."""
    if not store.has(named) or replace:
        return msgspec.structs.replace(run, cells=tuple(cells.values()))
    known = published_of(store.read(named))
    for cell in known.cells:
        mine = cells.get(cell.place, cell)
        if mine != cell:
            what = f"{run.model}, {run.route}, {run.target_task}, {cell.language}, {cell.metric}"
            how = f"{cell.score:g} in the store and {mine.score:g} in the table"
            raise BadStore(
                f"{run.study}: {what} is {how if mine.score != cell.score else 'told otherwise in the store'}.",
                way_out="Add --replace to believe the table, or give the study another name in a column map.",
            )
    merged = {cell.place: cell for cell in known.cells} | cells
    files = tuple(dict.fromkeys((*known.files, *run.files)))
    if len(merged) == len(known.cells) and files == known.files and run.main in ((), known.main):
        return None
    return msgspec.structs.replace(known, cells=tuple(merged.values()), files=files, main=run.main or known.main)


def published_of(run: Run) -> Published:
    """What a record of kind published declares."""
    try:
        return msgspec.convert(run.declaration["published"], Published)
    except (KeyError, msgspec.ValidationError) as error:
        raise BadStore(
            f"The published run {run.digest} is damaged: {error}.", way_out="Remove its folder and replay the table."
        ) from error


def _record(named: str, run: Published, when: str) -> Run:
    scores: dict[str, dict[str, float]] = {}
    for cell, lang in zip(run.cells, names_of(run.cells), strict=True):
        scores.setdefault(lang, {})[cell.metric] = cell.score
    counts = zip(run.cells, names_of(run.cells), strict=True)
    seed = "" if run.seed is None else f", seed {run.seed}"
    return Run(
        digest=named,
        kind="published",
        label=f"{run.route} → {run.target_task}{seed}",
        study=run.study,
        encoder=run.model,
        routes=(run.route,),
        exams=(run.target_task,),
        seed=run.seed,
        declaration={"published": msgspec.to_builtins(run)},
        started=when,
        ended=when,
        scores=scores,
        n={lang: cell.n for cell, lang in counts if cell.n is not None},
    )


def names_of(cells: Iterable[Cell]) -> list[str]:
    """The language of each cell; where one stands for several of the table's labels, with the label."""
    cells = list(cells)
    labels: dict[str, set[str]] = {}
    for cell in cells:
        labels.setdefault(cell.language, set()).add(cell.language_orig)
    return [f"{one.language} ({one.language_orig})" if len(labels[one.language]) > 1 else one.language for one in cells]


def declared(run: Published) -> dict[str, Any]:
    """The columns of the run, by name."""
    return {name: getattr(run, name) for name in RUN}
