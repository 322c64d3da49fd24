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
from xstilts.encoders.pooling import pool
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
        case "embed":
            layers = {"dense": nn.Linear(width, width)} if head.dense else {}
        case "mask":
            layers = {}
        case _:
            assert_never(head.kind)
    generator = torch.Generator().manual_seed(seed)
    for layer in layers.values():
        nn.init.normal_(layer.weight, std=spread, generator=generator)
        nn.init.zeros_(layer.bias)
    built = nn.ModuleDict(layers)
    if head.kind == "embed":
        built["scale"] = nn.ParameterList([torch.full((1,), head.scale)])
    return built


def scores(head: Head, layers: nn.ModuleDict, hidden: Tensor, batch: Packed, *, dropout: float) -> Tensor:
    """sequence [R, size] · choice [R, 1] · token [S, size] · span [S, 2] · embed [R, width], from the slots' states."""
    if head.kind == "embed":
        return _vectors(head, layers, hidden, batch)
    rate = dropout if layers.training else 0.0
    if head.kind in ("sequence", "choice"):
        hidden = torch.tanh(layers["dense"](dropped(hidden.index_select(0, batch.first), rate)))
    if head.kind != "span":
        hidden = dropped(hidden, rate)
    return layers["out"](hidden)  # type: ignore[no-any-return]


def loss(
    head: Head, scores: Tensor, batch: Packed, *, layers: nn.ModuleDict | None = None, smoothing: float = 0.0
) -> Tensor:
    """The mean loss of a batch. Padding takes no part in any of them. Only embed asks for the head's `layers`.

    `smoothing` is of labels; hidden words and pairs know none.
    """
    if scores.dtype in (torch.bfloat16, torch.float16):
        scores = scores.float()
    match head.kind:
        case "sequence" | "token" | "mask":
            label = batch.targets["label"]
            total = _entropy(scores, label, 0.0 if head.kind == "mask" else smoothing)
            return total / (label >= 0).sum().clamp(min=1)
        case "choice":
            table, at = by_example(scores[:, 0], batch)
            right = torch.zeros(batch.examples, dtype=torch.int64, device=scores.device)
            right = right.scatter(0, at, batch.targets["label"])
            if smoothing:
                return _entropy(table, right, smoothing) / batch.examples
            return functional.cross_entropy(table, right)
        case "span":
            return span_loss(scores, batch, smoothing=smoothing)
        case "embed":
            if layers is None or "role" not in batch.targets:
                raise ValueError("These rows are only to be embedded; pairs to train on come from the form Match.")
            scale = layers["scale"]
            assert isinstance(scale, nn.ParameterList)
            return match_loss(scores, batch, scale[0])
        case _:
            assert_never(head.kind)


def terms(head: Head, batch: Packed) -> int:
    """How many terms the loss of a batch is the mean of: what a part of it weighs in the whole."""
    match head.kind:
        case "sequence" | "token" | "mask":
            return int((batch.targets["label"] >= 0).sum())
        case "choice":
            return batch.examples
        case "span":
            return len(batch.lengths)
        case "embed":
            return int((batch.targets["role"] == 0).sum())
        case _:
            assert_never(head.kind)


def _entropy(scores: Tensor, label: Tensor, smoothing: float) -> Tensor:
    """The sum of cross-entropies over rows with a label; answers that a row does not have stand at -inf."""
    if not smoothing:
        return functional.cross_entropy(scores, label, ignore_index=-1, reduction="sum")
    chances = functional.log_softmax(scores, dim=-1)
    open_to_it = scores > float("-inf")
    right = chances.gather(-1, label.clamp(min=0)[:, None])[:, 0]
    even = chances.masked_fill(~open_to_it, 0.0).sum(-1) / open_to_it.sum(-1)
    mixed = (1 - smoothing) * right + smoothing * even
    # On a CPU what it always was, to the bit; a GPU would have to wait for how many there are.
    return -(mixed[label >= 0] if label.device.type == "cpu" else torch.where(label >= 0, mixed, 0.0)).sum()


def by_example(scores: Tensor, batch: Packed) -> tuple[Tensor, Tensor]:
    """Row scores as [E, most rows of one example], -inf where an example has fewer; and each row's example."""
    table = scores.new_full((batch.examples, batch.most), float("-inf"))
    return table.index_put((batch.example, batch.nth), scores), batch.example


def span_loss(scores: Tensor, batch: Packed, *, smoothing: float = 0.0) -> Tensor:
    """Start and end compete among the tokens of their own row."""
    picked, even = [], []
    for group in batch.groups:
        part = scores[group.start : group.stop].view(group.rows, group.length, 2)
        if group.real is not None:
            part = part.masked_fill(~group.real[:, :, None], float("-inf"))
        part = functional.log_softmax(part, dim=1)
        picked.append(part.reshape(-1, 2))
        if smoothing:
            kept = part if group.real is None else part.masked_fill(~group.real[:, :, None], 0.0)
            count = group.length if group.real is None else group.real.sum(1, keepdim=True)
            even.append((kept.sum(1) / count).sum())
    chances = torch.cat(picked)
    start = chances[:, 0].index_select(0, batch.first + batch.targets["start"])
    end = chances[:, 1].index_select(0, batch.first + batch.targets["end"])
    right = -(start.mean() + end.mean()) / 2
    if not smoothing:
        return right
    return (1 - smoothing) * right - smoothing * torch.stack(even).sum() / (2 * len(batch.lengths))


def _vectors(head: Head, layers: nn.ModuleDict, hidden: Tensor, batch: Packed) -> Tensor:
    """One vector of length 1 a row."""
    # Cosines are multiplied by about 100: rounded to bf16 they would be off by half a unit.
    with torch.autocast(hidden.device.type, enabled=False):
        vectors = pool(hidden.float(), batch, head.pooling, frame=batch.tokens.new_zeros(0))
        if head.dense:
            vectors = torch.tanh(layers["dense"](vectors))
        return functional.normalize(vectors, dim=1)


def match_loss(vectors: Tensor, batch: Packed, scale: Tensor) -> Tensor:
    """Each query's right text competes with all other texts of the batch, but not with what is as right as it.

    That is: the same text in another pair, and the right texts of the same query.
    """
    role, key = batch.targets["role"], batch.targets["key"]
    # Each example has one query. To ask where they are would make the device wait (tests/training/test_waiting.py).
    query, text = torch.argsort(role > 0, stable=True).tensor_split((batch.examples,))
    with torch.autocast(vectors.device.type, enabled=False):
        scores = scale * (vectors[query] @ vectors[text].T)
    asked = query.new_empty(batch.examples).index_copy_(0, batch.example[query], query)
    own = (batch.example[query][:, None] == batch.example[text]) & (role[text] == 1)
    right = own.long().argmax(1)
    same_text = key[text][right][:, None] == key[text]
    same_query = (key[query][:, None] == key[asked[batch.example[text]]]) & (role[text] == 1)
    return functional.cross_entropy(scores.masked_fill((same_text | same_query) & ~own, float("-inf")), right)


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
