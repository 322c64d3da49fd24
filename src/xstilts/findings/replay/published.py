"""The long table of a published study: the columns of one that was run, and behind them all that was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from xstilts.errors import unknown
from xstilts.findings.replay.records import Published, declared, names_of, published_of
from xstilts.findings.table import COLUMNS
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store

ORDINARY = ("", "direct", "sequential")
"""Regimes that need no word beside a route: first the intermediate, then the target."""

MORE = (
    *("regime", "source_languages", "target_task", "dataset", "split", "language", "language_orig"),
    *("note", "source", "licence"),
)
"""Further columns, all text. A table's own columns follow under their own names."""


def published_runs(store: Store, study: str) -> list[Run]:
    """The records of one published study."""
    return [run for run in store.runs() if run.kind == "published" and run.study == study]


def published_studies(store: Store) -> tuple[str, ...]:
    """The published studies in a store."""
    return tuple(dict.fromkeys(run.study for run in store.runs() if run.kind == "published"))


def published(store: Store, study: str, *, encoder: str | None = None) -> pl.DataFrame:
    """The long table of a published study in a store; see `published_frame`."""
    runs = published_runs(store, study)
    if not runs:
        raise unknown("published study in this store", study, published_studies(store))
    if encoder is not None:
        known = {run.encoder for run in runs}
        if encoder not in known:
            raise unknown("encoder in this study", encoder, known)
        runs = [run for run in runs if run.encoder == encoder]
    return published_frame(runs)


def published_frame(runs: Sequence[Run]) -> pl.DataFrame:
    """Every published score of these runs, a row each, with `COLUMNS`, `MORE` and the table's own columns.

    Names are as short as they can be. A route carries in parentheses its regime, where that is not the ordinary one,
    and the table's conditions; languages of the training data, data set and split are named where they tell two
    scores apart.
    """
    told = [(run, published_of(run)) for run in runs]
    rows = [row for run, one in told for row in _rows(run, one)]
    facts = list(dict.fromkeys(name for row in rows for name in row))
    own = [name for name in facts if name not in COLUMNS and name not in MORE]
    schema = COLUMNS | dict.fromkeys((*MORE, *own), pl.String)
    frame = pl.DataFrame([{name: row.get(name, _nothing(name)) for name in schema} for row in rows], schema=schema)
    order = ["encoder", "exam", "route", "seed", "lang", "metric"]
    return _apart(frame).select(list(schema)).sort(order, nulls_last=True, maintain_order=True)


def _nothing(name: str) -> str | None:
    return None if name in COLUMNS else ""


def _rows(run: Run, one: Published) -> list[dict[str, Any]]:
    trained = one.source_languages.split("+")
    main = _main([cell.metric for cell in one.cells], one.main)
    told = declared(one) | one.conditions
    last = one.files[-1]
    common = {name: told[name] for name in told if name not in ("model", "seed")} | {
        "study": run.study,
        "encoder": one.model,
        "route": _route(one),
        "exam": one.target_task,
        "form": "",
        "seed": one.seed,
        "digest": run.digest,
        "health": "ok",
        "reading": "",
        "select": "",
        "source": last.source,
        "licence": last.licence,
    }
    return [
        cell.facts
        | common
        | {
            "lang": lang,
            "pivot": cell.language in trained,
            "metric": cell.metric,
            "main": cell.metric == main,
            "value": cell.score,
            "n": cell.n,
            "language": cell.language,
            "language_orig": cell.language_orig,
            "note": cell.note,
        }
        for cell, lang in zip(one.cells, names_of(one.cells), strict=True)
    ]


def _main(metrics: Sequence[str], wanted: Sequence[str]) -> str:
    return next((metric for metric in wanted if metric in metrics), metrics[0])


def _route(one: Published) -> str:
    regime = [] if one.regime in ORDINARY or one.route == "none" else [one.regime]
    beside = ", ".join((*regime, *one.conditions.values()))
    return f"{one.route} ({beside})" if beside else one.route


def _apart(frame: pl.DataFrame) -> pl.DataFrame:
    """Longer names, as far as two scores would otherwise stand in one place."""
    for name in ("dataset", "split"):
        # A task that has several data sets in one language needs them told apart in all of its languages.
        more = (pl.col(name) != "") & (pl.col(name) != pl.col("target_task"))
        longer = pl.when(more).then(pl.col("exam") + "/" + pl.col(name)).otherwise(pl.col("exam"))
        before, after = _doubled(frame), _doubled(frame.with_columns(exam=longer))
        helped = [task for task, count in before.items() if after.get(task, 0) < count]
        chosen = pl.col("target_task").is_in(helped)
        frame = frame.with_columns(exam=pl.when(chosen).then(longer).otherwise(pl.col("exam")))
    for name in ("regime", "source_languages"):
        word = pl.lit("from " if name == "source_languages" else "") + pl.col(name)
        longer_route = frame.with_columns(route=pl.col("route") + " [" + word + "]")
        if sum(_doubled(longer_route).values()) < sum(_doubled(frame).values()):
            frame = longer_route
    return frame


def _doubled(frame: pl.DataFrame) -> dict[str, int]:
    """By task, how many scores stand in one place with another."""
    place = pl.struct("encoder", "route", "exam", "metric", "lang", "seed")
    return dict(frame.filter(place.is_duplicated()).group_by("target_task").len().iter_rows())
