"""Identity: what is written in a value → canonical bytes → a digest, the same in every process and on every machine.

Declarations (Task, Exam, Encoder, Recipe, seed) are hashed; circumstances (paths, devices, clocks) refuse to be.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from typing import Any

import msgspec

from xstilts.errors import XstiltsError


class NoStableForm(XstiltsError, TypeError):
    """A value that would not look the same in another process."""


class Written:
    """A value whose canonical form has been made: for what stands in many digests."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = _canonical(value, "")


def digest(value: Any, *, length: int = 16) -> str:
    """The first `length` hex digits (8 to 64) of the SHA-256 of the canonical form."""
    if not 8 <= length <= 64:
        raise ValueError(f"A digest has 8 to 64 digits, not {length}.")
    return hashlib.sha256(canonical(value)).hexdigest()[:length]


def canonical(value: Any) -> bytes:
    """Deterministic bytes: JSON with sorted keys, except that a struct carries its tag: `Recipe{"batch":32,…}`.

    Fields named in a struct's `__notes__` are left out, and so are those in its `__later__` that have their default: a
    setting can be added without making every old record another's. A value with a method `__identity__` is replaced by
    what that returns. A list equals a tuple and 2.0 equals 2, as they do to whoever wrote them down in TOML. Sets,
    bytes, paths, dataclasses, functions, NaN and all else raise NoStableForm, which names the place.
    """
    return _canonical(value, "").encode("ascii")


def _canonical(value: Any, place: str) -> str:
    if value is None or value is True or value is False:
        return json.dumps(value)
    kind = type(value)
    if kind is str or kind is int:
        return json.dumps(value)
    if kind is float:
        return _number(value, place)
    if kind is Written:
        return str(value.text)
    if hasattr(kind, "__identity__"):
        return _canonical(value.__identity__(), place)
    if isinstance(value, msgspec.Struct):
        return _struct(value, place)
    if kind is list or kind is tuple:
        return "[" + ",".join(_canonical(item, f"{place}[{i}]") for i, item in enumerate(value)) + "]"
    if kind is dict:
        return _object(value, place)
    raise NoStableForm(
        f"{_named(place)} is of type {kind.__module__}.{kind.__qualname__}, which has no stable form.",
        way_out="Use structs, strings, numbers, lists and dicts, or give the class a method __identity__.",
    )


def _number(value: float, place: str) -> str:
    if not math.isfinite(value):
        raise NoStableForm(f"{_named(place)} is {value}.", way_out="Only finite numbers bear identity.")
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _struct(value: msgspec.Struct, place: str) -> str:
    tag = value.__struct_config__.tag
    notes: tuple[str, ...] = getattr(type(value), "__notes__", ())
    fields = {name: getattr(value, name) for name in value.__struct_fields__ if name not in notes}
    for name, default in _later(type(value)):
        if fields[name] == default:
            del fields[name]
    return f"{type(value).__name__ if tag is None else tag}{_object(fields, place)}"


@cache
def _later(kind: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    """The fields that came after the first records, and their defaults."""
    names: tuple[str, ...] = getattr(kind, "__later__", ())
    return [
        # An empty list or dict is a default that is made anew each time.
        (field.name, field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory())
        for field in msgspec.structs.fields(kind)
        if field.name in names
    ]


def _object(items: dict[Any, Any], place: str) -> str:
    for key in items:
        if type(key) is not str:
            raise NoStableForm(f"{_named(place)} has the key {key!r}.", way_out="Keys must be plain strings.")
    pairs = (f"{json.dumps(key)}:{_canonical(items[key], f'{place}.{key}' if place else key)}" for key in sorted(items))
    return "{" + ",".join(pairs) + "}"


def _named(place: str) -> str:
    return repr(place) if place else "The value"
