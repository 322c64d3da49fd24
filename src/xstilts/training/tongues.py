"""Examples of several languages as one feed: every pass gives each language its share, and in time every example.

A pass has as many examples as there are in all. A language with a larger share than size comes round more than once in
it; one with a smaller share goes on in the next pass where it stopped. So nothing is left out for good, and what comes
in a pass depends on the seed and the pass alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xstilts.training.batches import RowFeed
from xstilts.training.streams import stream


@dataclass(frozen=True, slots=True)
class Tongues:
    """Examples that lie language after language, and how many of each a pass has."""

    sizes: Mapping[str, int]
    """Examples of each language, in their order."""
    counts: Mapping[str, int]
    """Of these, drawn in a pass."""
    seed: int
    name: str

    def __call__(self, number: int) -> NDArray[np.int64]:
        """The examples of a pass, each by its place among all."""
        found, first = [], 0
        for lang, size in self.sizes.items():
            count = self.counts[lang]
            at = np.arange(number * count, (number + 1) * count)
            rounds = {
                turn: stream(self.seed, "tongue", self.name, lang, int(turn)).permutation(size)
                for turn in range(at[0] // size, at[-1] // size + 1)
            }
            found.append(first + np.array([rounds[place // size][place % size] for place in at.tolist()]))
            first += size
        return np.concatenate(found)


def tongues(sizes: Mapping[str, int], shares: Mapping[str, float], *, seed: int, name: str) -> Tongues:
    """The languages of a task by their shares of a pass, rounded; every language has at least one example in it."""
    total = sum(sizes.values())
    exact = np.array([shares[lang] * total for lang in sizes])
    counts = np.maximum(np.floor(exact), 1).astype(int)
    behind = np.argsort(counts - exact, kind="stable")
    for place in behind[: max(0, total - int(counts.sum()))]:
        counts[place] += 1
    return Tongues(sizes, dict(zip(sizes, counts.tolist(), strict=True)), seed, name)


def drawn(feed: RowFeed, batches: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """How many examples of each language the first batches of a feed had."""
    passes, rest = divmod(batches, feed.steps)
    ends = np.cumsum(list(sizes.values()))
    found = np.zeros(len(ends), dtype=np.int64)
    for number, upto in ((0, feed.steps if passes else 0), (passes, rest)):
        # Passes differ in order alone, so one stands for all whole ones.
        chosen = [feed.chosen(number * feed.steps + at) for at in range(upto)]
        if chosen:
            places = np.searchsorted(ends, np.concatenate(chosen), side="right")
            found += np.bincount(places, minlength=len(ends)) * (passes if number < passes else 1)
    return dict(zip(sizes, found.tolist(), strict=True))
