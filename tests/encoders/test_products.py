"""Attention by hand: outputs and gradients are those of autograd over the plain formula, dropout included."""

import pytest
import torch
from torch import Tensor

from xstilts.encoders.dropout import dropout, factor, kept
from xstilts.encoders.products import within

SHAPE = (3, 2, 7, 4)


def given(dtype: torch.dtype = torch.float64) -> list[Tensor]:
    torch.manual_seed(0)
    # As the network gives them: heads and positions swapped, so not contiguous.
    return [torch.randn(3, 7, 2, 4, dtype=dtype).transpose(1, 2).requires_grad_() for _ in range(3)]


def by_formula(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float, rate: float) -> Tensor:
    scores = q @ k.transpose(2, 3) * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    return (weights * factor(kept(weights, rate), rate, weights.dtype) if rate else weights) @ v


MASKS = {
    "no mask": None,
    "rows end": (torch.arange(7)[None] < torch.tensor([7, 5, 2])[:, None])[:, None, None],
    "window": ((torch.arange(7)[:, None] - torch.arange(7)).abs() < 3)[None, None],
}


@pytest.mark.parametrize("rate", [0.0, 0.4])
@pytest.mark.parametrize("mask", MASKS.values(), ids=list(MASKS))
def test_as_by_formula(mask: Tensor | None, rate: float) -> None:
    inputs, up = given(), torch.randn(SHAPE, dtype=torch.float64)
    found = []
    for attention in (within, by_formula):
        torch.manual_seed(1)
        mixed = attention(*inputs, mask, 0.3, rate)
        found.append([mixed, *torch.autograd.grad(mixed, inputs, up)])
    for ours, expected in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-12)


def test_bf16_stays_bf16_and_close() -> None:
    inputs = given(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        halves = [x.bfloat16() for x in inputs]
        mixed = within(*halves, MASKS["rows end"], 0.5, 0.0)
    assert mixed.dtype == torch.bfloat16
    exact = by_formula(*inputs, MASKS["rows end"], 0.5, 0.0)
    torch.testing.assert_close(mixed.float(), exact, rtol=0.03, atol=0.03)
    up = torch.randn(SHAPE)
    for ours, expected in zip(
        torch.autograd.grad(mixed, inputs, up.bfloat16()), torch.autograd.grad(exact, inputs, up), strict=True
    ):
        torch.testing.assert_close(ours, expected, rtol=0.05, atol=0.05)


def test_the_setting_for_large_products_is_left_as_it_was() -> None:
    flags = torch.backends.mkldnn.matmul
    before = flags.fp32_precision
    try:
        for setting in ("bf16", "none"):
            flags.fp32_precision = setting
            within(*given(), None, 1.0, 0.1).sum().backward()
            assert flags.fp32_precision == setting
    finally:
        flags.fp32_precision = before


def test_dropout_remembers_a_byte_an_element() -> None:
    remembered: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda one: remembered.append(one) or one, lambda one: one):
        dropout(torch.ones(50, 30, requires_grad=True), 0.4)
    assert [one.nbytes for one in remembered] == [50 * 30]
