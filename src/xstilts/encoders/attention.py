"""Attention inside each row of a packed batch, as an attention function that transformers' encoders call by name.

transformers asks its registries for `xstilts` and finds this function instead of sdpa or eager; the mask registry
gives nothing, since rows are kept apart here. Which slots belong together is in a context variable: model code
between the embedding and here need not know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from xstilts.encoders.packed import Group
from xstilts.encoders.products import within

NAME = "xstilts"

_groups: ContextVar[tuple[Group, ...]] = ContextVar("groups")


@contextmanager
def rows_apart(groups: tuple[Group, ...]) -> Iterator[None]:
    """Inside, attention runs within the rows of these groups."""
    token = _groups.set(groups)
    try:
        yield
    finally:
        _groups.reset(token)


def again() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """For gradient checkpointing: on the way back, when the batch is long gone, its rows are apart as they were."""
    groups = _groups.get(None)
    return nullcontext(), nullcontext() if groups is None else rows_apart(groups)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Query, key and value are [1, heads, slots, width of a head]; gives [1, slots, heads, width of a head].

    Keys and values may have fewer heads, each of which several heads of the query share.
    """
    if key.shape[1] != query.shape[1]:
        shared = query.shape[1] // key.shape[1]
        key, value = (x.repeat_interleave(shared, dim=1) for x in (key, value))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    rate = dropout if module.training else 0.0
    groups, parts = _groups.get(), []
    # One split, whose gradient is one concatenation; slices would each have a gradient of full size.
    sizes = [group.stop - group.start for group in groups]
    sizes.append(query.shape[2] - sum(sizes))
    split = [torch.split(x[0].transpose(0, 1), sizes) for x in (query, key, value)]
    for group, *cut in zip(groups, *split, strict=False):
        shape = (group.rows, group.length, query.shape[1], query.shape[3])
        q, k, v = (x.view(shape).transpose(1, 2) for x in cut)
        mask = _mask(group, sliding_window, query.device)
        mixed = within(q, k, v, mask, scale, rate) if q.device.type == "cpu" else _fused(q, k, v, mask, scale, rate)
        parts.append(mixed.transpose(1, 2).reshape(-1, *shape[2:]))
    if sizes[-1]:
        parts.append(split[2][-1])  # slots that only fill up: anything that is a number
    return (parts[0] if len(parts) == 1 else torch.cat(parts)).unsqueeze(0), None


def _fused(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float, rate: float) -> Tensor:
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate, scale=scale)


def _mask(group: Group, window: int | None, device: torch.device) -> Tensor | None:
    """True where attention may look, broadcastable to [rows, heads, length, length]; None: everywhere."""
    mask = None if group.real is None else group.real[:, None, None, :]
    if window is None or group.length <= window:
        return mask
    at = torch.arange(group.length, device=device)
    near = ((at[:, None] - at[None, :]).abs() < window)[None, None]
    # A padding token far from every real one would see nothing, and a softmax over nothing is not a number.
    return near if mask is None else (near & mask) | torch.eye(group.length, dtype=torch.bool, device=device)


def _no_mask(*_: Any, **__: Any) -> None:
    return None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, _no_mask)
