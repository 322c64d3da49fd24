"""Scores against distance as a figure."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import polars as pl

from xstilts.findings.figures.dress import DOWN, INK, LINE, PAPER, UP, Spec, dressed

MANY = 5
"""Routes of which all are drawn; of more, the extremes."""


def scores_by_distance(table: pl.DataFrame, exam: str, distances: Mapping[str, float], *, baseline: str) -> Spec | None:
    """Scores in one exam against the languages' distance to the pivot: a ring for the baseline, triangles for others.

    Of many routes only the highest and the lowest stand over a language, or nothing could be told apart. None when
    fewer than two distances are known.
    """
    rows = table.filter((pl.col("exam") == exam) & pl.col("main") & pl.col("value").is_finite().fill_null(False))
    mean = rows.group_by("route", "lang", maintain_order=True).agg(pl.col("value").mean())
    if mean["route"].n_unique() > MANY:
        others = pl.col("value").filter(pl.col("route") != baseline)
        ends = (pl.col("value") == others.max().over("lang")) | (pl.col("value") == others.min().over("lang"))
        mean = mean.filter(ends | (pl.col("route") == baseline))
    before = {row["lang"]: row["value"] for row in mean.iter_rows(named=True) if row["route"] == baseline}
    values = []
    for row in mean.iter_rows(named=True):
        if row["lang"] not in distances or row["lang"] not in before:
            continue
        gain = row["value"] - before[row["lang"]]
        way = baseline if row["route"] == baseline else "higher" if gain > 0 else "lower"
        values.append(
            {
                "distance": distances[row["lang"]],
                "score": row["value"],
                "start": before[row["lang"]],
                "way": way,
                "tip": f"{row['lang']}, {row['route']}: {row['value']:.1f}",
            }
        )
    if len({value["distance"] for value in values}) < 2:
        return None
    data = alt.Chart(alt.InlineData(values=values))
    x = alt.X(
        "distance:Q",
        title="distance to the pivot",
        scale=alt.Scale(nice=False, padding=14),
        axis=alt.Axis(tickCount=5, grid=False),
    )
    y = alt.Y("score:Q", title="score", scale=alt.Scale(zero=False, padding=12)).axis(tickCount=5, minExtent=28)
    ways = [baseline, "higher", "lower"]
    points = data.mark_point(size=44, strokeWidth=1.4, fillOpacity=0.25).encode(
        x=x,
        y=y,
        shape=alt.Shape(
            "way:N", scale=alt.Scale(domain=ways, range=["circle", "triangle-up", "triangle-down"]), legend=None
        ),
        color=alt.Color("way:N", scale=alt.Scale(domain=ways, range=[INK, UP, DOWN]), legend=None),
        fill=alt.Fill("way:N", scale=alt.Scale(domain=ways, range=[PAPER, UP, DOWN]), legend=None),
        description="tip:N",
    )
    stems = data.mark_rule(color=LINE, strokeWidth=1, aria=False).encode(x=x, y="start:Q", y2="score:Q")
    return dressed(alt.layer(stems, points).properties(width=250, height=190))
