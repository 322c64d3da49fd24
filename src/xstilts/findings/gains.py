"""Gains: what a stage before the target adds, paired seed by seed with the route without it, and whether it is sure.

    found = gains(long_table(store, study))        one row for each mean, pivot and language: see SCHEMA
    zero_shot(found)                               the main means over languages without training data: primary, Holm
    pivots(found)                                  (route, exam) → the pivot's own gain
    gains(table, baseline="mnli", margin=0.5)      over any route; what is surely smaller than a margin is "same"

Everything is read from the long table alone. What needs the predictions too, the noise of the test items, is added by
`items.with_items(found, table, …)`; averages over exams are `averages.average_gains(table)`, in the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from xstilts.findings.pairs import BASELINE, CELL, expected, in_every_seed, pairs
from xstilts.findings.resample import crossed_intervals
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

__all__ = [
    "BASELINE",
    "MEAN",
    "SCHEMA",
    "finish",
    "gains",
    "in_every_seed",
    "in_order",
    "leaning",
    "pairs",
    "pivots",
    "zero_shot",
]

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


def gains(
    table: pl.DataFrame,
    *,
    baseline: str = BASELINE,
    healthy: bool = False,
    margin: float | None = None,
) -> pl.DataFrame:
    """The long table's gains over `baseline`; see SCHEMA. Rows come in the table's order: route, exam, metric, scope.

    A verdict is corrected over its family: all (route, exam) means together, all pivots together, and the languages of
    one route in one exam. `healthy` leaves out every seed in which a
    run was not healthy. `margin`: gains shown to be smaller than it, either way, get the verdict "same".
    """
    paired = pairs(table, baseline=baseline)
    found = _gains(paired.filter(~pl.col("sick")) if healthy else paired, expected(table), margin)
    if healthy or not paired["sick"].any():
        return with_healthy(found, found)
    return with_healthy(found, _gains(paired.filter(~pl.col("sick")), expected(table), margin))


def _gains(paired: pl.DataFrame, langs: dict[str, list[str]], margin: float | None) -> pl.DataFrame:
    rows = pl.concat([_means(paired, langs), _singles(paired)], how="diagonal_relaxed")
    order = pl.col("place").min().over(CELL)
    rows = rows.sort(order, pl.col("scope") != "zero-shot", "place")
    families = [pl.col("scope"), pl.col("main"), *(pl.when(scope="language").then(name) for name in CELL)]
    return finish(rows.with_columns(group=pl.struct(*(one.alias(f"g{n}") for n, one in enumerate(families)))), margin)


COUNTED = {
    "mean": pl.col("gain").mean(),
    "median": pl.col("gain").median(),
    "sd": pl.col("gain").std(),
    # A score without a seed is a published mean, or a single run: it counts as a value, and never as a seed.
    "seeds": pl.col("seed").count(),
    "before": pl.col("before").mean(),
    "after": pl.col("after").mean(),
}
"""What is computed of one value a seed."""


def _singles(paired: pl.DataFrame) -> pl.DataFrame:
    """A row for each language of a cell, the pivot among them."""
    first = {name: pl.col(name).first() for name in ("form", "main", "place")}
    rows = paired.group_by(*CELL, "lang", "pivot", maintain_order=True).agg(
        **COUNTED, **first, sick=pl.col("sick").sum(), up=(pl.col("gain").mean() > 0).cast(pl.Int64)
    )
    scope = pl.when("pivot").then(pl.lit("pivot")).otherwise(pl.lit("language"))
    return rows.with_columns(scope=scope, languages=pl.concat_list("lang"), left_out=pl.lit([], pl.List(pl.String)))


def _means(paired: pl.DataFrame, langs: dict[str, list[str]]) -> pl.DataFrame:
    """A row for each cell: the mean over its zero-shot languages, with what the pivot did beside."""
    away = in_every_seed(paired.filter(~pl.col("pivot")))
    by_lang = away.group_by(*CELL, "lang", maintain_order=True).agg(pl.col("gain").mean())
    by_lang = by_lang.group_by(CELL, maintain_order=True).agg(
        languages="lang", up=(pl.col("gain") > 0).sum(), between=pl.col("gain").var()
    )
    whole = away.group_by(CELL).agg(total=((pl.col("gain") - pl.col("gain").mean()) ** 2).sum())
    by_seed = away.group_by(*CELL, "seed", maintain_order=True).agg(
        *(pl.col(name).first() for name in ("form", "main", "place")),
        pl.col("gain", "before", "after").mean(),
        pl.col("sick").any(),
    )
    home = paired.filter("pivot").select(*CELL, "seed", pivot_gain="gain")
    by_seed = by_seed.join(home, on=[*CELL, "seed"], how="left", maintain_order="left", nulls_equal=True)
    more = pl.col("gain") - pl.col("pivot_gain")
    rows = by_seed.group_by(CELL, maintain_order=True).agg(
        **COUNTED,
        **{name: pl.col(name).first() for name in ("form", "main", "place")},
        sick=pl.col("sick").sum(),
        pivot_mean=pl.col("pivot_gain").mean(),
        beyond=more.mean(),
        beyond_sd=more.std(),
        beyond_seeds=more.count(),
    )
    rows = rows.join(by_lang, on=CELL, how="left", maintain_order="left").join(whole, on=CELL, how="left")
    left_out = [
        [lang for lang in langs[exam] if lang not in used]
        for exam, used in zip(rows["exam"], map(set, rows["languages"].to_list()), strict=True)
    ]
    count = rows["languages"].list.len()
    beyond = t_intervals(rows["beyond"], rows["beyond_sd"], rows["beyond_seeds"])
    general = crossed_intervals(rows["mean"], rows["sd"] ** 2, rows["between"], rows["total"], rows["seeds"], count)
    return rows.with_columns(
        pl.Series("left_out", left_out, dtype=pl.List(pl.String)),
        *_series(beyond_low=beyond[0], beyond_high=beyond[1], general_low=general[0], general_high=general[1]),
        scope=pl.lit("zero-shot"),
        lang=pl.lit(MEAN),
    )


def finish(rows: pl.DataFrame, margin: float | None = None, *, primary: Iterable[str] = ("zero-shot",)) -> pl.DataFrame:
    """Intervals, p values and verdicts of rows that have `COUNTED`, `group` (their family) and the rest of SCHEMA."""
    rows = rows.with_columns(sd=pl.when(pl.col("sd") <= NO_SPREAD).then(0.0).otherwise("sd"))
    mean, sd, seeds = (rows[name].to_numpy() for name in ("mean", "sd", "seeds"))
    low, high, p = t_intervals(mean, sd, seeds)
    rows = rows.with_columns(
        *_series(low=low, high=high, p=p, within=shown_within(mean, sd, seeds)),
        correction=pl.when(pl.col("main") & pl.col("scope").is_in(list(primary)))
        .then(pl.lit("holm"))
        .otherwise(pl.lit("bh")),
    )
    same = _series(same=tost(mean, sd, seeds, margin) if margin else np.full(len(rows), np.nan))[0]
    judged = _judged(rows.select("group", "correction", "mean", "p", same))
    level = judged["level"].to_numpy()
    shown = t_intervals(mean, sd, seeds, level=level)
    rows = rows.with_columns(
        *judged.get_columns(),
        *_series(shown_low=shown[0], shown_high=shown[1], detectable=detectable(sd, seeds, level=level)),
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


def _series(**columns: np.ndarray[Any, Any]) -> list[pl.Series]:
    """Columns of numbers, where what is no number is null."""
    return [
        pl.Series(name, np.asarray(values, np.float64), dtype=pl.Float64).fill_nan(None)
        for name, values in columns.items()
    ]


def leaning(row: dict[str, Any]) -> bool:
    """Whether a row's plain interval leaves out zero although the corrected verdict is unsure."""
    return row["verdict"] == "unsure" and row["low"] is not None and (row["low"] > 0 or row["high"] < 0)


def zero_shot(found: pl.DataFrame) -> pl.DataFrame:
    """The main zero-shot mean of each route and exam."""
    return found.filter(pl.col("main") & (pl.col("scope") == "zero-shot"))


def pivots(found: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """The pivot's own gain by (route, exam), on the main metric."""
    rows = found.filter(pl.col("main") & (pl.col("scope") == "pivot")).iter_rows(named=True)
    return {(row["route"], row["exam"]): row for row in rows}


def in_order(values: Iterable[str]) -> list[str]:
    """The distinct values, in the order in which they first appear."""
    return list(dict.fromkeys(values))
