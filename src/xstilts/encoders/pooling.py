"""Pooling: from the hidden states of a packed batch to one vector a row."""

from __future__ import annotations

from typing import assert_never

import torch
from torch import Tensor

from xstilts.encoders.packed import Packed
from xstilts.forms.form import Pooling


def pool(states: Tensor, batch: Packed, pooling: Pooling, *, frame: Tensor) -> Tensor:
    """One vector [R, width] a row from the states [S, width] of all slots. `frame`: the ids that are no text."""
    match pooling:
        case "first":
            return states.index_select(0, batch.first)
        case "mean":
            return _sums(states, batch, batch.place) / batch.lengths[:, None]
        case "inner":
            text = ~torch.isin(batch.tokens[batch.place], frame)
            counts = torch.zeros_like(batch.lengths).index_add_(0, _rows(batch), text.long())
            return _sums(states * _laid(text, batch)[:, None], batch, batch.place) / counts.clamp(min=1)[:, None]
        case "max":
            return _largest(states, batch)
        case _:
            assert_never(pooling)


def _rows(batch: Packed) -> Tensor:
    """The row of each token, rows in the caller's order."""
    return torch.repeat_interleave(
        torch.arange(len(batch.lengths), device=batch.lengths.device), batch.lengths, output_size=len(batch.place)
    )


def _sums(states: Tensor, batch: Packed, place: Tensor) -> Tensor:
    zeros = states.new_zeros(len(batch.lengths), states.shape[1])
    return zeros.index_add_(0, _rows(batch), states.index_select(0, place))


def _laid(tokens: Tensor, batch: Packed) -> Tensor:
    """A truth about every token, as 1 or 0 in every slot."""
    return torch.zeros(len(batch.tokens), device=tokens.device).index_copy_(0, batch.place, tokens.float())


def _largest(states: Tensor, batch: Packed) -> Tensor:
    parts = []
    for group in batch.groups:
        part = states[group.start : group.stop].view(group.rows, group.length, -1)
        if group.real is not None:
            part = part.masked_fill(~group.real[:, :, None], float("-inf"))
        parts.append(part.amax(1))
    found = torch.cat(parts)
    # Groups hold the rows in the order of their first slots.
    return torch.empty_like(found).index_copy_(0, torch.argsort(batch.first), found)
