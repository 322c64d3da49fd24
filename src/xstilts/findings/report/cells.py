"""What sections share: a verdict's mark, a cell's look, and a sheet as a table of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xstilts.findings.report.markup import Html, grid, join, listed, tag
from xstilts.findings.sheets.sheet import Cell, Sheet
from xstilts.findings.words import MARKS, MEANING, interval, signed, state

Row = Mapping[str, Any]

STRONGEST = 88
"""Per cent of the fill colour in the strongest sure cell, so that text on it stays readable."""

LOOKS = {"up": "up sure", "down": "down sure", "leaning up": "up lean", "leaning down": "down lean"}
"""State → classes. Full colour and bold type say *sure*, pale and a dashed edge *leans*; all else stays grey."""


def sign_of(name: str) -> Html:
    """A state's mark, with its meaning for those who cannot see it."""
    return tag(
        "span",
        MARKS[name],
        class_=f"mark {name.replace(' ', '-')}",
        title=MEANING[name],
        role="img",
        aria_label=name,
    )


def sign(row: Row) -> Html:
    """The mark of a row of gains."""
    return sign_of(state(row))


def look(row: Row) -> str:
    """The classes of a row's cell: certainty decides how loud it is, and only what is sure is loud."""
    return LOOKS.get(state(row), "open")


def strength(row: Row, most: float) -> str:
    """How strong the colour of a cell is, by size; `look` says whether there is any."""
    return f"--v:{round(STRONGEST * abs(row['mean']) / most)}"


def legend(states: set[str], *, sick: bool = False) -> Html:
    """What the looks and marks of some cells mean, each beside a swatch of its own."""
    told = [
        join([tag("span", "", class_=f"swatch {LOOKS.get(name, 'open')}"), MARKS[name], " ", text])
        for name, text in MEANING.items()
        if name in states
    ]
    return listed([*told, *(["† a run was not healthy, and is counted in"] if sick else [])], class_="legend")


def gain(row: Row | None) -> Html:
    """A gain with its interval and mark, for a cell of numbers."""
    if row is None:
        return tag("small", "no pair")
    return join([signed(row["mean"]), " ", tag("small", interval(row)), " ", sign(row)])


def sheet_table(sheet: Sheet) -> Html:
    """A sheet as a table."""
    table = grid(
        list(sheet.head), [[_field(cell) for cell in row] for row in sheet.rows], caption=sheet.title, texts=sheet.texts
    )
    return join([table, listed(sheet.notes, class_="legend") if sheet.notes else ""])


def _field(cell: Cell) -> Html:
    parts: list[str] = [tag("b", cell.text) if cell.state in ("up", "down") else cell.text]
    parts += [" ", tag("small", cell.beside)] if cell.beside else []
    parts += [" ", sign_of(cell.state)] if cell.state else []
    return join(parts)
