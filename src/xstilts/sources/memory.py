"""Readings kept in memory for a while, and for longer how many rows they were of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sized
from typing import Generic, NamedTuple, Protocol, TypeVar

REMEMBERED = 400_000
"""Examples that are kept in memory, so that an exam that is sat and then scored is read and checked once."""


class Tally(NamedTuple):
    """The numbers of a reading."""

    rows: int
    examples: int
    dropped: dict[str, int]
    repaired: dict[str, int]


class Reading(Protocol):
    """What is kept: examples, and what had to be done to get them."""

    @property
    def examples(self) -> Sized:
        """All of them."""
        ...

    @property
    def rows(self) -> int:
        """Rows in the files."""
        ...

    @property
    def dropped(self) -> Mapping[str, int]:
        """Rows left out, by the field that is wrong."""
        ...

    @property
    def repaired(self) -> Mapping[str, int]:
        """Rows mended."""
        ...


Kept = TypeVar("Kept", bound=Reading)


class Memory(Generic[Kept]):
    """The readings of late, the oldest going first; their numbers stay."""

    def __init__(self) -> None:
        self.kept: OrderedDict[str, Kept] = OrderedDict()
        self.tallies: dict[str, Tally] = {}

    def get(self, key: str) -> Kept | None:
        """The reading, if it is still there."""
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def keep(self, key: str, reading: Kept) -> Kept:
        """The reading itself; others go to make room."""
        self.kept[key] = reading
        self.tallies[key] = Tally(reading.rows, len(reading.examples), dict(reading.dropped), dict(reading.repaired))
        while len(self.kept) > 1 and sum(len(one.examples) for one in self.kept.values()) > REMEMBERED:
            self.kept.popitem(last=False)
        return reading
