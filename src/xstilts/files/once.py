"""JSON whose fields come once: readers take the last of two, and which was meant nobody knows."""

from __future__ import annotations

from typing import Any


class Twice(ValueError):
    """A field that comes twice in one object, on its way out of the decoder."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} comes twice")
        self.name = name


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs: what `json.loads` asks for as `object_pairs_hook`."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Twice(next(name for name in names if names.count(name) > 1))
    return found
