"""Packing changes nothing: losses, gradients and states are those of ordinary padded batches."""

import logging

import numpy as np
import pytest
import tiny
import torch
from torch import Tensor
from torch.nn import functional
from transformers import CONFIG_MAPPING

from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed, pack
from xstilts.forms.form import Head, Rows
from xstilts.training.batches import take

KINDS = (
    "xlmr",
    "bert",
    "modernbert",
    pytest.param(
        "eurobert",
        marks=pytest.mark.skipif("eurobert" not in CONFIG_MAPPING, reason="this transformers has no EuroBERT"),
    ),
)
HEADS = {"sequence": Head("sequence", 3), "choice": Head("choice"), "token": Head("token", 3), "span": Head("span", 2)}


def padded(network: Network, rows: Rows) -> tuple[Tensor, Tensor]:
    """Hidden states [rows, longest, width] from transformers' own attention, and which are real."""
    lengths = rows.lengths
    ids = np.full((len(lengths), lengths.max()), network.pad_id)
    real = np.arange(lengths.max())[None] < lengths[:, None]
    ids[real] = rows.tokens
    given = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(real).long()}
    # Eager gives ModernBERT's padding no numbers in fp64 when a window holds nothing else.
    network.model.set_attn_implementation("sdpa" if hasattr(network.body, "rotary_emb") else "eager")
    try:
        return network.body(**given).last_hidden_state, torch.tensor(real)
    finally:
        network.model.set_attn_implementation("xstilts")


def reference_loss(network: Network, kind: str, rows: Rows) -> Tensor:
    hidden, real = padded(network, rows)
    layers, targets = network.heads["x"], {name: torch.tensor(value) for name, value in rows.targets.items()}
    if kind in ("sequence", "choice"):
        scores = layers["out"](torch.tanh(layers["dense"](hidden[:, 0])))
        if kind == "sequence":
            return functional.cross_entropy(scores, targets["label"])
        return functional.cross_entropy(scores.view(-1, 4), targets["label"][::4])
    scores = layers["out"](hidden)
    if kind == "token":
        return functional.cross_entropy(scores[real], targets["label"], ignore_index=-1)
    scores = scores.masked_fill(~real[:, :, None], -torch.inf)
    start, end = (functional.cross_entropy(scores[:, :, i], targets[name]) for i, name in enumerate(("start", "end")))
    return (start + end) / 2


def gradients(network: Network, loss: Tensor) -> dict[str, Tensor]:
    network.zero_grad(set_to_none=True)
    loss.backward()
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("groups", [1, 4, 40])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("kind", KINDS)
def test_packed_equals_padded(kind: str, head: str, groups: int) -> None:
    network = tiny.network(kind).double()
    network.add_head("x", HEADS[head], seed=1)
    network.double()
    rows = tiny.rows(targets=head, per=4 if head == "choice" else 1, longest=60)
    batch = take(rows, np.arange(len(rows)), pad=network.pad_id, groups=groups)
    assert network.packs and len(batch.groups) <= groups
    loss, expected = network.loss("x", batch), reference_loss(network, head, rows)
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)
    found, wanted = gradients(network, loss), gradients(network, expected)
    assert found.keys() == wanted.keys()
    largest = max(gradient.abs().max() for gradient in wanted.values())
    for name, gradient in found.items():
        # Some gradients are zero but for rounding (biases of keys, of scores that compete), so each has a floor.
        scale = wanted[name].abs().max().clamp(min=0.01 * largest)
        assert (gradient - wanted[name]).abs().max() / scale < 1e-9, name


@pytest.mark.parametrize("kind", KINDS)
def test_rows_do_not_see_each_other(kind: str) -> None:
    network, rows = tiny.network(kind), tiny.rows(12)
    batch = take(rows, np.arange(12), pad=network.pad_id)
    changed = rows.tokens.copy()
    changed[rows.starts[5] + 1 : rows.starts[6] - 1] = 50
    other = take(Rows(changed, rows.starts, rows.example), np.arange(12), pad=network.pad_id)
    with torch.no_grad():
        moved = (network.hidden(batch) - network.hidden(other)).abs().amax(1).numpy()
    inside = np.arange(len(moved))
    inside = (inside >= rows.starts[5]) & (inside < rows.starts[6])
    assert moved[inside].max() > 1e-3
    assert moved[~inside].max() <= 1e-6


def test_positions_begin_after_the_padding_id() -> None:
    assert tiny.network("xlmr").offset == 2
    assert tiny.network("bert").offset == 0
    assert tiny.network("modernbert").offset == 0


def test_second_segment_begins_after_the_first_separator() -> None:
    network = tiny.network("bert")
    tokens = np.array([0, 7, 2, 8, 9, 2, 0, 7, 8, 2])
    batch = pack(tokens, np.array([6, 4]), pad=network.pad_id)
    types = network._types(batch)
    assert types is not None
    assert types[batch.place].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]


def test_an_encoder_that_cannot_be_packed_is_padded_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        network = tiny.network("deberta")
    assert not network.packs
    assert len([record for record in caplog.records if "cannot run on packed rows" in record.message]) == 1
    rows = tiny.rows(6)
    with torch.no_grad():
        together = network.hidden(take(rows, np.arange(6), pad=network.pad_id))
        alone = [network.hidden(take(rows, np.array([i]), pad=network.pad_id)) for i in range(6)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_layers_and_pooling() -> None:
    network, rows = tiny.network(), tiny.rows(6)
    batch = take(rows, np.arange(6), pad=network.pad_id)
    with torch.no_grad():
        states = [network.hidden_at(batch, layer) for layer in range(3)]
        torch.testing.assert_close(states[2], network.hidden(batch))
        mean, first = (network.embed(batch, layer=1, pooling=how) for how in ("mean", "first"))
    for i in range(6):
        own = states[1][rows.starts[i] : rows.starts[i + 1]]
        torch.testing.assert_close(mean[i], own.mean(0))
        torch.testing.assert_close(first[i], own[0])
    assert not torch.allclose(states[0], states[1])


def test_dropout_follows_the_recipe_and_comes_back() -> None:
    network, rows = tiny.network(), tiny.rows(6)
    batch = take(rows, np.arange(6), pad=network.pad_id)
    network.train()
    network.set_dropout(0.0)
    assert torch.equal(network.hidden(batch), network.hidden(batch))
    network.set_dropout(None)
    assert not torch.equal(network.hidden(batch), network.hidden(batch))
    assert network.head_dropout == 0.1


def test_groups_save_padding() -> None:
    random = np.random.default_rng(0)
    lengths = random.integers(4, 120, 64)
    tokens = np.full(lengths.sum(), 7)
    fills = [pack(tokens, lengths, pad=1, groups=groups).fill for groups in (1, 2, 4, 64)]
    assert fills == sorted(fills) and fills[0] < 0.6 and fills[2] > 0.8
    batch: Packed = pack(tokens, lengths, pad=1, groups=64)
    assert batch.count == lengths.sum() and (batch.tokens[batch.place] == 7).all()
    assert sum(group.rows for group in batch.groups) == 64
