"""What goes to the terminal: lines, tables, complaints. No text from outside is ever read as markup or control code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xstilts.errors import UnknownName
from xstilts.languages import language
from xstilts.signs import shown

WIDE = 160
"""Columns where nobody looks: output into a file or a pipe is not cut to a terminal's width."""

LAB = "The lab: its languages are invented, and no score says anything about one that somebody speaks."


def console(stream: TextIO | None = None) -> Console:
    """A console on standard output as it is now."""
    out = stream or sys.stdout
    return Console(file=out, highlight=False, width=None if out.isatty() else WIDE)


def plain(text: object) -> str:
    """Text in which every sign stands for itself: what comes from a file must not steer the terminal."""
    return shown(str(text))


def cell(value: object, style: str = "") -> Text:
    """A value as text that is shown as it is."""
    return value if isinstance(value, Text) else Text(plain(value), style=style)


def say(*parts: object, style: str = "", indent: int = 0) -> None:
    """Print a paragraph; a terminal wraps it, a file does not."""
    out = console()
    text = Text(" " * indent) + Text(" ").join([cell(part, style) for part in parts])
    out.print(text, soft_wrap=not out.is_terminal)


def own_up(languages: Iterable[str]) -> None:
    """Say that it is the lab, if any of the languages is invented."""
    if invented(languages):
        say(LAB, style="yellow")


def head(text: str) -> None:
    """Print a heading, with a line of air above it."""
    console().print()
    say(text, style="bold")


def gap() -> None:
    """An empty line."""
    console().print()


def command(*words: object) -> None:
    """Print something to type, unbroken, so that it can be copied. Words are quoted where a shell needs that."""
    show("  " + shlex.join(map(str, words)))


def show(line: str) -> None:
    """Print a line as it is, in the colour of what can be copied."""
    console().print(Text(plain(line), style="cyan"), soft_wrap=True)


def complain(wrong: str, way_out: str = "", *, kind: str = "Error: ") -> None:
    """One red line on stderr."""
    text = " ".join(f"{kind}{wrong} {way_out}".split())
    console(sys.stderr).print(Text(plain(text), style="red"), soft_wrap=True)


def warn(text: str) -> None:
    """One yellow line on stdout."""
    say(f"! {text}", style="yellow")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """Print a table. Columns named in `right` hold numbers."""
    console().print(grid(columns, rows, right=right))


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> Table:
    """The same as a thing to print."""
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    numbers = set(right)
    for name in columns:
        found.add_column(cell(name), justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        found.add_row(*(cell("" if value is None else value) for value in row))
    return found


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values; a pair without a value is left out."""
    found = Table(box=None, show_header=False, pad_edge=False)
    found.add_column(style="dim", no_wrap=True)
    found.add_column(overflow="fold")
    for name, value in pairs:
        if value not in ("", None):
            found.add_row(cell(name), cell(value))
    console().print(found)


def several(count: int, one: str, more: str = "") -> str:
    """`1 exam`, `3 exams`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def duration(seconds: float | None) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return "unknown"
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 2 else f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def invented(codes: Iterable[str]) -> bool:
    """Whether there is an invented language among these."""
    for code in codes:
        try:
            if language(code).invented:
                return True
        except UnknownName:
            continue
    return False
