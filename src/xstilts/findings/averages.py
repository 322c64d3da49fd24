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

from xstilts.findings.gains import COUNTED
from xstilts.findings.judged import MEAN, SCHEMA, finish, with_healthy
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
    healthy: bool = False,
) -> pl.DataFrame:
    """One row for each average and route. Suites are one family, groups another, "all exams" a third: Holm."""
    paired = pairs(table, baseline=baseline)
    paired = paired.filter(~pl.col("sick")) if healthy else paired
    wanted = averages_of(table) if averages is None else averages
    pieces = _pieces(table, wanted)
    found = _averaged(paired, wanted, pieces)
    clean = _averaged(paired.filter(~pl.col("sick")), wanted, pieces) if paired["sick"].any() else found
    return with_healthy(found, clean, baseline)


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


def _averaged(paired: pl.DataFrame, wanted: Sequence[Average], pieces: pl.DataFrame) -> pl.DataFrame:
    found = []
    for average in wanted:
        rows = _rows(paired, average, pieces.filter(pl.col("average") == average.name))
        if average.scope != "exams" and rows["left_out"].list.len().sum():
            rows = rows.with_columns(exam=pl.lit(f"part of {average.name}"))
        found.append(rows)
    rows = pl.concat(found) if found else pl.DataFrame()
    if rows.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    return finish(rows.with_columns(group=pl.struct("scope")), primary=("suite", "group", "exams"))


def _rows(paired: pl.DataFrame, average: Average, pieces: pl.DataFrame) -> pl.DataFrame:
    """A row for each route: per seed first, over what stands in every seed of the route; then over seeds."""
    here = paired.join(pieces, on=["exam", "lang", "metric"], how="semi", maintain_order="left")
    here = here.with_columns(of=pl.col("seed").n_unique().over("route"))
    # A language counts where all its metrics stand in every seed of the route; an exam that has fewer seeds keeps none.
    asked = pieces.group_by("exam", "lang").agg(pl.col("metric").n_unique().alias("metrics"))
    full = here.group_by("route", "exam", "lang").agg(pl.len().alias("found"), pl.col("of").first())
    full = full.join(asked, on=["exam", "lang"]).filter(pl.col("found") == pl.col("of") * pl.col("metrics"))
    used = here.join(full, on=["route", "exam", "lang"], how="semi", maintain_order="left")
    values = [pl.col("gain", "before", "after").mean(), pl.col("sick").any()]
    by_exam = used.group_by("route", "exam", "seed", maintain_order=True).agg(*values)
    by_seed = by_exam.group_by("route", "seed", maintain_order=True).agg(*values)
    ups = by_exam.group_by("route", "exam", maintain_order=True).agg(pl.col("gain").mean())
    ups = ups.group_by("route").agg(languages="exam", up=(pl.col("gain") > 0).sum())
    rows = by_seed.group_by("route", maintain_order=True).agg(**COUNTED, sick=pl.col("sick").sum())
    there = {route: set(part.select("exam", "lang").iter_rows()) for (route,), part in full.group_by("route")}
    holes = [_holes(pieces, there[route]) for route in rows["route"]]
    return rows.join(ups, on="route", how="left", maintain_order="left").with_columns(
        pl.Series("left_out", holes, dtype=pl.List(pl.String)),
        exam=pl.lit(average.name),
        form=pl.lit(""),
        metric=pl.lit("average"),
        main=pl.lit(True),
        scope=pl.lit(average.scope),
        lang=pl.lit(MEAN),
    )


def _holes(pieces: pl.DataFrame, there: set[tuple[str, str]]) -> list[str]:
    """What of the pieces is not there: `xnli` or `xnli sw`."""
    used = {exam for exam, _ in there}
    missing = (place for place in pieces.select("exam", "lang").iter_rows() if place not in there)
    return list(dict.fromkeys(f"{exam} {lang}" if exam in used else exam for exam, lang in missing))
