"""Declarations read strictly: an unknown key is refused and the nearest is named, a wrong type says where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from xstilts.errors import BadInput, XstiltsError, nearest

T = TypeVar("T")


def check_keys(
    table: Mapping[str, Any], known: Iterable[str], where: str, at: str = "", *, error: type[XstiltsError] = BadInput
) -> None:
    """Refuse a key that is not among `known`. `where` is the file, `at` the table in it."""
    names = list(dict.fromkeys(known))
    for key in table:
        if key not in names:
            raise error(f"{where} has an unknown key {key!r}{f' in [{at}]' if at else ''}.", way_out=_meant(key, names))


def convert(value: Any, kind: type[T], where: str, at: str = "", *, error: type[XstiltsError] = BadInput) -> T:
    """The value as that type, or the error that says what stands where instead."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as wrong:
        what, _, path = str(wrong).partition(" - at `$")
        spot = ".".join(part for part in (at, path.rstrip("`").lstrip(".")) if part)
        word = re.fullmatch(r"Invalid enum value '(.*)'", what)
        words = dict.fromkeys(_words(inspect.type_info(kind), re.findall(r"\w+|\[", path))) if word else ()
        raise error(
            f"{where}: {what[:1].lower()}{what[1:]}{f' at `{spot}`' if spot else ''}.",
            way_out=_meant(word[1], list(words)) if word and words else "",
        ) from wrong


def _meant(name: str, names: list[str]) -> str:
    close = nearest(name, names)
    return f"Did you mean {' or '.join(map(repr, close))}?" if close else f"Known: {', '.join(names)}."


def _words(kind: inspect.Type, path: list[str]) -> Iterator[str]:
    """The words of which one may stand at that place of a type; none where something else does."""
    match kind:
        case inspect.UnionType():
            for one in kind.types:
                yield from _words(one, path)
        case inspect.LiteralType() if not path:
            yield from map(str, kind.values)
        case inspect.StructType() if path:
            for field in kind.fields:
                if field.encode_name == path[0]:
                    yield from _words(field.type, path[1:])
        case inspect.DictType() if path:
            yield from _words(kind.value_type, path[1:])
