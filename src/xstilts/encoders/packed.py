"""Packed: several rows as one flat run of slots, grouped by length, so that almost nothing is padding.

Rows of like length share a group and are padded to the longest of that group only. A group is therefore a plain
slice of the slots that can be *viewed* as [rows, length]: attention needs no gather and no scatter. One group is the
ordinary padded batch; one group per length is no padding at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GROUP_COST = 48
"""Slots of padding worth taking to save one group's calls. A guess: 1 and 4 groups could not be measured apart."""


GRAIN = 32
"""Slots are filled up by at most one in this many, to one of few numbers. A library that prepares
itself for every shape that it meets, as oneDNN does (0.7 ms each, twelve to a step), then soon has met them all."""


class Group(NamedTuple):
    """Some rows of like length: slots[start : start + rows * length], viewed as [rows, length]."""

    start: int
    rows: int
    length: int
    real: Tensor | None
    """[rows, length] True at tokens; None when nothing in the group is padding."""

    @property
    def stop(self) -> int:
        """The slot after the last."""
        return self.start + self.rows * self.length


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch. `S` slots hold `T` tokens of `R` rows from `E` examples."""

    tokens: Tensor
    """int64[S] token ids, the padding id in the slots between and in a few after the last group."""
    positions: Tensor
    """int64[S] 0 for the first token of every row; the network adds its encoder's offset."""
    groups: tuple[Group, ...]
    place: Tensor
    """int64[T] the slot of each token, rows in the caller's order."""
    first: Tensor
    """int64[R] the slot of each row's first token."""
    lengths: Tensor
    """int64[R]"""
    example: Tensor
    """int64[R] which of the batch's examples, from 0, a row comes from."""
    nth: Tensor
    """int64[R] which of its example's rows, from 0, it is."""
    examples: int
    most: int
    """Rows of the example that has most."""
    targets: Mapping[str, Tensor] = field(default_factory=dict)
    """By row: [R]. By token: [S], -1 in padding slots. `slot` [M]: the slots that a masked batch is scored on."""

    @property
    def count(self) -> int:
        """Real tokens."""
        return len(self.place)

    @property
    def fill(self) -> float:
        """The share of slots that hold a token."""
        return len(self.place) / max(1, len(self.tokens))

    def to(self, device: torch.device) -> Packed:
        """The same batch on another device."""
        if self.tokens.device == device:
            return self
        groups = tuple(
            g._replace(real=None if g.real is None else g.real.to(device, non_blocking=True)) for g in self.groups
        )
        moved = {name: getattr(self, name).to(device, non_blocking=True) for name in _TENSORS}
        targets = {name: target.to(device, non_blocking=True) for name, target in self.targets.items()}
        return replace(self, groups=groups, targets=targets, **moved)


_TENSORS = ("tokens", "positions", "place", "first", "lengths", "example", "nth")


def pack(
    tokens: NDArray[np.integer],
    lengths: NDArray[np.integer],
    *,
    pad: int,
    example: NDArray[np.integer] | None = None,
    targets: Mapping[str, NDArray[np.integer]] | None = None,
    groups: int = 4,
) -> Packed:
    """Lay flat rows out in at most `groups` length groups. Targets as long as `tokens` are by token, others by row."""
    sizes: NDArray[np.int64] = np.asarray(lengths, dtype=np.int64)
    rows, total = len(sizes), len(tokens)
    order = np.argsort(sizes, kind="stable")
    bounds = _cut(sizes[order], groups)
    first = np.empty(rows, dtype=np.int64)
    built: list[Group] = []
    slots = 0
    for low, high in bounds:
        longest = int(sizes[order[high - 1]])
        inside = order[low:high]
        first[inside] = slots + longest * np.arange(high - low)
        real = None
        if int(sizes[inside].min()) < longest:
            real = torch.from_numpy(np.arange(longest)[None, :] < sizes[inside][:, None])
        built.append(Group(slots, high - low, longest, real))
        slots += (high - low) * longest
    slots = _round(slots)
    within = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = np.repeat(first, sizes) + within
    flat = np.full(slots, pad, dtype=np.int64)
    flat[place] = tokens
    positions = np.zeros(slots, dtype=np.int64)
    positions[place] = within
    local = np.arange(rows) if example is None else np.unique(example, return_inverse=True)[1]
    nth = np.zeros(rows, dtype=np.int64) if example is None else _nth(local)
    return Packed(
        tokens=torch.from_numpy(flat),
        positions=torch.from_numpy(positions),
        groups=tuple(built),
        place=torch.from_numpy(place),
        first=torch.from_numpy(first),
        lengths=torch.from_numpy(sizes),
        example=torch.from_numpy(np.asarray(local, dtype=np.int64)),
        nth=torch.from_numpy(nth),
        examples=int(local.max()) + 1 if rows else 0,
        most=int(nth.max(initial=-1)) + 1,
        targets={name: _lay(values, place, slots, total) for name, values in (targets or {}).items()},
    )


def split(batch: Packed, most: int, *, pad: int, groups: int = 4) -> list[Packed]:
    """The batch as batches of at most `most` examples, on the CPU, each laid out anew."""
    if batch.examples <= most:
        return [batch]
    place, tokens, example = (one.cpu().numpy() for one in (batch.place, batch.tokens, batch.example))
    lengths = batch.lengths.cpu().numpy()
    targets = {name: target.cpu().numpy() for name, target in batch.targets.items()}
    owner = np.repeat(example, lengths)
    parts = []
    for low in range(0, batch.examples, most):
        rows = np.flatnonzero((example >= low) & (example < low + most))
        held = np.flatnonzero((owner >= low) & (owner < low + most))
        kept = {} if "slot" in targets else {
            name: values[place][held] if len(values) == len(tokens) else values[rows]
            for name, values in targets.items()
        }  # fmt: skip
        part = pack(tokens[place][held], lengths[rows], pad=pad, example=example[rows], targets=kept, groups=groups)
        if "slot" in targets:
            moved = np.full(len(tokens), -1)
            moved[place[held]] = part.place.numpy()
            slot = moved[targets["slot"]]
            named = {"slot": slot} | {name: values for name, values in targets.items() if name != "slot"}
            part = replace(part, targets={name: torch.from_numpy(v[slot >= 0]) for name, v in named.items()})
        parts.append(part)
    return parts


def _nth(owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row, how many with the same owner stand before it."""
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners)
    found = np.empty(len(owners), dtype=np.int64)
    found[order] = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return found


def _round(slots: int) -> int:
    """So many slots or a few more."""
    step = max(1, 1 << (slots // GRAIN).bit_length() - 1) if slots >= GRAIN else 1
    return -(-slots // step) * step


def _lay(values: NDArray[np.integer], place: NDArray[np.int64], slots: int, total: int) -> Tensor:
    if len(values) != total:
        return torch.from_numpy(np.asarray(values, dtype=np.int64))
    laid = np.full(slots, -1, dtype=np.int64)
    laid[place] = values
    return torch.from_numpy(laid)


def _cut(ascending: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Cut lengths, in ascending order, into at most `most` groups where that saves the most padding."""
    bounds = [(0, len(ascending))]
    while len(bounds) < most:
        best = (GROUP_COST, 0, 0)
        for index, (low, high) in enumerate(bounds):
            part = ascending[low:high]
            # Cutting after k rows saves k * (longest - the k-th length) slots.
            saved = np.arange(1, len(part)) * (part[-1] - part[:-1])
            if len(saved) and saved.max() > best[0]:
                best = (int(saved.max()), index, low + int(saved.argmax()) + 1)
        if not best[2]:
            break
        low, high = bounds[best[1]]
        bounds[best[1] : best[1] + 1] = [(low, best[2]), (best[2], high)]
    return bounds
