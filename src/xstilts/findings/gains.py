"""Gains: what a stage before the target adds, paired seed by seed with the route without it, and whether it is sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from xstilts.errors import BadInput, unknown
from xstilts.findings.statistics import Estimate, estimate, holm, verdict

BASELINE = "none"
"""The route that goes straight to the target."""

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
    "verdict": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "languages": pl.List(pl.String),
    "left_out": pl.List(pl.String),
    "up": pl.Int64,
    "sick": pl.Int64,
}
"""scope: "zero-shot" (the mean over the languages without training data), "pivot" or "language" · low, high: the plain
95% interval · corrected: Holm's p over `family` tests · before, after: mean scores without and with the stage ·
languages, left_out: which the row averages and which a hole kept out · up: how many of `languages` gained ·
sick: seeds of which a run, on either side, was not healthy; they are counted in."""

KEYS = ("route", "exam", "metric")


def gains(table: pl.DataFrame, *, baseline: str = BASELINE, healthy: bool = False) -> pl.DataFrame:
    """The long table's gains over `baseline`; see SCHEMA. Rows come in the table's order: route, exam, metric, scope.

    A verdict is Holm-corrected over its family: all (route, exam) means together, all pivots together, and the
    languages of one route in one exam. `healthy` leaves out every seed in which a run was not healthy.
    """
    both = pairs(table, baseline)
    if healthy:
        both = both.filter(~pl.col("sick"))
    rows: list[dict[str, Any]] = []
    for _, cell in both.group_by(KEYS, maintain_order=True):
        expected = _languages(table, str(cell["exam"][0]))
        rows += _cell(cell, expected)
    found = pl.DataFrame(rows, schema=SCHEMA)
    return _judge(found)


def pairs(table: pl.DataFrame, baseline: str) -> pl.DataFrame:
    """One row for each route, exam, metric, language and seed that stands on both sides."""
    whose = table.select("study", "encoder").unique()
    if len(whose) > 1:
        raise BadInput(f"The table mixes {len(whose)} studies or encoders.", way_out="Compare one at a time.")
    routes = table["route"].unique().to_list()
    if baseline not in routes:
        raise unknown("finished route", baseline, routes)
    scores = table.filter(pl.col("value").is_finite().fill_null(False))
    keys = ["exam", "metric", "lang", "seed"]
    twice = scores.filter(pl.struct("route", *keys).is_duplicated())
    if len(twice):
        found = twice.row(0, named=True)
        where = ", ".join(f"{key} {found[key]}" for key in ("route", *keys))
        raise BadInput(f"Two scores for {where}.", way_out="A table holds each score once.")
    before = scores.filter(pl.col("route") == baseline)
    before = before.select(*keys, before="value", weak=pl.col("health") != "ok")
    after = scores.filter(pl.col("route") != baseline).rename({"value": "after"})
    both = after.join(before, on=keys, how="inner", maintain_order="left")
    return both.with_columns(gain=pl.col("after") - pl.col("before"), sick=pl.col("weak") | (pl.col("health") != "ok"))


def _languages(table: pl.DataFrame, exam: str) -> list[str]:
    """The exam's zero-shot languages, as far as any run knows of them."""
    return table.filter((pl.col("exam") == exam) & ~pl.col("pivot"))["lang"].unique(maintain_order=True).to_list()


def _cell(cell: pl.DataFrame, expected: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of one route, exam and metric: the zero-shot mean, the pivot, and each language."""
    rows = []
    shared = in_every_seed(cell.filter(~pl.col("pivot")))
    if len(shared):
        by_seed = shared.group_by("seed", maintain_order=True).agg(pl.col("gain", "before", "after").mean())
        by_lang = shared.group_by("lang", maintain_order=True).agg(pl.col("gain").mean())
        used = by_lang["lang"].to_list()
        row = _row(shared, "zero-shot", MEAN, estimate(by_seed["gain"].to_list()))
        row |= {"languages": used, "left_out": [lang for lang in expected if lang not in used]}
        row["up"] = int((by_lang["gain"] > 0).sum())
        rows.append(row)
    for (lang, pivot), part in cell.group_by("lang", "pivot", maintain_order=True):
        found = estimate(part["gain"].to_list())
        rows.append(_row(part, "pivot" if pivot else "language", str(lang), found))
    return rows


def in_every_seed(cell: pl.DataFrame) -> pl.DataFrame:
    """The languages that stand in every seed, so that each seed averages the same ones."""
    seeds = cell["seed"].n_unique()
    whole = cell.group_by("lang").agg(pl.col("seed").n_unique().alias("in")).filter(pl.col("in") == seeds)
    return cell.join(whole.select("lang"), on="lang", how="semi", maintain_order="left")


def _row(part: pl.DataFrame, scope: str, lang: str, found: Estimate) -> dict[str, Any]:
    first = part.row(0, named=True)
    return {
        **{name: first[name] for name in ("route", "exam", "form", "metric", "main")},
        **{name: getattr(found, name) for name in ("mean", "median", "low", "high", "sd", "seeds", "p")},
        "scope": scope,
        "lang": lang,
        "before": _mean(part["before"]),
        "after": _mean(part["after"]),
        "languages": [] if lang == MEAN else [lang],
        "left_out": [],
        "up": int(found.mean > 0),
        "sick": part.filter(pl.col("sick"))["seed"].n_unique(),
    }


def _mean(column: pl.Series) -> float:
    return float(column.to_numpy().mean())


def _judge(found: pl.DataFrame) -> pl.DataFrame:
    """Add Holm's correction and the verdict, family by family."""
    families: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(found.iter_rows(named=True)):
        alone = (row["route"], row["exam"], row["metric"]) if row["scope"] == "language" else ()
        families.setdefault((row["scope"], row["main"], *alone), []).append(place)
    corrected: list[float | None] = [None] * len(found)
    sizes = [0] * len(found)
    ps = found["p"].to_list()
    for places in families.values():
        tested = sum(ps[place] is not None for place in places)
        for place, value in zip(places, holm([ps[place] for place in places]), strict=True):
            corrected[place], sizes[place] = value, tested
    verdicts = [verdict(mean, p) for mean, p in zip(found["mean"], corrected, strict=True)]
    return found.with_columns(
        pl.Series("corrected", corrected, dtype=pl.Float64),
        pl.Series("family", sizes, dtype=pl.Int64),
        pl.Series("verdict", verdicts, dtype=pl.String),
    )


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
