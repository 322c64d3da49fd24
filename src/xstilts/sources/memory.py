"""Readings kept in memory for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sized
from typing import Generic, Protocol, TypeVar

REMEMBERED = 400_000
"""Examples that are kept in memory, so that an exam that is sat and then scored is read and checked once."""


class Sizable(Protocol):
    """Something with examples."""

    @property
    def examples(self) -> Sized:
        """All of them."""
        ...


Kept = TypeVar("Kept", bound=Sizable)


class Memory(Generic[Kept]):
    """The readings of late, the oldest going first."""

    def __init__(self) -> None:
        self.kept: OrderedDict[str, Kept] = OrderedDict()

    def get(self, key: str) -> Kept | None:
        """The reading, if it is still there."""
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def keep(self, key: str, reading: Kept) -> Kept:
        """The reading itself; others go to make room."""
        self.kept[key] = reading
        while len(self.kept) > 1 and sum(len(one.examples) for one in self.kept.values()) > REMEMBERED:
            self.kept.popitem(last=False)
        return reading
