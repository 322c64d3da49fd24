"""Figures as Altair specs, from gains and the long table alone. One spec gives the report's SVG and a paper's PDF."""

from __future__ import annotations

from xstilts.findings.figures.distance import scores_by_distance
from xstilts.findings.figures.dress import save_figure, svg
from xstilts.findings.figures.forest import forest, language_forests
from xstilts.findings.figures.heat import heat_map

__all__ = ["forest", "heat_map", "language_forests", "save_figure", "scores_by_distance", "svg"]
