"""Values of a row: by column, by a path into nested columns, or put together by a template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xstilts.errors import BadInput, nearest

NAMED = re.compile(r"{([^{}]+)}")


def value(values: Mapping[str, Any], column: str) -> Any:
    """What stands in a column; `answers.text` goes into a nested one, and through a list of nested ones."""
    found: Any = values
    if column in values:
        return values[column]
    for step in column.split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and found and all(isinstance(one, Mapping) and step in one for one in found):
            found = [one[step] for one in found]
        elif found is None or (isinstance(found, list) and not found):
            return found
        else:
            raise _missing(values, column)
    return found


def text(values: Mapping[str, Any], what: str) -> Any:
    """A column, or a template with columns in braces such as `{premise} What was the cause?`.

    A column's value is given back as it is, for the form to check.
    """
    if "{" not in what:
        return value(values, what)
    return _filled(values, what, {name: value(values, name) for name in NAMED.findall(what)})


def texts(values: Mapping[str, Any], what: str) -> list[Any]:
    """As `text`, except that a column that holds a list makes one text for each of its items."""
    parts = {name: value(values, name) for name in NAMED.findall(what)} if "{" in what else {what: value(values, what)}
    many = {name: part for name, part in parts.items() if isinstance(part, list)}
    lengths = {len(part) for part in many.values()}
    if len(lengths) > 1:
        raise BadInput(f"{' and '.join(many)} have different numbers of items.", field=what)
    if "{" not in what:
        return list(many[what]) if many else [parts[what]]
    if not many:
        return [_filled(values, what, parts)]
    return [
        _filled(values, what, parts | {name: part[place] for name, part in many.items()})
        for place in range(lengths.pop())
    ]


def _filled(values: Mapping[str, Any], template: str, parts: Mapping[str, Any]) -> str:
    for name, part in parts.items():
        if not isinstance(part, str):
            raise BadInput(f"{name} must be text, not {type(part).__name__}.", field=name)
    # Spaces that an empty piece leaves at either end are none of the data's.
    return NAMED.sub(lambda match: parts[match[1]], template).strip()


def plain(found: Any) -> str:
    """A value as one would write it: true, 3, B-PER."""
    return ("false", "true")[found] if isinstance(found, bool) else str(found)


def label(
    found: Any, labels: Sequence[str], numbers: Sequence[str], spelt: Mapping[str, str], field: str = "label"
) -> str:
    """The form's label for a value: spelt otherwise, by its own name, or by its number among `numbers`."""
    given = plain(found)
    if given in spelt:
        return spelt[given]
    if isinstance(found, str | bool) and given in labels:
        return given
    names = numbers or labels
    if given.isascii() and given.isdigit() and int(given) < len(names):
        return names[int(given)]
    close = nearest(given, labels)
    shown = ", ".join(labels[:12]) + (", …" if len(labels) > 12 else "")
    raise BadInput(
        f"{field} is {found!r}, which is not among the labels.",
        way_out=f"Did you mean {close[0]!r}?" if close else f"Known: {shown}, or a number from 0 to {len(names) - 1}.",
        field=field,
    )


def identifier(values: Mapping[str, Any], column: str, number: int) -> str:
    """What a row is called: the value of its column of ids, or its number from 1 where there is no such column."""
    if not column:
        return str(number)
    found = value(values, column)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise BadInput(f"{column} must be text or a whole number, not {type(found).__name__}.", field="id")
    return str(found)


def listed(found: Any, column: str) -> list[Any]:
    """A list; nothing for None, one item for a single value."""
    if found is None:
        return []
    if isinstance(found, Mapping):
        raise BadInput(f"{column} must be a list, not {type(found).__name__}.", field=column)
    return list(found) if isinstance(found, list | tuple) else [found]


def _missing(values: Mapping[str, Any], column: str) -> BadInput:
    close = nearest(column, values)
    way_out = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(map(str, values))}."
    return BadInput(f"there is no column {column!r}.", way_out=way_out, field=column)
