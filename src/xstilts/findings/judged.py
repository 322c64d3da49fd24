"""Gains, judged: the columns of every row of gains, and the intervals and verdicts that whole families share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from xstilts.findings.statistics import (
    CORRECT,
    LEVEL,
    NO_SPREAD,
    Correction,
    detectable,
    family_level,
    shown_within,
    t_intervals,
    tost,
    verdict,
)

MEAN = "mean"
"""What stands in the column `lang` of a mean over languages."""

SCHEMA: dict[str, Any] = {
    "route": pl.String,
    "exam": pl.String,
    "form": pl.String,
    "metric": pl.String,
    "main": pl.Boolean,
    "scope": pl.String,
    "lang": pl.String,
    "mean": pl.Float64,
    "median": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "sd": pl.Float64,
    "seeds": pl.Int64,
    "p": pl.Float64,
    "corrected": pl.Float64,
    "family": pl.Int64,
    "correction": pl.String,
    "level": pl.Float64,
    "shown_low": pl.Float64,
    "shown_high": pl.Float64,
    "verdict": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "languages": pl.List(pl.String),
    "left_out": pl.List(pl.String),
    "up": pl.Int64,
    "sick": pl.Int64,
    "healthy_mean": pl.Float64,
    "healthy_seeds": pl.Int64,
    "healthy_verdict": pl.String,
    "pivot_mean": pl.Float64,
    "beyond": pl.Float64,
    "beyond_low": pl.Float64,
    "beyond_high": pl.Float64,
    "general_low": pl.Float64,
    "general_high": pl.Float64,
    "within": pl.Float64,
    "detectable": pl.Float64,
    "item_low": pl.Float64,
    "item_high": pl.Float64,
    "drawn_low": pl.Float64,
    "drawn_high": pl.Float64,
}
"""scope: "zero-shot" (the mean over the languages without training data), "pivot" or "language"; of averages over exams
"suite", "group" or "exams" · low, high: the plain 95% t interval over seeds · corrected: p over `family` tests, by
`correction` ("holm": the main zero-shot means, and averages over exams; "bh": all else) · shown_low, shown_high: the
interval at `level`, which leaves out zero exactly where the verdict is sure; the one to print · before, after: mean
scores without and with the stage · languages, left_out: which the row averages, and which a hole kept out · up: how
many of `languages` gained · sick: seeds of which a run, on either side, was not healthy; they are counted in, and
`healthy_…` says what stands without them (the same where none was sick; null where nothing is left) · pivot_mean: the
pivot's gain in the same seeds, and beyond: what the mean over languages gained more than the pivot did, with a plain
95% interval; a gain that only follows the pivot has one around zero · general_low, general_high: 95%, for other
languages too (`resample.beyond_languages`) · within: the smallest margin at which "no difference" would have been shown
(TOST at 5%) · detectable: the true gain that this family's test would call sure 4 times of 5, with this spread ·
item_low, item_high: 95%, were only the test items drawn again, and drawn_low, drawn_high, were languages, seeds and
items all drawn again; null until `items.with_items`."""


def finish(rows: pl.DataFrame, margin: float | None = None, *, primary: Iterable[str] = ("zero-shot",)) -> pl.DataFrame:
    """Intervals, p values and verdicts of rows that have `COUNTED`, `group` (their family) and the rest of SCHEMA."""
    rows = rows.with_columns(sd=pl.when(pl.col("sd") <= NO_SPREAD).then(0.0).otherwise("sd"))
    mean, sd, seeds = (rows[name].to_numpy() for name in ("mean", "sd", "seeds"))
    low, high, p = t_intervals(mean, sd, seeds)
    rows = rows.with_columns(
        *series(low=low, high=high, p=p, within=shown_within(mean, sd, seeds)),
        correction=pl.when(pl.col("main") & pl.col("scope").is_in(list(primary)))
        .then(pl.lit("holm"))
        .otherwise(pl.lit("bh")),
    )
    same = series(same=tost(mean, sd, seeds, margin) if margin else np.full(len(rows), np.nan))[0]
    judged = _judged(rows.select("group", "correction", "mean", "p", same))
    level = judged["level"].to_numpy()
    shown = t_intervals(mean, sd, seeds, level=level)
    rows = rows.with_columns(
        *judged.get_columns(),
        *series(shown_low=shown[0], shown_high=shown[1], detectable=detectable(sd, seeds, level=level)),
    )
    there = [name for name in SCHEMA if name in rows.columns]
    return pl.concat(
        [pl.DataFrame(schema=SCHEMA), rows.select(there).cast({n: SCHEMA[n] for n in there})], how="diagonal"
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Corrected p, family size, level and verdict of each row, family by family."""
    corrected: list[float | None] = [None] * len(rows)
    sizes, levels, even = [0] * len(rows), [LEVEL] * len(rows), [False] * len(rows)
    ps, sames = rows["p"].to_list(), rows["same"].to_list()
    groups = rows.with_row_index("at").group_by("group", maintain_order=True).agg("at", pl.col("correction").first())
    for places, method in groups["at", "correction"].iter_rows():
        chosen: Correction = method
        found = CORRECT[chosen]([ps[at] for at in places])
        level, size = family_level(chosen, found), sum(p is not None for p in found)
        alike = CORRECT[chosen]([sames[at] for at in places])
        for at, value, same in zip(places, found, alike, strict=True):
            corrected[at], sizes[at], levels[at] = value, size, level
            even[at] = same is not None and same < 1 - LEVEL
    verdicts = [verdict(mean, p) for mean, p in zip(rows["mean"], corrected, strict=True)]
    # A gain can be shown to exist and shown to be too small to matter: then the margin, declared before, decides.
    verdicts = ["same" if alike else one for one, alike in zip(verdicts, even, strict=True)]
    return pl.DataFrame(
        {"corrected": corrected, "family": sizes, "level": levels, "verdict": verdicts},
        schema={name: SCHEMA[name] for name in ("corrected", "family", "level", "verdict")},
    )


def with_healthy(found: pl.DataFrame, clean: pl.DataFrame) -> pl.DataFrame:
    """The rows, each with what it comes to without sick runs."""
    keys = ["route", "exam", "metric", "scope", "lang"]
    beside = clean.select(*keys, healthy_mean="mean", healthy_seeds="seeds", healthy_verdict="verdict")
    rows = found.drop("healthy_mean", "healthy_seeds", "healthy_verdict")
    joined = rows.join(beside, on=keys, how="left", maintain_order="left", nulls_equal=True)
    return joined.with_columns(pl.col("healthy_seeds").fill_null(0)).select(*SCHEMA)


def series(**columns: np.ndarray[Any, Any]) -> list[pl.Series]:
    """Columns of numbers, where what is no number is null."""
    return [
        pl.Series(name, np.asarray(values, np.float64), dtype=pl.Float64).fill_nan(None)
        for name, values in columns.items()
    ]
