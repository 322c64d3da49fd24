"""Sheets: gains as tables to read, one value for the terminal, LaTeX and Markdown alike.

    overview(gains(table), average_gains(table))   one row a route, one column an exam or average
    beside(gains(table))                           the same for the pivot: does the mean only follow it?
    detail(gains(table), "mnli", "xnli")           one row a language, with all there is to say of one route in one exam

`latex(sheet)` and `markdown(sheet)` are text for a paper or a page; everything in it is escaped.
"""

from xstilts.findings.sheets.latex import latex
from xstilts.findings.sheets.markdown import markdown
from xstilts.findings.sheets.sheet import ORACLE, Cell, Sheet, beside, by_an_oracle, detail, details, overview

__all__ = [
    "ORACLE",
    "Cell",
    "Sheet",
    "beside",
    "by_an_oracle",
    "detail",
    "details",
    "latex",
    "markdown",
    "overview",
]
