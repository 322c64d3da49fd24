"""The heat map as a figure: colour and weight say how sure a gain is before they say how large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import polars as pl

from xstilts.findings.figures.dress import DOWN, FAINT, INK, PAPER, SOFT, UP, Spec, dressed
from xstilts.findings.gains import in_order, leaning, zero_shot
from xstilts.findings.words import MARKS, interval, mark, signed, state

WAY = alt.condition("datum.way === 'up'", alt.value(UP), alt.value(DOWN))
PALE: dict[str, Any] = {"fillOpacity": 0.14, "strokeWidth": 1.3, "strokeDash": [5, 3]}

LOOKS = {
    "up": "bold on full colour: a sure gain, after correction",
    "down": "bold on full colour: a sure loss, after correction",
    "leaning up": "pale, dashed edge: leans up, not sure once corrected",
    "leaning down": "pale, dashed edge: leans down, not sure once corrected",
    "same": "grey: no difference that matters, smaller than the margin",
    "unsure": "grey: unsure",
    "one seed": "grey: one seed or none, nothing to judge by",
}
"""What a heat map's legend says beside each mark."""


def heat_map(found: pl.DataFrame, averages: pl.DataFrame | None = None) -> Spec:
    """Zero-shot gains, route by exam, and averages over exams: colour and weight say how sure, then how large."""
    parts = [zero_shot(found), *([] if averages is None else [averages])]
    cells = [row for part in parts for row in part.iter_rows(named=True)]
    most = max((abs(row["mean"]) for row in cells), default=0) or 1
    values = [
        {
            "route": row["route"],
            "exam": row["exam"],
            "gain": row["mean"],
            "text": signed(row["mean"]),
            "mark": mark(row),
            "interval": interval(row),
            "way": "up" if row["mean"] > 0 else "down",
            "sure": row["verdict"] in ("up", "down"),
            "lean": leaning(row),
            "strong": row["verdict"] in ("up", "down") and abs(row["mean"]) > 0.4 * most,
        }
        for row in cells
    ]
    exams, routes = (in_order(row[key] for row in cells) for key in ("exam", "route"))
    top = alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False, grid=False)
    # Every layer has a filter of its own, so the order is said and not left to the first.
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("exam:N", sort=exams, title=None, axis=top),
        y=alt.Y(
            "route:N", sort=routes, title=None, axis=alt.Axis(domain=False, ticks=False, grid=False, labelPadding=10)
        ),
    )
    ink = alt.condition("datum.strong", alt.value(PAPER), alt.value(INK))
    # Grey, dashed or full: three layers, because neither dashes nor weight can follow the data in one.
    box: dict[str, Any] = {"width": {"band": 0.97}, "height": {"band": 0.94}}
    grey = base.transform_filter("!datum.sure && !datum.lean").mark_rect(fill=FAINT, **box)
    pale = base.transform_filter("datum.lean").mark_rect(**PALE, **box)
    size = alt.Scale(domain=[0, most], range=[0.3, 1])
    strength = alt.FillOpacity("size:Q", scale=size, legend=None)
    full = base.transform_filter("datum.sure").transform_calculate(size="abs(datum.gain)").mark_rect(**box)
    bold = base.transform_filter("datum.sure").mark_text(fontSize=15, fontWeight=700, dy=-7)
    thin = base.transform_filter("!datum.sure").mark_text(fontSize=15, fontWeight=400, dy=-7)
    # The mark apart from the number: few fonts have all of its signs, and none should change the digits' font.
    sign = base.mark_text(fontSize=12, align="left", dx=27, dy=-7)
    layers = [
        grey,
        pale.encode(fill=WAY, stroke=WAY),
        full.encode(fill=WAY, fillOpacity=strength),
        *(text.encode(text="text:N", color=ink) for text in (bold, thin)),
        sign.encode(text="mark:N", color=ink),
        base.mark_text(fontSize=11, dy=11).encode(text="interval:N", color=ink),
    ]
    map_ = alt.layer(*layers).properties(width=max(1, len(exams)) * 132, height=max(1, len(routes)) * 58)
    return dressed(alt.vconcat(map_, _legend(cells), spacing=14))


def _legend(rows: Iterable[Mapping[str, Any]]) -> alt.LayerChart | alt.FacetChart:
    """A line for each look that occurs: a swatch, the mark and what they say; then what the small numbers are."""
    there = {state(row) for row in rows}
    told = [(MARKS[name], text, name) for name, text in LOOKS.items() if name in there]
    told.append(("", "Below each gain: its interval over seeds, corrected as its verdict is.", "note"))
    values = [
        {
            "line": line,
            "mark": sign,
            "text": text,
            "way": "down" if "down" in name else "up",
            "sure": name in ("up", "down"),
            "lean": name.startswith("leaning"),
            "note": name == "note",
        }
        for line, (sign, text, name) in enumerate(told)
    ]
    y = alt.Y("line:O", axis=None, scale=alt.Scale(domain=list(range(len(values)))))
    base = alt.Chart(alt.InlineData(values=values)).encode(y=y)
    box: dict[str, Any] = {"width": 24, "height": 12}
    at = {"x": alt.value(12)}
    grey = base.transform_filter("!datum.sure && !datum.lean && !datum.note").mark_rect(fill=FAINT, **box)
    pale = base.transform_filter("datum.lean").mark_rect(**PALE, **box)
    full = base.transform_filter("datum.sure").mark_rect(**box)
    layers = [
        grey.encode(**at),
        pale.encode(**at, fill=WAY, stroke=WAY),
        full.encode(**at, fill=WAY),
        base.mark_text(fontSize=12, color=INK).encode(x=alt.value(36), text="mark:N"),
        base.mark_text(fontSize=12, color=SOFT, align="left").encode(x=alt.value(48), text="text:N"),
    ]
    return alt.layer(*layers).properties(height=alt.Step(19), width=420)
