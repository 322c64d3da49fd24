"""The long table: one row for each score, route × exam × language × seed × metric. Everything else is computed from it.

    table = long_table(store, study)       from the store's records alone
    write_table(table, "scores.parquet")   or .csv; `read_table` gives the same table back
    main_scores(table)                     the main metric's mean over seeds, for figures and tables of scores

A table may hold several studies or encoders; gains are of one (`only`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from xstilts.errors import BadInput, BadStore, UnknownName, unknown
from xstilts.files import write_atomic
from xstilts.findings.pairs import HEALTHY
from xstilts.findings.spreadsheet import guarded, unguarded
from xstilts.languages import language
from xstilts.studies.reading import reading_of
from xstilts.studies.records.pins import known
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.tasks import exam

ORACLE = "oracle"
"""In the column `select`: no score that is marked so is zero-shot transfer."""

COLUMNS: dict[str, Any] = {
    "study": pl.String,
    "encoder": pl.String,
    "route": pl.String,
    "exam": pl.String,
    "form": pl.String,
    "lang": pl.String,
    "pivot": pl.Boolean,
    "seed": pl.Int64,
    "metric": pl.String,
    "main": pl.Boolean,
    "value": pl.Float64,
    "n": pl.Int64,
    "digest": pl.String,
    "health": pl.String,
    "reading": pl.String,
    "select": pl.String,
}
"""pivot: whether the language is the exam's pivot · main: whether the metric is the exam's main one · n: examples ·
digest: of the test · health: the first verdict that is not "ok" on the way from the encoder to the test · reading: the
layer and pooling that sentences were compared at, in retrieval; else empty · select: which weights were kept on the way
to the test, "last", "english-dev" or "oracle"; empty where nobody says."""


def long_table(store: Store, study: Study) -> pl.DataFrame:
    """Every score of the study that there is, in the study's order. A result that cells share stands once for each."""
    runs: dict[str, Run] = {}
    rows = []
    for cell in known(study, store).cells:
        if not store.has(cell.digest):
            continue
        run = _read(store, runs, cell.digest)
        sat = exam(cell.exam)
        health = health_of([*(_read(store, runs, parent) for parent in run.parents if store.has(parent)), run])
        reading = reading_of(run, sat, study.encoder)
        for lang, scores in run.scores.items():
            place = (study.name, study.encoder.name, cell.route, cell.exam, type(sat.form).__name__.lower(), lang)
            for metric, value in scores.items():
                facts = (lang == sat.pivot, cell.seed, metric, metric == sat.main_metric, value)
                rows.append((*place, *facts, run.n.get(lang), cell.digest, health, reading, run.select))
    if not rows:
        raise BadStore(f"No exam of study {study.name!r} is finished in {store.root}.", way_out="Run the study first.")
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


OPTIONAL = {
    "study": "",
    "encoder": "",
    "form": "",
    "main": True,
    "n": None,
    "digest": "",
    "health": "ok",
    "reading": "",
    "select": "",
}
"""Columns that a file may lack, and what stands there then."""


def write_table(table: pl.DataFrame, path: str | Path) -> Path:
    """Write any table, all or nothing: .parquet or .csv, by the name's ending.

    In a CSV file lists become words, and text that a spreadsheet would run as a formula is guarded.
    """
    path = Path(path)
    out = BytesIO()
    if path.suffix == ".parquet":
        table.write_parquet(out)
    elif path.suffix == ".csv":
        lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
        guarded(table.with_columns(pl.col(lists).list.join(" "))).write_csv(out)
    else:
        raise BadInput(f"{path.name!r} says no known kind of table.", way_out="End the name in .parquet or .csv.")
    write_atomic(path, out.getvalue())
    return path


def read_table(path: str | Path) -> pl.DataFrame:
    """A long table that was written, here or anywhere else. What is wrong with its columns is named."""
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise BadInput(f"{path.name!r} says no known kind of table.", way_out="Give a .parquet or .csv file.")
    try:
        found = pl.read_parquet(path) if path.suffix == ".parquet" else unguarded(pl.read_csv(path, infer_schema=False))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"Cannot read the table {path}: {str(error).splitlines()[0]}.") from error
    missing = [name for name in COLUMNS if name not in found.columns and name not in OPTIONAL]
    if missing:
        raise BadInput(
            f"The table {path} has no column {', '.join(missing)}.",
            way_out=f"It needs {', '.join(name for name in COLUMNS if name not in OPTIONAL)}.",
        )
    lacking = {name: pl.lit(value) for name, value in OPTIONAL.items() if name not in found.columns}
    found = found.with_columns(**lacking).select(*COLUMNS)
    try:
        return found.with_columns(_typed(found, name) for name in COLUMNS)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"A column of the table {path} is not what it should be: {error}.") from error


def _typed(found: pl.DataFrame, name: str) -> pl.Expr:
    """A column as its type; in a CSV file all of them are text, and an empty text is an empty text."""
    if COLUMNS[name] == pl.Boolean and found.schema[name] == pl.String:
        return pl.col(name).replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    if COLUMNS[name] == pl.String:
        return pl.col(name).cast(pl.String).fill_null("")
    return pl.col(name).cast(COLUMNS[name])


def only(table: pl.DataFrame, *, study: str = "", encoder: str = "") -> pl.DataFrame:
    """The rows of one study and one encoder; without a name there must be only one."""
    for column, wanted in (("study", study), ("encoder", encoder)):
        there = table[column].unique(maintain_order=True).to_list()
        if wanted and wanted not in there:
            raise unknown(f"{column} in this table", wanted, there)
        if not wanted and len(there) > 1:
            shown = ", ".join(there[:12]) + (", …" if len(there) > 12 else "")
            raise BadInput(f"The table has {len(there)} values of {column}: {shown}.", way_out=f"Say which {column}.")
        table = table.filter(pl.col(column) == wanted) if wanted else table
    return table


def main_scores(table: pl.DataFrame) -> pl.DataFrame:
    """Main scores averaged over seeds: exam, metric, route, lang, pivot, value."""
    rows = table.filter(pl.col("main") & pl.col("value").is_finite().fill_null(False))
    return rows.group_by("exam", "metric", "route", "lang", "pivot", maintain_order=True).agg(pl.col("value").mean())


def readings(table: pl.DataFrame) -> dict[str, str]:
    """Exam → the layer and pooling that it was read at; only exams that have them."""
    if "reading" not in table.columns:
        return {}
    found = table.filter(pl.col("reading") != "").select("exam", "reading").unique(maintain_order=True)
    return dict(found.iter_rows())


def by_oracle(table: pl.DataFrame) -> bool:
    """Whether development rows in target languages chose weights that a score of the table comes from."""
    return "select" in table.columns and bool((table["select"] == ORACLE).any())


def marked(frame: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """What was computed from a table, to be written beside it: with the mark of an oracle, if the table has it."""
    return frame.with_columns(select=pl.lit(ORACLE)) if by_oracle(table) else frame


def _read(store: Store, runs: dict[str, Run], digest: str) -> Run:
    if digest not in runs:
        runs[digest] = store.read(digest)
    return runs[digest]


def health_of(runs: Sequence[Run]) -> str:
    """The first verdict of these runs that is not healthy."""
    states = (str(run.health.get("state", HEALTHY)) for run in runs)
    return next((state for state in states if state != HEALTHY), HEALTHY)


def by_distance(codes: Iterable[str], known: Mapping[str, float]) -> list[str]:
    """The distinct languages, nearest to the pivot first, those of which no distance is known last."""
    return sorted(set(codes), key=lambda lang: (known.get(lang, math.inf), lang))


def distances(codes: Iterable[str]) -> dict[str, float]:
    """The known distances to the pivot; a language without one is left out."""
    found = {}
    for code in dict.fromkeys(codes):
        try:
            distance = language(code).distance
        except UnknownName:
            continue
        if distance is not None:
            found[code] = distance
    return found
