"""CSV files that a spreadsheet may open: text from data that would be a formula there stays text.

A cell that begins with = + - @ or a tab is run as a formula by spreadsheets, and names come from anybody's tables.
Such a text gets an apostrophe in front, which is taken off when it is read here again; so does one that has
apostrophes before such a sign already, so that every text comes back as it was. Numbers stay numbers, also those that
stand in a text.
"""

from __future__ import annotations

import re

import polars as pl

STARTS = r"'*[=+\-@\t\r\n＝＋－＠]"
"""The wide forms too: some spreadsheets take them for the narrow ones."""
NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


def guarded(table: pl.DataFrame) -> pl.DataFrame:
    """The table as it is written: text that would be a formula has an apostrophe in front, column names too."""
    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(NUMBER)).then(text).otherwise(text.str.replace(f"^({STARTS})", "'$1"))
    return table.with_columns(safe).rename(lambda name: re.sub(f"^({STARTS})", r"'\1", name))


def unguarded(table: pl.DataFrame) -> pl.DataFrame:
    """The table as it was, of one that was read."""
    found = table.with_columns(pl.col(pl.String).str.replace(f"^'({STARTS})", "$1"))
    return found.rename(lambda name: re.sub(f"^'({STARTS})", r"\1", name))
