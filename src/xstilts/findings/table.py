"""The long table: one row for each score of a study, read from the store's records alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from xstilts.errors import BadStore, UnknownName
from xstilts.findings.account import HEALTHY
from xstilts.languages import language
from xstilts.studies.pins import known
from xstilts.studies.reading import reading_of
from xstilts.studies.record import Run
from xstilts.studies.store import Store
from xstilts.studies.study import Study
from xstilts.tasks import exam

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
}
"""pivot: whether the language is the exam's pivot · main: whether the metric is the exam's main one · n: examples ·
digest: of the test · health: the first verdict that is not "ok" on the way from the encoder to the test · reading: the
layer and pooling that sentences were compared at, in retrieval; else empty."""


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
                rows.append((*place, *facts, run.n.get(lang), cell.digest, health, reading))
    if not rows:
        raise BadStore(f"No exam of study {study.name!r} is finished in {store.root}.", way_out="Run the study first.")
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def readings(table: pl.DataFrame) -> dict[str, str]:
    """Exam → the layer and pooling that it was read at; only exams that have them."""
    if "reading" not in table.columns:
        return {}
    found = table.filter(pl.col("reading") != "").select("exam", "reading").unique(maintain_order=True)
    return dict(found.iter_rows())


def _read(store: Store, runs: dict[str, Run], digest: str) -> Run:
    if digest not in runs:
        runs[digest] = store.read(digest)
    return runs[digest]


def health_of(runs: Sequence[Run]) -> str:
    """The first verdict of these runs that is not healthy."""
    states = (str(run.health.get("state", HEALTHY)) for run in runs)
    return next((state for state in states if state != HEALTHY), HEALTHY)


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
