"""Gains, judged: the columns of every row of gains, and the intervals and verdicts that whole families share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from xstilts.errors import BadInput
from xstilts.findings.resample import crossed_halves
from xstilts.findings.statistics import (
    CORRECT,
    LEVEL,
    NO_SPREAD,
    Correction,
    detectable,
    family_level,
    shown_within,
    simultaneous,
    t_intervals,
    verdict,
)

MEAN = "mean"
"""What stands in the column `lang` of a mean over languages."""

SCHEMA: dict[str, Any] = {
    "route": pl.String,
    "baseline": pl.String,
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
    "healthy_within": pl.Float64,
    "pivot_mean": pl.Float64,
    "beyond": pl.Float64,
    "beyond_low": pl.Float64,
    "beyond_high": pl.Float64,
    "general_low": pl.Float64,
    "general_high": pl.Float64,
    "within": pl.Float64,
    "margin": pl.Float64,
    "same": pl.Boolean,
    "detectable": pl.Float64,
    "item_low": pl.Float64,
    "item_high": pl.Float64,
    "drawn_low": pl.Float64,
    "drawn_high": pl.Float64,
}
"""baseline: the route that gains are counted from · scope: "zero-shot" (the mean over the languages without training
data), "pivot" or "language"; of averages over exams "suite", "group" or "exams" · low, high: the plain 95% t interval
over seeds · corrected: p over `family` tests, by `correction` ("holm": the main zero-shot means, and averages over
exams; "bh": all else) · shown_low, shown_high: the interval at `level`, which leaves out zero exactly where the
verdict is sure; the one to print · before, after: mean scores without and with the stage · languages, left_out: which
the row averages, and which a hole kept out · up: how many of `languages` gained · sick: seeds of which a run, on
either side, was not healthy; they are counted in, and `healthy_…` says what stands without them (the same where none
was sick; null where nothing is left) · pivot_mean: the pivot's gain in the same seeds, and beyond: what the mean over
languages gained more than the pivot did, with a plain 95% interval; a gain that only follows the pivot has one around
zero · general_low, general_high: at `level`, for other languages too (`resample.beyond_languages`), so never within
shown_low and shown_high · within: the smallest margin at which "no difference" is shown, the far end of the interval
at which all of the family hold at once · margin: what was declared not to matter, and same: whether the row is within
it; both null until `held_to` · detectable: the true gain that this family's test would call sure 4 times of 5, with
this spread · item_low, item_high: 95%, were only the test items drawn again, and drawn_low, drawn_high, at `level`,
for other languages, seeds and test items; null until `items.with_items`."""


def held_to(found: pl.DataFrame, margin: float | None) -> pl.DataFrame:
    """Rows of gains held to a margin, declared before: `same` is true where no difference as large as it is shown.

    That is said where the whole interval lies within ± margin at the level at which all of the family hold at once
    (`within`). The printed interval is never wider, so no sign stands beside one that leaves the margin; and neither
    which margin is asked, nor how many of the family are sure, changes `within`. The verdict stays: a gain can be sure,
    and too small to matter. Without a margin nothing is said.
    """
    if margin is None:
        return found
    if not 0 < margin < math.inf:
        raise BadInput(f"A margin of {margin:g} points decides nothing.", way_out="Name points above zero: 0.5.")
    same = (pl.col("within") < margin).fill_null(False)
    return found.with_columns(margin=pl.lit(float(margin)), same=same)


def finish(rows: pl.DataFrame, *, primary: Iterable[str] = ("zero-shot",)) -> pl.DataFrame:
    """Intervals, p values and verdicts of rows that have `COUNTED`, `group` (their family) and the rest of SCHEMA.

    Rows that generalise over languages have `general_error` and `general_df` too.
    """
    rows = rows.with_columns(sd=pl.when(pl.col("sd") <= NO_SPREAD).then(0.0).otherwise("sd"))
    mean, sd, seeds = (rows[name].to_numpy() for name in ("mean", "sd", "seeds"))
    low, high, p = t_intervals(mean, sd, seeds)
    rows = rows.with_columns(
        *series(low=low, high=high, p=p),
        correction=pl.when(pl.col("main") & pl.col("scope").is_in(list(primary)))
        .then(pl.lit("holm"))
        .otherwise(pl.lit("bh")),
    )
    judged = _judged(rows.select("group", "correction", "mean", "p"))
    level = judged["level"].to_numpy()
    shown = t_intervals(mean, sd, seeds, level=level)
    together = [simultaneous(tests) for tests in judged["family"]]
    rows = rows.with_columns(
        *judged.get_columns(),
        *series(
            shown_low=shown[0],
            shown_high=shown[1],
            within=shown_within(mean, sd, seeds, level=together),
            detectable=detectable(sd, seeds, level=level),
        ),
    )
    if "general_error" in rows.columns:
        half = crossed_halves(rows["general_error"], rows["general_df"], sd, seeds, level=level)
        rows = rows.with_columns(*series(general_low=mean - half, general_high=mean + half))
    there = [name for name in SCHEMA if name in rows.columns]
    return pl.concat(
        [pl.DataFrame(schema=SCHEMA), rows.select(there).cast({n: SCHEMA[n] for n in there})], how="diagonal"
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Corrected p, family size, level and verdict of each row, family by family."""
    corrected: list[float | None] = [None] * len(rows)
    sizes, levels = [0] * len(rows), [LEVEL] * len(rows)
    ps = rows["p"].to_list()
    groups = rows.with_row_index("at").group_by("group", maintain_order=True).agg("at", pl.col("correction").first())
    for places, method in groups["at", "correction"].iter_rows():
        chosen: Correction = method
        found = CORRECT[chosen]([ps[at] for at in places])
        level, size = family_level(chosen, found), sum(p is not None for p in found)
        for at, value in zip(places, found, strict=True):
            corrected[at], sizes[at], levels[at] = value, size, level
    verdicts = [verdict(mean, p) for mean, p in zip(rows["mean"], corrected, strict=True)]
    return pl.DataFrame(
        {"corrected": corrected, "family": sizes, "level": levels, "verdict": verdicts},
        schema={name: SCHEMA[name] for name in ("corrected", "family", "level", "verdict")},
    )


def with_healthy(found: pl.DataFrame, clean: pl.DataFrame, baseline: str) -> pl.DataFrame:
    """The rows over this baseline, each with what it comes to without sick runs."""
    keys = ["route", "exam", "metric", "scope", "lang"]
    names = ("mean", "seeds", "verdict", "within")
    beside = clean.select(*keys, *(pl.col(name).alias(f"healthy_{name}") for name in names))
    rows = found.drop(f"healthy_{name}" for name in names)
    joined = rows.join(beside, on=keys, how="left", maintain_order="left", nulls_equal=True)
    return joined.with_columns(pl.col("healthy_seeds").fill_null(0), baseline=pl.lit(baseline)).select(*SCHEMA)


def series(**columns: np.ndarray[Any, Any]) -> list[pl.Series]:
    """Columns of numbers, where what is no number is null."""
    return [
        pl.Series(name, np.asarray(values, np.float64), dtype=pl.Float64).fill_nan(None)
        for name, values in columns.items()
    ]
