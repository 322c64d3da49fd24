"""Facts: every number and name that the report's own prose may use, by key. Prose is a template over them.

No sentence of the report has a number typed into it: a template names keys, the record keeps template, keys and text.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

import msgspec

from xstilts.findings.words import end, listing, signed

Facts = Mapping[str, Any]
"""Key (`best.mean`) → a number, a text, or a list of texts."""


class Said(msgspec.Struct, frozen=True):
    """One sentence of the report and where everything in it comes from."""

    text: str
    template: str
    keys: tuple[str, ...]


def say(template: str, facts: Facts) -> Said:
    """Fill a template. After a key stands how its value is written:

    `{best.mean:points}` +3.1 · `{best.low:end}` +0.0, with the sign of what it rounds · `{mde:plain}` 2.4 ·
    `{pairs:count pair,pairs}` 12 pairs · `{pairs:some}` 12 or none · `{spent:time}` 4 min ·
    `{exams:list}` a, b and c · `{why:clauses}` a; b; c · `{langs:these language,languages}` these 12 languages ·
    nothing: as it is.
    """
    keys = tuple(key for _, key, _, _ in Formatter().parse(template) if key)
    return Said(_Writer().vformat(template, (), facts), template, keys)


class _Writer(Formatter):
    """Keys with dots are whole keys, and the formats are the report's."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        kind, _, words = format_spec.partition(" ")
        match kind:
            case "points":
                return signed(value)
            case "end":
                return end(value)
            case "plain":
                return f"{value:.1f}"
            case "count":
                one, more = words.split(",")
                return f"{value:,} {one if value == 1 else more}" if value else f"no {more}"
            case "these":
                one, more = words.split(",")
                return f"this {one}" if value == 1 else f"these {value:,} {more}"
            case "some":
                return f"{value:,}" if value else "none"
            case "number":
                return f"{value:,}"
            case "time":
                return clock(value)
            case "list":
                return listing(value)
            case "clauses":
                return "; ".join(value)
            case "":
                return str(value)
        raise ValueError(f"unknown format {format_spec!r}")


def by_an_oracle(facts: Facts) -> str:
    """What stands in the heading of every table of scores, where an oracle chose weights; else nothing."""
    return " (oracle)" if facts["oracle"] else ""


def clock(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
