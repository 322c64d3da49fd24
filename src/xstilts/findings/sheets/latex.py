"""Sheets as LaTeX: booktabs, sure gains bold, marks for what is sure. Every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xstilts.findings.sheets.sheet import Cell, Sheet
from xstilts.findings.words import SURE
from xstilts.signs import blanked

ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "\N{MINUS SIGN}": "$-$", "±": r"$\pm$", "→": r"$\rightarrow$",
    "–": "--", "…": r"\dots{}", "†": r"\dag{}", "\N{NO-BREAK SPACE}": "~",
}  # fmt: skip
"""Whatever else is not ASCII stays as it is: today's LaTeX reads UTF-8."""

SIGNS = {
    "up": r"\ast", "small up": r"\ast\approx", "down": r"\ast", "small down": r"\ast\approx", "leaning up": r"\circ",
    "leaning down": r"\circ", "same": r"\approx", "unsure": "", "one seed": "?",
}  # fmt: skip
LEGEND = {
    r"\ast": "sure after correction",
    r"\circ": "not sure: the plain interval leaves out zero, the corrected one does not",
    r"\approx": "surely smaller than the margin, either way",
    "?": "one seed",
}


def latex(sheet: Sheet, *, label: str = "") -> str:
    """A table environment; it needs the package booktabs."""
    columns = "l" * sheet.texts + "r" * (len(sheet.head) - sheet.texts)
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(sheet.title)}}}",
        *([rf"\label{{{re.sub(r'[^A-Za-z0-9:.-]', '-', label)}}}"] if label else []),
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        _line(map(escape, sheet.head)),
        r"\midrule",
    ]
    for place, row in enumerate(sheet.rows):
        lines += [r"\midrule"] if place in sheet.breaks else []
        lines.append(_line(map(_cell, row)))
    lines += [r"\bottomrule", r"\end{tabular}"]
    used = [SIGNS[name] for name in sheet.states]
    held = "" if sheet.margin is None else f" of {sheet.margin:g}"
    told = {sign: text.replace("the margin", f"the margin{held}") for sign, text in LEGEND.items()}
    notes = [f"${{}}^{{{sign}}}$ {text}." for sign, text in told.items() if any(sign in one for one in used)]
    notes += map(escape, sheet.notes)
    lines += [rf"\par\smallskip\footnotesize {note}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def escape(text: str) -> str:
    """Text that LaTeX prints as it is. Control characters, line ends among them, become blanks."""
    return "".join(ESCAPES.get(sign, sign) for sign in blanked(text))


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.state:
        number = cell.text.replace("\N{MINUS SIGN}", "-")
        # Judged cells are numbers, and numbers alone may stand in mathematics without being escaped.
        number = number if re.fullmatch(r"[-+]?\d+(\.\d+)?", number) else rf"\mbox{{{text}}}"
        number = rf"\mathbf{{{number}}}" if cell.state in SURE else number
        text = f"${number}^{{{SIGNS[cell.state]}}}$" if SIGNS[cell.state] else f"${number}$"
    return rf"{text} {{\scriptsize {escape(cell.beside)}}}" if cell.beside else text
