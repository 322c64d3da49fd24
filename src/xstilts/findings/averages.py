"""Averages over exams: what a route adds to a benchmark, to a group of its exams, or to all exams of a study.

    average_gains(table)                      every declared suite of which the table has two exams or more, its groups,
                                              and "all exams": rows as those of `gains`, in the same columns
    average_gains(table, averages=(Average(…),))

Of a suite's exams the score is what the suite says: the mean over its languages, the pivot too, of the mean over its
metrics. "all exams" is the mean of the zero-shot means. One seed's average is over the same exams, languages and
metrics on both sides and in every seed; what is missing is listed in `left_out`, and a suite with holes is called a
part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import polars as pl

from xstilts.findings.gains import MEAN, SCHEMA, finish, with_healthy
from xstilts.findings.pairs import BASELINE, pairs
from xstilts.tasks import Suite, suites

ALL = "all exams"


class Piece(msgspec.Struct, frozen=True):
    """One exam of an average."""

    exam: str
    languages: tuple[str, ...] = ()
    """Which; none are named: the zero-shot languages that the table has."""
    metrics: tuple[str, ...] = ()
    """Which, the mean of them; none are named: the main one."""


class Average(msgspec.Struct, frozen=True, kw_only=True):
    """A mean over exams."""

    name: str
    scope: str
    """"suite", "group" or "exams"."""
    pieces: tuple[Piece, ...]


def of_suite(suite: Suite) -> tuple[Average, ...]:
    """The whole suite, then each of its groups."""

    def average(name: str, scope: str, parts: Iterable[object]) -> Average:
        chosen = (part for part in suite.parts if part in parts)
        return Average(
            name=name, scope=scope, pieces=tuple(Piece(part.exam, part.languages, part.metrics) for part in chosen)
        )

    groups = dict.fromkeys(part.group for part in suite.parts)
    return (
        average(suite.title, "suite", suite.parts),
        *(
            average(f"{suite.title}: {group}", "group", [part for part in suite.parts if part.group == group])
            for group in groups
        ),
    )


def averages_of(table: pl.DataFrame, known: Mapping[str, Suite] | None = None) -> tuple[Average, ...]:
    """What can be averaged in a table."""
    exams = table["exam"].unique(maintain_order=True).to_list()
    if len(exams) < 2:
        return ()
    found = [Average(name=ALL, scope="exams", pieces=tuple(map(Piece, exams)))]
    for suite in (suites() if known is None else known).values():
        if sum(exam in exams for exam in suite.exams) > 1:
            found += [one for one in of_suite(suite) if sum(piece.exam in exams for piece in one.pieces) > 1]
    return tuple(found)


def average_gains(
    table: pl.DataFrame,
    *,
    averages: Sequence[Average] | None = None,
    baseline: str = BASELINE,
    routes: tuple[str, ...] = (),
    margin: float | None = None,
) -> pl.DataFrame:
    """One row for each average and route. Suites are one family, groups another, "all exams" a third: Holm."""
    paired = pairs(table, baseline=baseline, routes=routes)
    wanted = averages_of(table) if averages is None else averages
    pieces = _pieces(table, wanted)
    found = _averaged(paired, wanted, pieces, margin)
    clean = _averaged(paired.filter(~pl.col("sick")), wanted, pieces, margin) if paired["sick"].any() else found
    return with_healthy(found, clean)


def _pieces(table: pl.DataFrame, wanted: Sequence[Average]) -> pl.DataFrame:
    """Every score that an average is made of: average, exam, lang, metric."""
    there = table.select("exam", "lang", "metric", "main", "pivot").unique(maintain_order=True)
    rows = []
    for average in wanted:
        for piece in average.pieces:
            known = there.filter(pl.col("exam") == piece.exam)
            langs = piece.languages or tuple(known.filter(~pl.col("pivot"))["lang"].unique(maintain_order=True))
            metrics = piece.metrics or tuple(known.filter("main")["metric"].unique(maintain_order=True)) or ("",)
            rows += [(average.name, average.scope, piece.exam, lang, one) for lang in langs for one in metrics]
            if not langs:
                rows.append((average.name, average.scope, piece.exam, "", metrics[0]))
    names = ("average", "kind", "exam", "lang", "metric")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _averaged(
    paired: pl.DataFrame, wanted: Sequence[Average], pieces: pl.DataFrame, margin: float | None
) -> pl.DataFrame:
    found = []
    for average in wanted:
        mine = pieces.filter(pl.col("average") == average.name)
        of_routes = [_row(part, average, mine) for part in paired.partition_by("route", maintain_order=True)]
        rows = [row for row in of_routes if row is not None]
        if average.scope != "exams" and any(row["left_out"].list.len().any() for row in rows):
            rows = [row.with_columns(exam=pl.lit(f"part of {average.name}")) for row in rows]
        found += rows
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    return finish(pl.concat(found).with_columns(group=pl.struct("scope")), margin, primary=("suite", "group", "exams"))


def _row(paired: pl.DataFrame, average: Average, pieces: pl.DataFrame) -> pl.DataFrame | None:
    """One route's average: per seed first, over what stands in every seed; then over seeds."""
    here = paired.join(pieces.select("exam", "lang", "metric"), on=["exam", "lang", "metric"], how="semi")
    if here.is_empty():
        return None
    # A language counts where all its metrics stand in every seed of the route; an exam that has fewer seeds keeps none.
    asked = pieces.group_by("exam", "lang").agg(pl.col("metric").n_unique().alias("metrics"))
    seeds = here["seed"].n_unique()
    full = here.group_by("exam", "lang").agg(pl.len().alias("found")).join(asked, on=["exam", "lang"])
    full = full.filter(pl.col("found") == seeds * pl.col("metrics"))
    used = here.join(full, on=["exam", "lang"], how="semi", maintain_order="left")
    if used.is_empty():
        return None
    values = pl.col("gain", "before", "after").mean()
    by_exam = used.group_by("exam", "seed", maintain_order=True).agg(values, pl.col("sick").any())
    by_seed = by_exam.group_by("seed", maintain_order=True).agg(values, pl.col("sick").any())
    holes = (
        pieces.select("exam", "lang")
        .unique(maintain_order=True)
        .join(full, on=["exam", "lang"], how="anti", maintain_order="left")
    )
    exams = used["exam"].unique(maintain_order=True).to_list()
    gained = by_exam.group_by("exam").agg(pl.col("gain").mean()).filter(pl.col("gain") > 0)
    gain = by_seed["gain"]
    return pl.DataFrame(
        {
            "route": [paired["route"][0]],
            "exam": [average.name],
            "form": [""],
            "metric": ["average"],
            "main": [True],
            "scope": [average.scope],
            "lang": [MEAN],
            "mean": [gain.mean()],
            "median": [gain.median()],
            "sd": [gain.std()],
            "seeds": [len(gain)],
            "before": [by_seed["before"].mean()],
            "after": [by_seed["after"].mean()],
            "languages": [exams],
            "left_out": [_said(holes, exams)],
            "up": [len(gained)],
            "sick": [by_seed["sick"].sum()],
        },
        schema_overrides={"sd": pl.Float64, "left_out": pl.List(pl.String)},
    )


def _said(holes: pl.DataFrame, used: Sequence[str]) -> list[str]:
    """Holes as `xnli` or `xnli sw`."""
    return list(dict.fromkeys(f"{exam} {lang}".strip() if exam in used else exam for exam, lang in holes.iter_rows()))
