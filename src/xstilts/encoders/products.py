"""Attention within the rows of a group on a CPU: a few matrix products, forwards and backwards by hand.

In training, sdpa does these same products there and more. By hand there is one node for autograd instead of a dozen and
one copy of what it must keep; and the small fp32 products, whose shapes are new in every step, stay with the library
that needs no preparing for a shape (oneDNN takes 0.7 ms for each new one).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from xstilts.encoders.dropout import factor, kept


def within(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float, rate: float) -> Tensor:
    """[rows, heads, length, width] each; `mask` is True where attention may look; `rate` of the weights are dropped."""
    # Autocast leaves it to each operation; here all products are in what the queries came in.
    with torch.autocast("cpu", enabled=False):
        return _Within.apply(q, k, v, mask, scale, rate)  # type: ignore[no-any-return, no-untyped-call]


class _Within(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float, rate: float) -> Tensor:
        shape = q.shape
        q, k, v = (x.reshape(-1, *shape[2:]).to(q.dtype) for x in (q, k, v))
        with _plain_products():
            scores = torch.bmm(q, k.transpose(1, 2)).mul_(scale)
            if mask is not None:
                scores.view(*shape[:3], shape[2]).masked_fill_(~mask, torch.finfo(scores.dtype).min)
            weights = scores.softmax(-1, dtype=scores.dtype if scores.dtype == torch.float64 else torch.float32)
            keep = kept(weights, rate) if rate > 0 else None
            ctx.save_for_backward(q, k, v, weights, keep)
            ctx.scale, ctx.rate = scale, rate
            return torch.bmm(_dropped(weights, keep, rate).to(v.dtype), v).view(shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, weights, keep = ctx.saved_tensors
        shape = gradient.shape
        gradient = gradient.reshape(-1, *shape[2:])
        with _plain_products():
            on_v = torch.bmm(_dropped(weights, keep, ctx.rate).to(v.dtype).transpose(1, 2), gradient)
            on_weights = _dropped(torch.bmm(gradient, v.transpose(1, 2)).to(weights.dtype), keep, ctx.rate)
            # Of a softmax: weights x (gradient - their mean under the weights), and the scale of the scores with it.
            centred = on_weights.sub_((on_weights * weights).sum(-1, keepdim=True))
            on_scores = centred.mul_(weights).mul_(ctx.scale).to(q.dtype)
            on_q, on_k = torch.bmm(on_scores, k), torch.bmm(on_scores.transpose(1, 2), q)
        return on_q.view(shape), on_k.view(shape), on_v.view(shape), None, None, None


def _dropped(weights: Tensor, keep: Tensor | None, rate: float) -> Tensor:
    return weights if keep is None else weights * factor(keep, rate, weights.dtype)


@contextmanager
def _plain_products() -> Iterator[None]:
    """Inside, fp32 products are torch's own, whatever the setting for large ones."""
    flags: Any = getattr(torch.backends.mkldnn, "matmul", None)
    before = getattr(flags, "fp32_precision", None)
    if before is None:
        yield
        return
    flags.fp32_precision = "none"
    try:
        yield
    finally:
        flags.fp32_precision = before
