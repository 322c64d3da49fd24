"""Forest plots as figures: gains with the intervals that verdicts are read off, corrected as these are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from xstilts.findings.figures.dress import DOWN, INK, SIGNED, SOFT, UP, Spec, dressed
from xstilts.findings.gains import in_order, leaning, zero_shot
from xstilts.findings.words import mark, signed

WIDTH, COLUMNS = 200, 3
"""Of a plot of languages, and how many of them stand side by side."""

FOREST = 320
"""Of a forest plot's axis."""


def forest(found: pl.DataFrame) -> Spec:
    """Every zero-shot gain with its corrected interval, exam by exam: the whole study in one figure for a paper."""
    rows = list(zero_shot(found).iter_rows(named=True))
    values = [_point(row, row["route"]) for row in rows]
    title = "zero-shot gain in points, corrected interval over seeds (full: sure · ring: leans · grey: neither)"
    layers = _whiskers(alt.Chart(), "name", title, bounds(rows))
    # The mark apart from the number: few fonts have all of its signs, and none should change the digits' font.
    words = alt.Chart().encode(y=alt.Y("name:N", sort=None))
    told = [
        words.mark_text(align="right", fontSize=11, color=INK).encode(x=alt.value(FOREST + 42), text="text:N"),
        words.mark_text(align="left", fontSize=11, color=INK).encode(x=alt.value(FOREST + 48), text="mark:N"),
    ]
    row = alt.Row(
        "exam:N",
        sort=in_order(row["exam"] for row in values),
        title=None,
        header=alt.Header(labelAngle=0, labelAnchor="start", labelOrient="top", labelFontWeight="bold", labelPadding=2),
    )
    chart = alt.layer(*layers, *told, data=alt.InlineData(values=values))
    return dressed(chart.properties(width=FOREST, height=alt.Step(20)).facet(row=row, spacing=14))


def language_forests(found: pl.DataFrame, exam: str, order: Sequence[str]) -> Spec:
    """One exam: every language's gain with its corrected interval, then mean and pivot; a plot for each route."""
    rows = list(found.filter(pl.col("main"), exam=exam).iter_rows(named=True))
    place = {lang: number for number, lang in enumerate(order)}
    names = {"zero-shot": "mean of {0}", "pivot": "{1} (pivot)", "language": "{1}"}
    rows.sort(key=lambda row: (SCOPES.index(row["scope"]), place.get(row["lang"], len(order))))
    values = [_point(row, names[row["scope"]].format(len(row["languages"]), row["lang"])) for row in rows]
    layers = _whiskers(alt.Chart(), "name", None, bounds(rows), sort=in_order(value["name"] for value in values))
    facet = alt.Facet(
        "route:N",
        sort=in_order(row["route"] for row in rows),
        title=None,
        header=alt.Header(labelAnchor="start", labelFontWeight="bold", labelFontSize=12),
    )
    chart = alt.layer(*layers, data=alt.InlineData(values=values)).properties(width=WIDTH, height=alt.Step(17))
    return dressed(chart.facet(facet=facet, columns=COLUMNS, spacing=22))


SCOPES = ("language", "zero-shot", "pivot")
"""From top to bottom."""


def _point(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    sure = row["verdict"] in ("up", "down")
    return {
        "name": name,
        "route": row["route"],
        "exam": row["exam"],
        "gain": row["mean"],
        "low": row["shown_low"],
        "high": row["shown_high"],
        "look": ("up" if row["mean"] > 0 else "down") if sure or leaning(row) else "open",
        "sure": sure,
        "text": signed(row["mean"]),
        "mark": mark(row),
    }


def bounds(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of an axis for these gains.

    One unsteady gain must not flatten all others: beyond twice the largest gain an interval is cut.
    """
    ends = [row[name] for row in rows for name in ("mean", "shown_low", "shown_high") if row[name] is not None]
    bound = 2 * max([1.0, *(abs(row["mean"]) for row in rows)])
    low, high = max(-bound, min([0.0, *ends])), min(bound, max([0.0, *ends]))
    more = 0.03 * max(high - low, 1.0)
    return low - more, high + more


def _whiskers(
    data: alt.Chart, name: str, title: str | None, span: tuple[float, float], *, sort: Sequence[str] | None = None
) -> list[alt.Chart]:
    """Zero, whiskers and dots over the field `name`; a whisker that the axis cuts ends in an arrow."""
    labels = alt.Axis(domain=False, ticks=False, labelPadding=8, grid=False)
    y = alt.Y(f"{name}:N", sort=None if sort is None else list(sort), title=None, axis=labels)
    scale = alt.Scale(domain=list(span), nice=False)
    x = alt.X("gain:Q", title=title, scale=scale, axis=alt.Axis(labelExpr=SIGNED, tickCount=5, labelOverlap=True))
    kinds = alt.Scale(domain=["up", "down", "open"], range=[UP, DOWN, SOFT])
    colour = alt.Color("look:N", scale=kinds, legend=None)
    dot = data.mark_point(strokeWidth=1.4).encode(
        x=x,
        y=y,
        color=colour,
        fill=alt.Fill("look:N", scale=kinds, legend=None),
        fillOpacity=alt.condition("datum.sure || datum.look == 'open'", alt.value(1), alt.value(0)),
        size=alt.condition("datum.look == 'open'", alt.value(16), alt.value(52)),
    )
    known = data.transform_filter("isValid(datum.low)")
    whisker = known.transform_calculate(low=f"max(datum.low, {span[0]})", high=f"min(datum.high, {span[1]})")
    whisker = whisker.mark_rule(strokeWidth=1.3).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=colour)
    ends = [
        known.transform_filter(f"datum.{end} {beyond} {edge}")
        .mark_point(shape=f"triangle-{side}", size=26, filled=True, opacity=1)
        .encode(x=alt.XDatum(edge), y=y, color=colour)
        for end, beyond, edge, side in (("low", "<", span[0], "left"), ("high", ">", span[1], "right"))
    ]
    zero = data.mark_rule(color=SOFT, strokeWidth=0.7).encode(x=alt.datum(0))
    return [zero, whisker, *ends, dot]
