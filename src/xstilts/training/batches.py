"""Batches: which examples meet in step k, as a pure function of the seed and k. So a training can go on at any step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xstilts.encoders.packed import Packed, pack
from xstilts.errors import BadInput
from xstilts.forms.form import Rows
from xstilts.training.streams import stream

Feed = Callable[[int], Packed]
"""The k-th batch of one task, from 0, without end."""
POOL = 50
"""order = "length" and "tokens": batches that are drawn together and sorted among themselves."""


@dataclass(slots=True)
class RowFeed:
    """A feed over encoded rows: `feed(k)` is batch k. A pass is one shuffle; its last batch may be smaller."""

    rows: Rows
    batch: int
    seed: int
    pad: int
    order: Literal["random", "length", "tokens"] = "random"
    name: str = ""
    """Part of the stream, so that two tasks of one stage are not shuffled alike."""
    groups: int = 4
    draw: Callable[[int], NDArray[np.int64]] | None = None
    """The examples of a pass by its number, where it is not all of them once; an example may come more than once."""
    owners: NDArray[np.int64] = field(init=False)
    """Row numbers, example after example."""
    bounds: NDArray[np.int64] = field(init=False)
    """Offsets into `owners`, one for each example and one more."""
    _pass: int = field(init=False, default=-1)
    _batches: list[NDArray[np.int64]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        if not len(self.rows):
            raise BadInput(f"{self.name or 'The task'} has no rows to train on.", way_out="Check its training data.")
        self.owners = np.argsort(self.rows.example, kind="stable")
        changes = np.flatnonzero(np.diff(self.rows.example[self.owners])) + 1
        self.bounds = np.concatenate(([0], changes, [len(self.owners)])).astype(np.int64)

    @property
    def examples(self) -> int:
        """Examples that have rows."""
        return len(self.bounds) - 1

    @property
    def steps(self) -> int:
        """Batches in one pass."""
        return -(-self.examples // self.batch)

    def __call__(self, k: int) -> Packed:
        """Batch k."""
        chosen = self.chosen(k)
        picked = np.concatenate([self.owners[self.bounds[e] : self.bounds[e + 1]] for e in chosen])
        # Of an example that comes twice, each time is one of its own.
        times = None if self.draw is None else np.repeat(np.arange(len(chosen)), np.diff(self.bounds)[chosen])
        return take(self.rows, picked, pad=self.pad, groups=self.groups, example=times)

    def chosen(self, k: int) -> NDArray[np.int64]:
        """The examples of batch k, counted among those that have rows."""
        number, at = divmod(k, self.steps)
        if number != self._pass:
            self._batches, self._pass = self._shuffle(number), number
        return self._batches[at]

    def _shuffle(self, number: int) -> list[NDArray[np.int64]]:
        random = stream(self.seed, "order", self.name, number)
        order = random.permutation(self.examples if self.draw is None else self.draw(number))
        if self.order == "random":
            return [order[low : low + self.batch] for low in range(0, len(order), self.batch)]
        lengths = self.rows.lengths[self.owners]
        longest = np.maximum.reduceat(lengths, self.bounds[:-1])
        tokens = np.add.reduceat(lengths, self.bounds[:-1])
        batches: list[NDArray[np.int64]] = []
        for low in range(0, len(order), self.batch * POOL):
            pool = order[low : low + self.batch * POOL]
            pool = pool[np.argsort(longest[pool], kind="stable")]
            cuts = np.arange(self.batch, len(pool), self.batch)
            batches += np.split(pool, cuts if self.order == "length" else _even(tokens[pool], len(cuts) + 1))
        return [batches[i] for i in random.permutation(len(batches))]


def _even(tokens: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Where to cut a list into parts with as even sums as can be, none of them empty."""
    sums = np.cumsum(tokens)
    at = np.arange(1, parts)
    cuts = np.searchsorted(sums, sums[-1] * at / parts)
    cuts = np.maximum.accumulate(np.maximum(cuts, 1) - at) + at
    ends: NDArray[np.int64] = np.minimum(cuts, len(tokens) - parts + at).astype(np.int64)
    return ends


def take(
    rows: Rows,
    picked: NDArray[np.int64],
    *,
    pad: int,
    groups: int = 4,
    example: NDArray[np.int64] | None = None,
) -> Packed:
    """Pack some rows, in this order; `example` says which belong together, unless it is as in all the rows."""
    starts, lengths = rows.starts[picked], rows.lengths[picked]
    at = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(int(lengths.sum()))
    total = len(rows.tokens)
    targets = {name: values[at] if len(values) == total else values[picked] for name, values in rows.targets.items()}
    return pack(
        rows.tokens[at],
        lengths,
        pad=pad,
        example=rows.example[picked] if example is None else example,
        targets=targets,
        groups=groups,
    )


def together(parts: Sequence[Rows]) -> Rows:
    """Several parts' rows one after the other, their examples counted on; without notes."""
    if len(parts) == 1:
        return parts[0]
    lengths = np.concatenate([rows.lengths for rows in parts])
    ends = np.cumsum([0, *(int(rows.example.max(initial=-1)) + 1 for rows in parts[:-1])])
    return Rows(
        tokens=np.concatenate([rows.tokens for rows in parts]),
        starts=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        example=np.concatenate([rows.example + end for rows, end in zip(parts, ends, strict=True)]),
        targets={name: np.concatenate([rows.targets[name] for rows in parts]) for name in parts[0].targets},
    )


def ids_of(parts: Iterable[Rows]) -> NDArray[np.int64]:
    """The token ids that occur in some rows, each once, ascending."""
    found = np.zeros(0, dtype=np.int64)
    for rows in parts:
        counts = np.bincount(rows.tokens, minlength=len(found))
        counts[: len(found)] += found
        found = counts
    return np.flatnonzero(found)


def by_tokens(lengths: NDArray[np.int64], *, budget: int) -> list[NDArray[np.int64]]:
    """All rows, longest first, cut so that no batch has more than `budget` slots (but always one row)."""
    order = np.argsort(-lengths, kind="stable")
    batches, low = [], 0
    while low < len(order):
        high = low + max(1, budget // max(1, int(lengths[order[low]])))
        batches.append(order[low:high])
        low = high
    return batches
