"""Gains: what a stage before the target adds, paired seed by seed with the route without it, and whether it is sure.

    found = gains(long_table(store, study))        one row for each mean, pivot and language: see SCHEMA
    zero_shot(found)                               the main means over languages without training data: primary, Holm
    pivots(found)                                  (route, exam) → the pivot's own gain
    gains(table, baseline="mnli")                  over any route
    held_to(found, 0.5)                            which of them are surely smaller than a margin that was declared

Everything is read from the long table alone. What needs the predictions too, the noise of the test items, is added by
`items.with_items(found, table, …)`; averages over exams are `averages.average_gains(table)`, in the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from xstilts.findings.judged import MEAN, SCHEMA, finish, held_to, series, with_healthy
from xstilts.findings.pairs import BASELINE, CELL, expected, in_every_seed, pairs
from xstilts.findings.resample import crossed_errors
from xstilts.findings.statistics import t_intervals

__all__ = [
    "BASELINE",
    "MEAN",
    "SCHEMA",
    "gains",
    "held_to",
    "in_every_seed",
    "in_order",
    "leaning",
    "pairs",
    "pivots",
    "zero_shot",
]


def gains(
    table: pl.DataFrame,
    *,
    baseline: str = BASELINE,
    healthy: bool = False,
) -> pl.DataFrame:
    """The long table's gains over `baseline`; see SCHEMA. Rows come in the table's order: route, exam, metric, scope.

    A verdict is corrected over its family: all (route, exam) means together, all pivots together, and the languages of
    one route in one exam. `healthy` leaves out every seed in which a run was not healthy.
    """
    paired = pairs(table, baseline=baseline)
    found = _gains(paired.filter(~pl.col("sick")) if healthy else paired, expected(table))
    if healthy or not paired["sick"].any():
        return with_healthy(found, found, baseline)
    return with_healthy(found, _gains(paired.filter(~pl.col("sick")), expected(table)), baseline)


def _gains(paired: pl.DataFrame, langs: dict[str, list[str]]) -> pl.DataFrame:
    rows = pl.concat([_means(paired, langs), _singles(paired)], how="diagonal_relaxed")
    order = pl.col("place").min().over(CELL)
    rows = rows.sort(order, pl.col("scope") != "zero-shot", "place")
    families = [pl.col("scope"), pl.col("main"), *(pl.when(scope="language").then(name) for name in CELL)]
    return finish(rows.with_columns(group=pl.struct(*(one.alias(f"g{n}") for n, one in enumerate(families)))))


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
    errors, df = crossed_errors(rows["sd"] ** 2, rows["between"], rows["total"], rows["seeds"], count)
    return rows.with_columns(
        pl.Series("left_out", left_out, dtype=pl.List(pl.String)),
        *series(beyond_low=beyond[0], beyond_high=beyond[1], general_error=errors, general_df=df),
        scope=pl.lit("zero-shot"),
        lang=pl.lit(MEAN),
    )


def leaning(row: Mapping[str, Any]) -> bool:
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
