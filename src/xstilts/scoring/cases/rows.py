"""Rows of a case's files: fields of the type that is wanted, ids that come once, gold and predictions side by side.

Whatever is wrong is said with the file and the line where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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

    def line(self, name: str) -> str:
        """A field that must be text on one line: in official files it is one, and another would shift what follows."""
        return self._one_line(name, self.text(name))

    def lines(self, name: str) -> list[str]:
        """A field that must be a list of such texts."""
        return [self._one_line(name, one) for one in self.texts(name)]

    def _one_line(self, name: str, found: str) -> str:
        if "\n" in found or "\r" in found:
            raise BadInput(f"{self.where}: {name!r} is more than one line: {_short(found)}.", way_out="Mend that line.")
        return found

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

    def number(self, name: str, *, finite: bool = True) -> float:
        """A field that must be a number."""
        value = self.any(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(name, "a number", value)
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if finite and not math.isfinite(found):
            raise self.wrong(name, "a finite number", value)
        return found

    def rows(self, name: str) -> list[Row]:
        """A field that must be a list of objects."""
        value = self.any(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list of objects", value)
        return [as_row(f"{self.where}, row {place}", one) for place, one in enumerate(value, start=1)]

    def wrong(self, name: str, expected: str, value: object, *, inside: bool = False) -> BadInput:
        """The error for a field of another type."""
        found = "null" if value is None else f"{type(value).__name__} {_short(value)}"
        return BadInput(
            f"{self.where}: {name!r} must be {expected}, but {'holds' if inside else 'it is'} {found}.",
            way_out="Mend that line.",
        )


def by_id(rows: Iterable[Row], *, lenient: bool, otherwise: str = "the last one counts") -> dict[str, Row]:
    """Rows by their id. An id that comes twice is refused, or with `lenient` the last row counts.

    `otherwise` is what the error says would come of --lenient.
    """
    found: dict[str, Row] = {}
    for row in rows:
        name = row.text("id")
        if name in found and not lenient:
            raise BadInput(
                f"{row.where}: the id {name!r} was there before, at {found[name].where}.",
                way_out=f"Keep one of the two rows, or add --lenient: then {otherwise}.",
            )
        found[name] = row
    return found


def side_by_side(gold: list[Row], predictions: list[Row], *, lenient: bool) -> list[tuple[Row, Row]]:
    """Gold and prediction of each example: as many of each, with single ids that agree where both have some."""
    if not lenient:
        for rows in (gold, predictions):
            single_ids(rows)
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


def single_ids(rows: Iterable[Row]) -> None:
    """Refuse ids that come twice, and rows without one among rows that have one."""
    before: dict[str | int, Row] = {}
    first: Row | None = None
    for row in rows:
        first = first or row
        if row.has("id") != first.has("id"):
            having, lacking = (row, first) if row.has("id") else (first, row)
            raise BadInput(
                f"{lacking.where}: there is no field 'id', but {having.where} has one.",
                way_out="Give every row an id, or none.",
            )
        if not row.has("id"):
            continue
        name = row.any("id")
        if not isinstance(name, str | int):
            raise row.wrong("id", "text or a whole number", name)
        if name in before:
            raise BadInput(
                f"{row.where}: the id {name!r} was there before, at {before[name].where}.",
                way_out="Keep one of the two rows, or add --lenient: then only their order counts.",
            )
        before[name] = row


def as_row(where: str, value: Any) -> Row:
    """A JSON value that must be an object."""
    if not isinstance(value, dict):
        raise BadInput(f"{where}: must be a JSON object, but is {type(value).__name__}.", way_out="Mend that line.")
    return Row(where, value)


def _short(value: object) -> str:
    shown = repr(value)
    return "" if value is None else shown if len(shown) <= 40 else shown[:39] + "…"
