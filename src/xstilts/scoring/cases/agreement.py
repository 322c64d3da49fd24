"""Whether what was computed is what was expected. Nothing here can change what is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from xstilts.errors import BadInput
from xstilts.scoring.cases.pairs import Scored

TOLERANCE = 1e-6
_NO_SHARES = ("thresh", "total", "n_counted")
"""Parts of names of metrics that are no share of anything, so that they have no percent."""


def disagreement(expected: Mapping[str, Any], scored: Scored | None) -> str:
    """Why a case does not agree with its expectation; empty: it does. `scored` is None where scoring was refused."""
    accept = expected.get("accept", ["value"])
    accept = [accept] if isinstance(accept, str) else accept
    if not isinstance(accept, list) or not accept or any(one not in ("value", "error") for one in accept):
        raise BadInput("expected.json: 'accept' must be 'value' or 'error'.", way_out="Mend it.")
    if scored is None:
        return "" if "error" in accept else "scores were expected"
    if "value" not in accept:
        return "a refusal was expected"
    tolerance = expected.get("tolerance", TOLERANCE)
    if not isinstance(tolerance, int | float) or isinstance(tolerance, bool):
        raise BadInput("expected.json: 'tolerance' must be a number.", way_out="Mend it.")
    if not _mapping(expected, "metrics") and "error" not in accept:
        raise BadInput("expected.json has no 'metrics' to agree with.", way_out="Give them, or leave the file out.")
    found = _scaled(scored.metrics, scored.scale, str(expected.get("scale", scored.scale)))
    why = _differs(_mapping(expected, "metrics"), found, float(tolerance))
    if why:
        others = _mapping(expected, "alternatives")
        if any(isinstance(one, dict) and one and not _differs(one, found, float(tolerance)) for one in others.values()):
            return ""
        ranges = _mapping(expected, "tie_range")
        return why if _outside(ranges, _mapping(expected, "metrics"), found, float(tolerance)) else ""
    items = _mapping(expected, "items")
    if not items or not scored.items:
        return ""
    return _differs(
        items, _scaled(scored.items, scored.scale, str(expected.get("scale", scored.scale))), float(tolerance)
    )


def _mapping(expected: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = expected.get(name) or {}
    if not isinstance(found, dict):
        raise BadInput(f"expected.json: {name!r} must be an object.", way_out="Mend it.")
    return found


def _differs(expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: float, where: str = "") -> str:
    """The first difference, in words. More than was expected may be there, except in `overall`: it names wholes."""
    for name, wanted in expected.items():
        label = f"{where}{name}"
        if name not in found:
            return f"{label} is missing"
        value = found[name]
        if isinstance(wanted, dict):
            why = (
                _differs(wanted, value, tolerance, f"{label}.")
                if isinstance(value, Mapping)
                else f"{label} is a number"
            )
            if why:
                return why
        elif not _close(wanted, value, tolerance):
            return f"{label} is {_shown(value)}, expected {_shown(wanted)}"
    extra = [name for name in found if name not in expected] if where == "overall." else []
    return f"overall.{extra[0]} was not expected" if extra else ""


def _close(wanted: Any, value: Any, tolerance: float) -> bool:
    nothing = [one is None or (isinstance(one, float) and math.isnan(one)) for one in (wanted, value)]
    if any(nothing):
        # JSON has no NaN, so it may be written as null.
        return all(nothing)
    if not isinstance(wanted, int | float) or not isinstance(value, int | float):
        return bool(wanted == value)
    return wanted == value or abs(wanted - value) <= tolerance


def _outside(
    ranges: Mapping[str, Any], expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: float
) -> bool:
    """Whether a metric lies outside the range that ties allow it; one without a range must be as expected."""
    if not ranges:
        return True
    for name, wanted in expected.items():
        value = found.get(name)
        span = ranges.get(name)
        if isinstance(span, list) and len(span) == 2 and isinstance(value, int | float):
            if not span[0] - tolerance <= value <= span[1] + tolerance:
                return True
        elif not _close(wanted, value, tolerance):
            return True
    return False


def _scaled(values: Mapping[str, Any], scale: str, wanted: str) -> Mapping[str, Any]:
    """Numbers in the scale of the expectation."""
    if scale == wanted:
        return values
    factor = {("percent", "fraction"): 0.01, ("fraction", "percent"): 100.0}.get((scale, wanted))
    if factor is None:
        raise BadInput(f"expected.json: there is no scale {wanted!r}.", way_out="Write percent or fraction.")
    return {name: _times(value, factor, name) for name, value in values.items()}


def _times(value: Any, factor: float, name: str) -> Any:
    if isinstance(value, Mapping):
        return {inner: _times(one, factor, inner) for inner, one in value.items()}
    return value if value is None or any(part in name for part in _NO_SHARES) else value * factor


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
