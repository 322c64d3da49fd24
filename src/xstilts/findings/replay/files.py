"""A published table as a file: rows of text with their line numbers, and what a manifest beside it says of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from xstilts.errors import BadInput
from xstilts.files import content_hash

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

MOST = 500_000_000
"""Characters of a table that are read: a small archive must not fill the memory."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What `MANIFEST.json` in the table's folder says of it. Other entries are nobody's business here."""

    source: str = ""
    licence: str = ""
    key: tuple[str, ...] | None = None
    sha256: str = ""


def is_table(path: Path) -> bool:
    """Whether the file's name is that of a table."""
    return path.name.lower().endswith(ENDINGS)


def name_of(path: Path) -> str:
    """The file's name without what says how it is written."""
    lower = path.name.lower()
    return path.name[: -len(next((end for end in ENDINGS if lower.endswith(end)), ""))] or path.name


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the line that it ends on. Nothing is guessed: an empty cell is an empty text."""
    if not is_table(path):
        raise BadInput(f"{path} is no table.", way_out=f"Give a file that ends in {', '.join(ENDINGS)}, or a folder.")
    tab = "\t" if ".tsv" in path.name.lower() else ","
    rows = csv.reader(io.StringIO(_text(path), newline=""), delimiter=tab, strict=True)
    found = _numbered(rows, path)
    _, header = next(found, (0, []))
    header = [name.strip() for name in header]
    if not any(header):
        raise BadInput(f"{path} is empty.", way_out="Its first line must name the columns.")
    for place, name in enumerate(header, 1):
        if not name or header.index(name) < place - 1:
            wrong = f"has the column {name!r} twice" if name else f"has no name for column {place}"
            raise BadInput(f"{path}, line 1: the header {wrong}.", way_out="Give each column a name of its own.")
    body = []
    for line, cells in found:
        if len(cells) != len(header):
            raise BadInput(
                f"{path}, line {line}: {len(cells)} cells, but the header names {len(header)} columns.",
                way_out="Mend that line; a cell with a comma in it stands in quotes.",
            )
        body.append((line, cells))
    return header, body


def _numbered(rows: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in rows:
            if cells:
                yield rows.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadInput(f"{path}, line {rows.line_num}: {error}.", way_out="Mend that line.") from error


def _text(path: Path) -> str:
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
                text = file.read(MOST + 1)
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                text = file.read(MOST + 1)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.", way_out="Give a table, or a folder of tables.") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{path} cannot be read: {reason}.", way_out="Get the file again.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.", way_out="Save it as UTF-8.") from error
    if len(text) > MOST:
        raise BadInput(f"{path} holds more than {MOST:,} characters.", way_out="Cut it into several tables.")
    if "\0" in text:
        raise BadInput(f"{path} is not text.", way_out="Give a CSV or TSV file.")
    return text


def listed(path: Path) -> Listed:
    """The manifest's entry, once the file is what the manifest says; empty where there is none."""
    manifest = path.parent / "MANIFEST.json"
    try:
        files = json.loads(manifest.read_bytes())["files"]
        found = msgspec.convert(files[path.name], Listed)
    except (OSError, ValueError, KeyError, TypeError):
        # Many folders have a manifest of another kind: only one of this kind is believed.
        return Listed()
    if found.sha256 and found.sha256 != content_hash(path):
        raise BadInput(
            f"{path} is not the file that {manifest.name} lists: its SHA-256 differs.",
            way_out="Get the file again, or mend the manifest.",
        )
    return found
