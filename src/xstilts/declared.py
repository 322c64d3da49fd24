"""Declarations read strictly: an unknown key is refused and the nearest is named, a wrong type says where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from xstilts.errors import BadInput, XstiltsError, nearest

T = TypeVar("T")


def check_keys(
    table: Mapping[str, Any], known: Iterable[str], where: str, at: str = "", *, error: type[XstiltsError] = BadInput
) -> None:
    """Refuse a key that is not among `known`. `where` is the file, `at` the table in it."""
    names = list(dict.fromkeys(known))
    for key in table:
        if key not in names:
            close = nearest(key, names)
            way_out = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"Known: {', '.join(names)}."
            raise error(f"{where} has an unknown key {key!r}{f' in [{at}]' if at else ''}.", way_out=way_out)


def convert(value: Any, kind: type[T], where: str, at: str = "", *, error: type[XstiltsError] = BadInput) -> T:
    """The value as that type, or the error that says what stands where instead."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as wrong:
        what, _, path = str(wrong).partition(" - at `$")
        spot = ".".join(part for part in (at, path.rstrip("`").lstrip(".")) if part)
        raise error(f"{where}: {what[:1].lower()}{what[1:]}{f' at `{spot}`' if spot else ''}.") from wrong
