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
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store

RUN = ("study", "model", "route", "regime", "source_languages", "target_task", "dataset", "split", "seed")
"""The columns that a run is made of, besides the table's conditions."""


Place = tuple[str, str, str]


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
    def place(self) -> Place:
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


def runs_of(tables: Sequence[Table]) -> list[Run]:
    """The runs that these tables are made of, as they would stand in an empty store."""
    return [_record(named, run, "") for named, run in _gathered(tables).items()]


def bring(store: Store, tables: Sequence[Table], *, replace: bool = False) -> Brought:
    """Write the tables' scores into a store. What stands there already must agree, unless `replace` is said."""
    gathered = _gathered(tables)
    store.prepare()
    # Every run is compared before one is written: a refused table leaves the store as it was.
    ready = {named: run if replace else _merged(store, named, run) for named, run in gathered.items()}
    new = {named: run for named, run in ready.items() if run is not None}
    when = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
    for named, run in new.items():
        store.write(_record(named, run, when))
    return Brought(
        studies=tuple(dict.fromkeys(run.study for run in gathered.values())),
        scores=sum(len(run.cells) for run in gathered.values()),
        runs=len(gathered),
        new=len(new),
        seedless=sum(run.seed is None for run in gathered.values()),
        unlicensed=tuple(table.file for table in tables if not table.licence),
    )


def _gathered(tables: Sequence[Table]) -> dict[str, Published]:
    """Digest → run. Several tables may tell of one run, as long as they do not disagree."""
    runs: dict[str, Published] = {}
    cells: dict[str, dict[Place, Cell]] = {}
    for table in tables:
        file = File(name=table.file, sha256=table.sha256, source=table.source, licence=table.licence)
        seen: dict[tuple[Any, ...], str] = {}
        for row in table.rows:
            key = (*(getattr(row, name) for name in RUN), *(row.facts.get(name, "") for name in table.conditions))
            named = seen.get(key)
            if named is None:
                run = _run(row, table, file)
                named = seen[key] = _digest(run)
                known = runs.setdefault(named, run)
                if file not in known.files:
                    runs[named] = msgspec.structs.replace(known, files=(*known.files, file))
            cell = _cell(row, table)
            first = cells.setdefault(named, {}).setdefault(cell.place, cell)
            if first != cell:
                raise _disagree(f"{table.file}, line {row.line}", runs[named], cell, first, "another table")
    return {named: msgspec.structs.replace(run, cells=tuple(cells[named].values())) for named, run in runs.items()}


def _disagree(where: str, run: Published, cell: Cell, other: Cell, who: str) -> BadStore:
    what = f"{run.model}, {run.route}, {run.target_task}, {cell.language}, {cell.metric}"
    how = f"{cell.score:g}, and {who} says {other.score:g}"
    if cell.score == other.score:
        how = f"told otherwise than {who} tells it, in its notes or facts"
    return BadStore(
        f"{where}: {what} is {how}.",
        way_out="Bring it under another name of study (a column map's [fixed]), or --replace what is in the store.",
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


def _merged(store: Store, named: str, run: Published) -> Published | None:
    """The run with what the store has of it; None if nothing is new."""
    if not store.has(named):
        return run
    known = published_of(store.read(named))
    mine = {cell.place: cell for cell in run.cells}
    for cell in known.cells:
        if mine.get(cell.place, cell) != cell:
            raise _disagree(run.study, run, mine[cell.place], cell, "the store")
    cells = {cell.place: cell for cell in known.cells} | mine
    files = tuple(dict.fromkeys((*known.files, *run.files)))
    if len(cells) == len(known.cells) and files == known.files and run.main in ((), known.main):
        return None
    return msgspec.structs.replace(known, cells=tuple(cells.values()), files=files, main=run.main or known.main)


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
