"""What a case's expected.json tells the scorer beside the files, checked: a wrong value is an error with its name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from xstilts.errors import BadInput

Params = Mapping[str, Any]


def whole(params: Params, name: str, default: int) -> int:
    """A whole number from 1 on."""
    value = _given(params, name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _wrong(name, value, "a whole number from 1 on")
    return value


def number(params: Params, name: str, default: float) -> float:
    """A finite number."""
    value = _given(params, name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _wrong(name, value, "a number")
    return float(value)


def truth(params: Params, name: str) -> bool | None:
    """True, false, or None where nothing is said."""
    value = params.get(name)
    if value is not None and not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def one_of(params: Params, name: str, default: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """One of some words."""
    value = _given(params, name, default)
    if not isinstance(value, str) or value not in known:
        raise _wrong(name, value, f"one of {', '.join(known)}")
    return value


def _given(params: Params, name: str, default: object) -> object:
    value = params.get(name)
    return default if value is None else value


def _wrong(name: str, value: object, expected: str) -> BadInput:
    shown = repr(value)
    return BadInput(
        f"expected.json: the parameter {name} is {shown if len(shown) <= 40 else shown[:39] + '…'}.",
        way_out=f"Give {expected}, or leave it out.",
    )
