"""Sheets as Markdown: a pipe table, sure gains bold, a mark beside every judged number. Every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xstilts.findings.sheets.sheet import Cell, Sheet
from xstilts.findings.words import MARKS, SURE
from xstilts.signs import blanked


def markdown(sheet: Sheet) -> str:
    """A heading, the table, its legend and notes."""
    ends = [":--" if place < sheet.texts else "--:" for place in range(len(sheet.head))]
    lines = [f"**{escape(sheet.title)}**", "", _line(map(escape, sheet.head)), _line(ends)]
    lines += [_line(map(_cell, row)) for row in sheet.rows]
    legend = "; ".join(f"{MARKS[name]} {escape(text)}" for name, text in sheet.states.items())
    notes = [legend] if legend else []
    notes += [escape(note) for note in sheet.notes]
    return "\n".join([*lines, *(line for note in notes for line in ("", note))]) + "\n"


def escape(text: str) -> str:
    """Text that Markdown, and HTML in it, shows as it is."""
    plain = re.sub(r"([\\`*_{}\[\]#!|~])", r"\\\1", blanked(text))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    text = f"**{text}**" if cell.state in SURE else text
    return " ".join(part for part in (text, escape(cell.beside), MARKS.get(cell.state, "")) if part)
