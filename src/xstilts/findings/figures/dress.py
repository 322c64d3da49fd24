"""What all figures share: the palette, one plain style, and the way to SVG, PDF and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from xstilts.errors import BadInput
from xstilts.files import write_atomic

UP, DOWN, INK, SOFT, LINE, PAPER, FAINT = "#0b7285", "#c2540a", "#1c2326", "#5f6b70", "#d5dadb", "#ffffff", "#f1f3f4"
"""The palette in daylight. The report replaces each with a CSS variable, so that a page in the dark has its own."""

SIGNED = "datum.value === 0 ? '0' : format(datum.value, '+~r')"

Spec = dict[str, Any]
"""A figure as Vega-Lite: plain values, checked by Altair."""

FONT = "Helvetica, Arial, sans-serif"


def svg(spec: Spec) -> str:
    """The figure as SVG text."""
    return str(vl_convert.vegalite_to_svg(spec))


def save_figure(spec: Spec, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write the figure as .svg, .pdf or .png, by the path's ending."""
    path = Path(path)
    if path.suffix == ".svg":
        write_atomic(path, svg(spec))
    elif path.suffix == ".png":
        write_atomic(path, vl_convert.vegalite_to_png(spec | {"background": PAPER}, scale=scale))
    elif path.suffix == ".pdf":
        write_atomic(path, vl_convert.vegalite_to_pdf(spec))
    else:
        raise BadInput(f"{path.name!r} says no known kind of figure.", way_out="End the name in .svg, .pdf or .png.")
    return path


def dressed(chart: alt.LayerChart | alt.FacetChart | alt.VConcatChart) -> Spec:
    """One plain style for every figure."""
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 12}
    axis = {"titleFontWeight": "normal", "titleFontSize": 12, "titlePadding": 8, "gridColor": LINE, "gridWidth": 0.6}
    plain = chart.configure(background="transparent", font=FONT).configure_view(stroke=None)
    spec: Spec = plain.configure_axis(**text, **axis).configure_axisY(labelColor=INK).to_dict()
    return spec
