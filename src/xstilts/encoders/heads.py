"""Heads: the layer that each kind of form needs, its outputs, and its loss. Everything works on slots (packed.py).

A head's weights come from its own seed and from nothing else, so the same stage starts from the same head whatever
was trained before it.
"""

from __future__ import annotations

from typing import assert_never

import torch
from torch import Tensor, nn
from torch.nn import functional

from xstilts.encoders.dropout import dropout as dropped
from xstilts.encoders.packed import Packed
from xstilts.forms.form import Head


def build(head: Head, *, width: int, spread: float, seed: int) -> nn.ModuleDict:
    """A new head; weights are normal(0, spread), biases zero."""
    match head.kind:
        case "sequence" | "choice":
            layers = {"dense": nn.Linear(width, width), "out": nn.Linear(width, head.size)}
        case "token":
            layers = {"out": nn.Linear(width, head.size)}
        case "span":
            layers = {"out": nn.Linear(width, 2)}
        case "mask" | "embed":
            layers = {}
        case _:
            assert_never(head.kind)
    generator = torch.Generator().manual_seed(seed)
    for layer in layers.values():
        nn.init.normal_(layer.weight, std=spread, generator=generator)
        nn.init.zeros_(layer.bias)
    return nn.ModuleDict(layers)


def scores(head: Head, layers: nn.ModuleDict, hidden: Tensor, batch: Packed, *, dropout: float) -> Tensor:
    """sequence [R, size] · choice [R, 1] · token [S, size] · span [S, 2], from the slots' hidden states."""
    rate = dropout if layers.training else 0.0
    if head.kind in ("sequence", "choice"):
        hidden = torch.tanh(layers["dense"](dropped(hidden.index_select(0, batch.first), rate)))
    if head.kind != "span":
        hidden = dropped(hidden, rate)
    return layers["out"](hidden)  # type: ignore[no-any-return]


def loss(head: Head, scores: Tensor, batch: Packed) -> Tensor:
    """The mean loss of a batch. Padding takes no part in any of them."""
    if scores.dtype in (torch.bfloat16, torch.float16):
        scores = scores.float()
    match head.kind:
        case "sequence" | "token" | "mask":
            label = batch.targets["label"]
            total = functional.cross_entropy(scores, label, ignore_index=-1, reduction="sum")
            return total / (label >= 0).sum().clamp(min=1)
        case "choice":
            table, at = by_example(scores[:, 0], batch)
            right = torch.zeros(batch.examples, dtype=torch.int64, device=scores.device)
            return functional.cross_entropy(table, right.scatter(0, at, batch.targets["label"]))
        case "span":
            return span_loss(scores, batch)
        case "embed":
            raise ValueError("An embedding has no loss: nothing is trained for it.")
        case _:
            assert_never(head.kind)


def by_example(scores: Tensor, batch: Packed) -> tuple[Tensor, Tensor]:
    """Row scores as [E, most rows of one example], -inf where an example has fewer; and each row's example."""
    at = batch.example
    order = torch.argsort(at, stable=True)
    counts = torch.bincount(at, minlength=batch.examples)
    within = torch.arange(len(at), device=at.device) - (counts.cumsum(0) - counts)[at[order]]
    table = scores.new_full((batch.examples, int(counts.max())), float("-inf"))
    return table.index_put((at[order], within), scores[order]), at


def span_loss(scores: Tensor, batch: Packed) -> Tensor:
    """Start and end compete among the tokens of their own row."""
    picked = []
    for group in batch.groups:
        part = scores[group.start : group.stop].view(group.rows, group.length, 2)
        if group.real is not None:
            part = part.masked_fill(~group.real[:, :, None], float("-inf"))
        picked.append(functional.log_softmax(part, dim=1).reshape(-1, 2))
    chances = torch.cat(picked)
    start = chances[:, 0].index_select(0, batch.first + batch.targets["start"])
    end = chances[:, 1].index_select(0, batch.first + batch.targets["end"])
    return -(start.mean() + end.mean()) / 2


def build_mask(*, width: int, vocabulary: int, spread: float, seed: int) -> nn.ModuleDict:
    """A new masked-language head for an encoder that brings none; its decoder is the encoder's own word table."""
    generator = torch.Generator().manual_seed(seed)
    dense = nn.Linear(width, width)
    nn.init.normal_(dense.weight, std=spread, generator=generator)
    nn.init.zeros_(dense.bias)
    bias = nn.ParameterList([torch.zeros(vocabulary)])
    return nn.ModuleDict({"dense": dense, "norm": nn.LayerNorm(width), "bias": bias})


def words(layers: nn.ModuleDict, hidden: Tensor, table: Tensor) -> Tensor:
    """Scores over the vocabulary [M, words] from a head of `build_mask`."""
    hidden = layers["norm"](functional.gelu(layers["dense"](hidden)))
    bias = layers["bias"]
    assert isinstance(bias, nn.ParameterList)
    return functional.linear(hidden, table, bias[0])
