"""Pairs: every score beside the same-seed score of the baseline route, in the same exam, language and metric.

    pairs(table)            the long table's pairs, over the route that has no stage before the target
    in_every_seed(paired)   only languages that stand in every seed of a route, exam and metric: what may be averaged
    expected(table)         exam → the zero-shot languages that any route was scored in

Gains, averages over exams, the noise of items and claims all begin here.
"""

from __future__ import annotations

import polars as pl

from xstilts.errors import BadInput, unknown

BASELINE = "none"
"""The route that goes straight to the target."""

HEALTHY = "ok"

CELL = ("route", "exam", "metric")
"""What names one cell of the grid of gains."""


def pairs(table: pl.DataFrame, *, baseline: str = BASELINE) -> pl.DataFrame:
    """One row for each route, exam, metric, language and seed that stands on both sides; `gain` is after - before.

    Scores that are no number are holes. `sick`: a run on either side was not healthy. `place` counts the rows.
    """
    whose = table.select("study", "encoder").unique()
    if len(whose) > 1:
        raise BadInput(f"The table mixes {len(whose)} studies or encoders.", way_out="Compare one at a time.")
    known = table["route"].unique(maintain_order=True).to_list()
    if baseline not in known:
        raise unknown("finished route", baseline, known)
    scores = table.filter(pl.col("value").is_finite().fill_null(False))
    # A mean over seeds that was published beside the seeds themselves says nothing more than they do.
    alone = pl.col("seed").is_null().all().over("route", "exam", "metric", "lang")
    scores = scores.filter(pl.col("seed").is_not_null() | alone)
    keys = ["exam", "metric", "lang", "seed"]
    twice = scores.filter(pl.struct("route", *keys).is_duplicated())
    if len(twice):
        found = twice.row(0, named=True)
        where = ", ".join(f"{key} {found[key]}" for key in ("route", *keys))
        raise BadInput(f"Two scores for {where}.", way_out="A table holds each score once.")
    before = scores.filter(pl.col("route") == baseline)
    before = before.select(*keys, before="value", weak=pl.col("health") != HEALTHY)
    after = scores.filter(pl.col("route") != baseline).rename({"value": "after"})
    both = after.join(before, on=keys, how="inner", maintain_order="left", nulls_equal=True)
    return both.with_columns(
        gain=pl.col("after") - pl.col("before"), sick=pl.col("weak") | (pl.col("health") != HEALTHY)
    ).with_row_index("place")


def in_every_seed(paired: pl.DataFrame) -> pl.DataFrame:
    """The languages that stand in every seed of their cell, so that each seed averages the same ones."""
    seeds = pl.col("seed").n_unique()
    return paired.filter(seeds.over(*CELL, "lang") == seeds.over(*CELL))


def expected(table: pl.DataFrame) -> dict[str, list[str]]:
    """Exam → its zero-shot languages, as far as any run knows of them."""
    away = table.filter(~pl.col("pivot")).group_by("exam", maintain_order=True)
    return {str(exam): langs for exam, langs in away.agg(pl.col("lang").unique(maintain_order=True)).iter_rows()}
