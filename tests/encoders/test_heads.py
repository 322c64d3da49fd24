"""Heads: paired beginnings, losses by hand, and the encoder's own masked-language head."""

import math

import numpy as np
import pytest
import tiny
import torch
from torch.nn import functional

from xstilts.encoders import heads
from xstilts.encoders.dropout import dropout
from xstilts.encoders.packed import pack
from xstilts.forms.form import Head
from xstilts.training.batches import take


def test_a_head_comes_from_its_seed_alone() -> None:
    one, other = tiny.network(seed=1), tiny.network(seed=2)
    torch.manual_seed(5)
    one.add_head("x", Head("sequence", 3), seed=7)
    torch.manual_seed(6)
    other.add_head("x", Head("sequence", 3), seed=7)
    for name, weight in one.heads.state_dict().items():
        assert torch.equal(weight, other.heads.state_dict()[name])
    before = one.heads["x"]["out"].weight.clone()
    one.add_head("x", Head("sequence", 3), seed=8)
    assert not torch.equal(before, one.heads["x"]["out"].weight)
    assert one.heads["x"]["out"].bias.abs().max() == 0


def test_choice_loss_with_options_of_unequal_number() -> None:
    batch = pack(
        np.full(10, 5), np.full(5, 2), pad=1, example=np.array([3, 3, 3, 8, 8]),
        targets={"label": np.array([2, 2, 2, 0, 0])},
    )  # fmt: skip
    scores = torch.tensor([[1.0], [2.0], [3.0], [0.5], [-0.5]])
    expected = (functional.cross_entropy(scores[:3].T, torch.tensor([2])) + math.log(1 + math.exp(-1))) / 2
    torch.testing.assert_close(heads.loss(Head("choice"), scores, batch), torch.as_tensor(expected))


def test_a_batch_without_a_label_costs_nothing() -> None:
    batch = pack(np.full(4, 5), np.array([2, 2]), pad=1, targets={"label": np.full(4, -1)})
    assert heads.loss(Head("token", 3), torch.randn(4, 3), batch) == 0


@pytest.mark.parametrize("kind", ["xlmr", "bert", "modernbert"])
def test_mask_head_is_the_encoders_own(kind: str) -> None:
    network, rows = tiny.network(kind), tiny.rows(5)
    network.add_head("lm", Head("mask"), seed=1)
    batch = take(rows, np.arange(5), pad=network.pad_id)
    batch.targets["slot"] = batch.place[::3]  # type: ignore[index]
    with torch.no_grad():
        found = network.outputs("lm", batch)
        network.model.set_attn_implementation("eager")
        alone = torch.tensor(rows.tokens).long().split(rows.lengths.tolist())
        whole = torch.cat([network.model(row[None]).logits[0] for row in alone])
    torch.testing.assert_close(found, whole[::3], rtol=1e-4, atol=1e-5)
    table = network.body.get_input_embeddings().weight
    assert network.model.get_output_embeddings().weight is table


def test_mask_head_is_new_where_the_encoder_has_none() -> None:
    network = tiny.network()
    network._lm = ()
    network.add_head("lm", Head("mask"), seed=1)
    batch = take(tiny.rows(5), np.arange(5), pad=network.pad_id)
    batch.targets["slot"] = batch.place[::3]  # type: ignore[index]
    scores = network.outputs("lm", batch)
    assert scores.shape == (len(batch.place[::3]), tiny.WORDS)
    scores.sum().backward()
    assert network.body.get_input_embeddings().weight.grad is not None


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_fast_dropout_keeps_rate_and_mean(rate: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(999, 401, requires_grad=True)
    y = dropout(x, rate)
    share = float((y == 0).float().mean())
    assert abs(share - rate) < 0.005
    assert abs(float(y.detach().mean()) - 1) < 0.01
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())
    torch.manual_seed(0)
    assert torch.equal(dropout(x, rate), y)
