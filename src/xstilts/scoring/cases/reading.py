"""Reads what lies in a case's folder. Nothing in it is trusted: no pickles, no links that lead out, every type checked.

Whatever is wrong is said with the file and the line where it stands.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, or one row inside it, and where it stands."""

    where: str
    values: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self.values

    def any(self, name: str) -> Any:
        """The field, whatever it is."""
        if name not in self.values:
            there = ", ".join(repr(one) for one in list(self.values)[:8])
            raise BadInput(f"{self.where}: there is no field {name!r}.", way_out=f"Found: {there or 'nothing'}.")
        return self.values[name]

    def text(self, name: str) -> str:
        """A field that must be text."""
        value = self.any(name)
        if not isinstance(value, str):
            raise self.wrong(name, "text", value)
        return value

    def texts(self, name: str) -> list[str]:
        """A field that must be a list of text."""
        value = self.any(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list of text", value)
        for one in value:
            if not isinstance(one, str):
                raise self.wrong(name, "a list of text alone", one, inside=True)
        return value

    def integer(self, name: str) -> int:
        """A field that must be a whole number."""
        value = self.any(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(name, "a whole number", value)
        return value

    def number(self, name: str) -> float:
        """A field that must be a number; NaN is one."""
        value = self.any(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(name, "a number", value)
        return float(value)

    def rows(self, name: str) -> list[Row]:
        """A field that must be a list of objects."""
        value = self.any(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list of objects", value)
        return [_row(f"{self.where}, row {place}", one) for place, one in enumerate(value, start=1)]

    def wrong(self, name: str, expected: str, value: object, *, inside: bool = False) -> BadInput:
        """The error for a field of another type."""
        found = "null" if value is None else type(value).__name__
        return BadInput(
            f"{self.where}: {name!r} must be {expected}, but {'holds' if inside else 'it is'} {found} {_short(value)}.",
            way_out="Mend that line.",
        )


class Folder:
    """A case's folder, of which only files that really lie in it are read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.path / name).is_file()

    def bytes(self, name: str) -> bytes:
        """A whole file."""
        path = self._inside(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise BadInput(f"{name}: cannot be read ({error.strerror or error}).", way_out="Put it there.") from error

    def json(self, name: str) -> Any:
        """A file that is one JSON value."""
        return _decoded(self.bytes(name), name)

    def rows(self, name: str, *, blank: bool = False) -> list[Row]:
        """A file with one JSON object per line; empty lines are refused, or passed over with `blank`."""
        lines = self.bytes(name).split(b"\n")
        while lines and not lines[-1].strip():
            lines.pop()
        found = []
        for number, line in enumerate(lines, start=1):
            where = f"{name}:{number}"
            if not line.strip():
                if blank:
                    continue
                raise BadInput(f"{where}: the line is empty.", way_out="Remove it, or add --lenient.")
            found.append(_row(where, _decoded(line, where)))
        return found

    def vectors(self, name: str) -> NDArray[np.float32]:
        """A matrix of finite numbers, one row a vector."""
        path = self._inside(name)
        try:
            with path.open("rb") as file:
                _check_size(file, path.stat().st_size)
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError, SyntaxError, OverflowError) as error:
            raise BadInput(
                f"{name}: is no array that can be read ({_line(error)}).", way_out="Save it anew."
            ) from error
        if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind != "f":
            shape = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else "an archive"
            raise BadInput(
                f"{name}: must be a matrix of floats, but is {shape}.", way_out="Save float32 vectors in rows."
            )
        found = np.ascontiguousarray(found, dtype=np.float32)
        bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(bad):
            raise BadInput(
                f"{name}: row {bad[0]} holds NaN or infinity ({len(bad)} of {len(found)} rows do).",
                way_out="Look at what made these vectors.",
            )
        return found

    def _inside(self, name: str) -> Path:
        path = self.path / name
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise BadInput(
                f"{name}: is a link that leads out of the case's folder.", way_out="Put the file itself there."
            )
        return path


def by_id(rows: Iterable[Row], *, lenient: bool) -> dict[str, Row]:
    """Rows by their id. An id that comes twice is refused, or with `lenient` the last row counts."""
    found: dict[str, Row] = {}
    for row in rows:
        name = row.text("id")
        if name in found and not lenient:
            raise BadInput(
                f"{row.where}: the id {name!r} was there before, at {found[name].where}.",
                way_out="Keep one of the two rows, or add --lenient: then the last one counts.",
            )
        found[name] = row
    return found


def side_by_side(gold: list[Row], predictions: list[Row], *, lenient: bool) -> list[tuple[Row, Row]]:
    """Gold and prediction of each example. They must be as many, and where both have ids, these must agree."""
    if len(gold) != len(predictions):
        fewer, more = sorted((gold, predictions), key=len)
        odd = more[len(fewer)].where
        raise BadInput(
            f"{len(predictions)} predictions for {len(gold)} gold rows: {odd} has no counterpart.",
            way_out="Give one prediction for each gold row, in the same order.",
        )
    pairs = list(zip(gold, predictions, strict=True))
    if not lenient:
        for one, other in pairs:
            if one.has("id") and other.has("id") and one.any("id") != other.any("id"):
                raise BadInput(
                    f"{other.where}: the id is {other.any('id')!r}, but {one.where} has {one.any('id')!r}.",
                    way_out="Put the predictions into the order of the gold rows.",
                )
    return pairs


def _row(where: str, value: Any) -> Row:
    if not isinstance(value, dict):
        raise BadInput(f"{where}: must be a JSON object, but is {type(value).__name__}.", way_out="Mend that line.")
    return Row(where, value)


def _decoded(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{where}: is not UTF-8 ({error.reason} at byte {error.start}).", way_out="Save it anew."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: is not valid JSON ({_line(error)}).", way_out="Mend it.") from error


def _check_size(file: Any, size: int) -> None:
    """Refuse an array whose header promises more than the file holds, before memory is asked for."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read(file)
    if kind.hasobject:
        raise ValueError("it holds Python objects")
    if math.prod(shape) * kind.itemsize > size:
        raise ValueError("it is cut off")


def _line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__


def _short(value: object) -> str:
    shown = repr(value)
    return "" if value is None else shown if len(shown) <= 40 else shown[:39] + "…"
