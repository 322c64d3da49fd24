"""Figures as Altair specs, from gains and the long table alone. One spec gives the report's SVG and a README's PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import vl_convert

from xstilts.errors import BadInput
from xstilts.files import write_atomic
from xstilts.findings.gains import in_order, zero_shot
from xstilts.findings.words import interval, mark, signed, state

UP, DOWN, INK, SOFT, LINE, PAPER = "#0b7285", "#c2540a", "#1c2326", "#5f6b70", "#d5dadb", "#ffffff"
"""The palette in daylight. The report replaces each with a CSS variable, so that a page in the dark has its own."""

SIGNED = "datum.value === 0 ? '0' : format(datum.value, '+~r')"

WIDTH = 178
"""Of the bars. Names at their left and marks at their right are added to it."""

FOREST = 320
"""Of a forest plot's axis."""

Spec = dict[str, Any]
"""A figure as Vega-Lite: plain values, checked by Altair."""

FONT = "Helvetica, Arial, sans-serif"


def heat_map(found: pl.DataFrame) -> Spec:
    """Zero-shot gains, route by exam: colour, number, interval and mark in every cell."""
    cells = list(zero_shot(found).iter_rows(named=True))
    most = max((abs(row["mean"]) for row in cells), default=0) or 1
    values = [
        {
            "route": row["route"],
            "exam": row["exam"],
            "gain": row["mean"],
            "text": signed(row["mean"]),
            "mark": mark(row),
            "interval": interval(row),
            "strong": abs(row["mean"]) > 0.55 * most,
        }
        for row in cells
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("exam:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("route:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=10)),
    )
    colour = alt.Scale(domain=[-most, 0, most], range=[DOWN, PAPER, UP], interpolate="lab")
    ink = alt.condition("datum.strong", alt.value(PAPER), alt.value(INK))
    layers = [
        base.mark_rect(stroke=PAPER, strokeWidth=3).encode(color=alt.Color("gain:Q", scale=colour, legend=None)),
        base.mark_text(fontSize=15, fontWeight=600, dy=-7).encode(text="text:N", color=ink),
        base.mark_text(fontSize=12, align="left", dx=24, dy=-7).encode(text="mark:N", color=ink),
        base.mark_text(fontSize=11, dy=11).encode(text="interval:N", color=ink),
    ]
    exams, routes = (len(in_order(row[key] for row in cells)) for key in ("exam", "route"))
    return _dressed(alt.layer(*layers).properties(width=max(1, exams) * 132, height=max(1, routes) * 58))


def language_bars(
    rows: Sequence[Mapping[str, Any]], languages: Sequence[str], pivot: str | None, span: tuple[float, float]
) -> Spec:
    """One route in one exam: each language's gain with its interval, in the given order, the pivot apart below."""
    shown = {lang: lang for lang in languages} | ({pivot: f"{pivot} (pivot)"} if pivot else {})
    order = (*languages, *((" ", shown[pivot]) if pivot else ()))
    values = [
        {
            "lang": shown[row["lang"]],
            "gain": row["mean"],
            "low": row["shown_low"],
            "high": row["shown_high"],
            "way": "up" if row["mean"] > 0 else "down",
            "sure": row["verdict"] in ("up", "down"),
            "mark": mark(row),
            "tip": f"{row['lang']}: {signed(row['mean'])} ({interval(row)}), {state(row)}",
        }
        for row in rows
        if row["lang"] in shown
    ]
    return _bars(order, span) | {"datasets": {"gains": values, "zero": [{"gain": 0}]}}


@lru_cache
def _bars(order: tuple[str, ...], span: tuple[float, float]) -> Spec:
    """The bars without their data. Altair checks a spec slowly, and the routes of an exam share this one."""
    y = alt.Y("lang:N", sort=None, scale=alt.Scale(domain=order, paddingInner=0.34), title=None)
    # Pages draw labels in their reader's font, which may be wider than the one that is measured here.
    room = min(150, 7.4 * max((len(name) for name in order), default=0)) + 8
    y = y.axis(domain=False, ticks=False, labelPadding=8, labelLimit=150, grid=False, minExtent=room)
    x = alt.X("gain:Q", scale=alt.Scale(domain=list(span), nice=False), title=None)
    x = x.axis(tickCount=5, domain=False, ticks=False, labelExpr=SIGNED, zindex=0, labelFlush=False)
    data = alt.Chart(alt.NamedData(name="gains"))
    way = alt.Scale(domain=["up", "down"], range=[UP, DOWN])
    bar = data.mark_bar(strokeWidth=1).encode(
        x=x,
        y=y,
        color=alt.Color("way:N", scale=way, legend=None),
        stroke=alt.Stroke("way:N", scale=way, legend=None),
        fillOpacity=alt.condition("datum.sure", alt.value(0.85), alt.value(0.2)),
        description="tip:N",
    )
    whisker = data.transform_filter("isValid(datum.low)").mark_rule(color=INK, strokeWidth=1.2, aria=False)
    # Where the axis was cut to keep one unsteady language from flattening the rest, its whisker stops at the edge.
    whisker = whisker.transform_calculate(low=f"max(datum.low, {span[0]})", high=f"min(datum.high, {span[1]})")
    whisker = whisker.encode(x="low:Q", x2="high:Q", y=y)
    zero = alt.Chart(alt.NamedData(name="zero")).mark_rule(color=SOFT, strokeWidth=1, aria=False).encode(x="gain:Q")
    signs = data.mark_text(align="left", fontSize=11, color=INK, aria=False)
    signs = signs.encode(x=alt.value(WIDTH + 6), y=y, text="mark:N")
    return _dressed(alt.layer(bar, zero, whisker, signs).properties(width=WIDTH, height=alt.Step(19)))


def forest(found: pl.DataFrame) -> Spec:
    """Every zero-shot gain with its interval, exam by exam: the whole study in one figure for a paper."""
    values = [
        {
            "route": row["route"],
            "exam": row["exam"],
            "gain": row["mean"],
            "low": row["low"],
            "high": row["high"],
            "way": "up" if row["mean"] > 0 else "down",
            "sure": row["verdict"] in ("up", "down"),
            "text": f"{signed(row['mean'])} {mark(row)}",
        }
        for row in zero_shot(found).iter_rows(named=True)
    ]
    data = alt.Chart()
    y = alt.Y("route:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8, grid=False))
    title = "zero-shot gain in points, plain 95% interval over seeds (filled: sure after correction)"
    x = alt.X("gain:Q", title=title, axis=alt.Axis(labelExpr=SIGNED, tickCount=6, labelOverlap=True))
    way = alt.Color("way:N", scale=alt.Scale(domain=["up", "down"], range=[UP, DOWN]), legend=None)
    dot = data.mark_point(size=52, strokeWidth=1.4).encode(
        x=x, y=y, color=way, fill=way, fillOpacity=alt.condition("datum.sure", alt.value(1), alt.value(0))
    )
    whisker = (
        data.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.3)
        .encode(x="low:Q", x2="high:Q", y=y, color=way)
    )
    zero = data.mark_rule(color=SOFT, strokeWidth=0.7).encode(x=alt.datum(0))
    told = data.mark_text(align="left", fontSize=11, color=INK).encode(x=alt.value(FOREST + 8), y=y, text="text:N")
    row = alt.Row(
        "exam:N",
        sort=in_order(row["exam"] for row in values),
        title=None,
        header=alt.Header(labelAngle=0, labelAnchor="start", labelOrient="top", labelFontWeight="bold", labelPadding=2),
    )
    chart = alt.layer(zero, whisker, dot, told, data=alt.InlineData(values=values))
    return _dressed(chart.properties(width=FOREST, height=alt.Step(20)).facet(row=row, spacing=14))


def scores_by_distance(table: pl.DataFrame, exam: str, distances: Mapping[str, float], *, baseline: str) -> Spec | None:
    """Scores in one exam against the languages' distance to the pivot: a ring without the stage, a triangle with it.

    None when fewer than two distances are known.
    """
    rows = table.filter((pl.col("exam") == exam) & pl.col("main") & pl.col("value").is_finite().fill_null(False))
    mean = rows.group_by("route", "lang", maintain_order=True).agg(pl.col("value").mean())
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
    return _dressed(alt.layer(stems, points).properties(width=250, height=190))


def svg(spec: Spec) -> str:
    """The figure as SVG text."""
    return str(vl_convert.vegalite_to_svg(spec))


def save_figure(spec: Spec, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write the figure as .svg, .pdf or .png, by the path's ending."""
    path = Path(path)
    if path.suffix == ".svg":
        write_atomic(path, svg(spec))
    elif path.suffix == ".png":
        write_atomic(path, vl_convert.vegalite_to_png(spec, scale=scale))
    elif path.suffix == ".pdf":
        write_atomic(path, vl_convert.vegalite_to_pdf(spec))
    else:
        raise BadInput(f"{path.name!r} says no known kind of figure.", way_out="End the name in .svg, .pdf or .png.")
    return path


def _dressed(chart: alt.LayerChart | alt.FacetChart) -> Spec:
    """One plain style for every figure."""
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 12}
    axis = {"titleFontWeight": "normal", "titleFontSize": 12, "titlePadding": 8, "gridColor": LINE, "gridWidth": 0.6}
    dressed = chart.configure(background="transparent", font=FONT).configure_view(stroke=None)
    spec: Spec = dressed.configure_axis(**text, **axis).configure_axisY(labelColor=INK).to_dict()
    return spec
