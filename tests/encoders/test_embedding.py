"""Embedding: pooling by hand, all layers in one pass, and the loss of pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tiny
import torch
from torch.nn import functional

from xstilts.encoders import heads
from xstilts.encoders.packed import Packed, pack
from xstilts.forms.form import Head, Pooling
from xstilts.training.batches import take

POOLINGS: tuple[Pooling, ...] = ("mean", "inner", "first", "max")


def pairs_batch(key: list[int], role: list[int], example: list[int]) -> Packed:
    n = len(key)
    return pack(
        np.full(2 * n, 5), np.full(n, 2), pad=1, example=np.array(example),
        targets={"role": np.array(role), "key": np.array(key)},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["xlmr", "bert", "deberta"])
def test_every_layer_and_pooling_in_one_pass_as_by_hand(kind: str) -> None:
    network, rows = tiny.network(kind), tiny.rows(9)
    batch = take(rows, np.arange(9)[::-1].copy(), pad=network.pad_id, groups=3)
    layers = tuple(range(network.layers + 1))
    with torch.no_grad():
        found = network.embeddings(batch, layers=layers, poolings=POOLINGS)
        by_hand = []
        for layer in layers:
            states = network.hidden_at(batch, layer).split(batch.lengths.tolist())
            by_hand += [
                torch.stack([one.mean(0) for one in states]),
                torch.stack([one[1:-1].mean(0) for one in states]),
                torch.stack([one[0] for one in states]),
                torch.stack([one.amax(0) for one in states]),
            ]
    for ours, theirs in zip(found, by_hand, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(network.embed(batch, layer=1, pooling="max"), found[7])


def test_a_row_without_text_has_a_vector() -> None:
    network = tiny.network()
    batch = pack(np.array([0, 2, 0, 9, 2]), np.array([2, 3]), pad=1)
    assert torch.isfinite(network.embed(batch, layer=1, pooling="inner")).all()
    assert network.frame_ids == (0, 2)


@pytest.mark.parametrize(("dense", "pooling"), [(True, "first"), (False, "mean")])
def test_vectors_have_length_one_and_gradients_reach_everything(dense: bool, pooling: Pooling) -> None:
    network, rows = tiny.network(), tiny.rows(6)
    network.add_head("x", Head("embed", dense=dense, pooling=pooling), seed=1)
    rows.targets = {"role": np.array([0, 1] * 3), "key": np.arange(6)}
    batch = pack(rows.tokens, rows.lengths, pad=network.pad_id, example=np.arange(6) // 2, targets=rows.targets)
    vectors = network.outputs("x", batch)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(6))
    network.loss("x", batch).backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in network.heads.parameters())
    assert network.heads["x"]["scale"][0].item() == 100


def test_the_loss_by_hand() -> None:
    vectors = functional.normalize(torch.randn(6, 8), dim=1)
    batch = pairs_batch([0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 2, 2], [0, 0, 1, 1, 1, 1])
    scores = 7 * vectors[[0, 2]] @ vectors[[1, 3, 4, 5]].T
    expected = functional.cross_entropy(scores, torch.tensor([0, 1]))
    torch.testing.assert_close(heads.match_loss(vectors, batch, torch.tensor(7.0)), expected)


def test_what_is_as_right_does_not_count_as_wrong() -> None:
    one, other = torch.eye(2)
    vectors = torch.stack([one, one, other, one, one, other])
    # Texts: the first and second pair have the same right text (key 1); the first and third the same query (key 0).
    alike = pairs_batch([0, 1, 2, 1, 0, 3], [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2])
    loss = heads.match_loss(vectors, alike, torch.tensor(2.0))
    scores = 2.0 * vectors[[0, 2, 4]] @ vectors[[1, 3, 5]].T
    scores[0, 1] = scores[0, 2] = scores[1, 0] = scores[2, 0] = -math.inf
    expected = functional.cross_entropy(scores, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(loss, expected)


def test_one_pair_alone_costs_nothing_and_rows_without_roles_are_refused() -> None:
    vectors = torch.eye(2)
    assert heads.match_loss(vectors, pairs_batch([0, 1], [0, 1], [0, 0]), torch.tensor(100.0)) == 0
    network = tiny.network()
    network.add_head("x", Head("embed"), seed=1)
    with pytest.raises(ValueError, match="Match"):
        network.loss("x", take(tiny.rows(3), np.arange(3), pad=1))


def test_bf16_leaves_vectors_and_cosines_in_full_precision() -> None:
    network, rows = tiny.network(), tiny.rows(8)
    network.add_head("x", Head("embed", dense=True), seed=1)
    rows.targets = {"role": np.array([0, 1] * 4), "key": np.arange(8)}
    batch = pack(rows.tokens, rows.lengths, pad=1, example=np.arange(8) // 2, targets=rows.targets)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        vectors = network.outputs("x", batch)
        loss = network.loss("x", batch)
        assert vectors.dtype == loss.dtype == torch.float32
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(8), atol=1e-6, rtol=0)
        torch.testing.assert_close(loss, heads.match_loss(vectors, batch, torch.tensor(100.0)))
    with torch.no_grad():
        torch.testing.assert_close(loss, network.loss("x", batch), rtol=0.2, atol=0.05)
