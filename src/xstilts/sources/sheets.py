"""Rows of CSV and TSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from xstilts.errors import BadInput
from xstilts.sources.found import Found, Row

LONGEST = 2**30
"""Characters of one cell: the reader's own limit is too small for a long document."""


def sheet(found: Found, text: str) -> Iterator[Row]:
    """Rows by column name. The first line names the columns unless the declaration does.

    A CSV file is quoted as spreadsheets do it. In a TSV file a quotation mark is a character like any other, as in the
    data sets that come so.
    """
    csv.field_size_limit(LONGEST)
    tabs = found.format == "tsv" or found.name.removesuffix(".gz").endswith(".tsv")
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines, strict=True)
    names = list(found.fields)
    line = 1
    try:
        for cells in reader:
            if not names:
                names = cells
                _check_names(names, found.name)
            elif cells:
                if len(cells) != len(names):
                    raise BadInput(
                        f"{found.name}, line {line}: {len(cells)} cells where there are {len(names)} columns.",
                        way_out="Quote cells that hold the separator, or write JSON lines.",
                    )
                yield Row(dict(zip(names, cells, strict=True)), found.name, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{found.name}, line {line}: {error}.", way_out="Mend that line.") from error


def _check_names(names: list[str], file: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{file} has the column {twice[0]!r} twice.", way_out="Rename one of them.")
