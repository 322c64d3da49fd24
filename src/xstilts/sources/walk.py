"""The tables inside a source, and the same source with its tables changed: for joined, held-out and either-or ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from xstilts.errors import BadInput
from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each, FirstOf, Joined
from xstilts.sources.table import Table


def leaves(source: Any) -> Iterator[Table | FirstOf]:
    """Every table, or choice between tables, that the source reads; none for one that reads no files."""
    match source:
        case Table() | FirstOf():
            yield source
        case Joined() | Each():
            for one in source.sources.values():
                yield from leaves(one)
        case HeldOut():
            yield from leaves(source.source)


def choices(leaf: Table | FirstOf) -> tuple[Table, ...]:
    """The tables that a leaf may read, the first choice first."""
    return leaf.tables if isinstance(leaf, FirstOf) else (leaf,)


def rewritten(source: Any, change: Callable[[Table], Table | None]) -> Any:
    """The source with every table changed; None takes one out of a choice, and the last of a choice is an error."""
    match source:
        case Table():
            return _some([source], change)[0]
        case FirstOf():
            tables = _some(source.tables, change)
            return tables[0] if len(tables) == 1 else FirstOf(tuple(tables))
        case Joined() | Each():
            return type(source)({name: rewritten(one, change) for name, one in source.sources.items()})
        case HeldOut():
            return replace(source, source=rewritten(source.source, change))
    return source


def _some(tables: Any, change: Callable[[Table], Table | None]) -> list[Table]:
    kept = [changed for one in tables if (changed := change(one)) is not None]
    if not kept:
        raise BadInput(f"No place has what is asked of {type(tables[0].place).__name__}.", way_out="Ask for another.")
    return kept
