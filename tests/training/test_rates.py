"""Rates over the steps and over the layers, and smoothed labels, against their definitions."""

import math

import pytest
import tiny
import torch
from torch.nn import functional
from transformers import AutoConfig

from xstilts.encoders import heads
from xstilts.encoders.files import fresh_network
from xstilts.errors import BadEncoder
from xstilts.forms.form import Head
from xstilts.identity import digest
from xstilts.training import Machine, Recipe
from xstilts.training.batches import RowFeed
from xstilts.training.loop import train
from xstilts.training.optimizer import make_optimizer, set_rate
from xstilts.training.rates import depth, rate_at

CPU = torch.device("cpu")


def test_shapes_of_decay() -> None:
    def curve(**more: object) -> list[float]:
        recipe = Recipe(warmup=0.1, **more)
        return [rate_at(step, 100, recipe) for step in range(100)]

    rise = [(step + 1) / 11 for step in range(10)]
    for shape in ("linear", "cosine", "root", "constant"):
        assert curve(decay=shape)[:10] == pytest.approx(rise)
        assert curve(decay=shape)[10] == pytest.approx(1.0)
    assert curve()[55] == pytest.approx(0.5)
    assert curve(decay="cosine")[55] == pytest.approx(0.5)
    assert curve(decay="cosine")[32] == pytest.approx((1 + math.cos(math.pi * 22 / 90)) / 2)
    assert curve(decay="root")[43] == pytest.approx(0.5)
    assert set(curve(decay="constant")[10:]) == {1.0}
    assert curve(warmup_steps=50)[:51] == pytest.approx([(step + 1) / 51 for step in range(51)])
    assert rate_at(3, 4, Recipe(warmup_steps=500)) == pytest.approx(4 / 5)


@pytest.mark.parametrize("kind", ["xlmr", "bert", "modernbert", "deberta"])
def test_layers_learn_slower_the_lower_they_stand(kind: str) -> None:
    network = tiny.network(kind)
    network.add_head("nli", Head("sequence", 3), seed=1)
    optimizer = make_optimizer(network, Recipe(layer_decay=0.5), CPU)
    set_rate(optimizer, 1.0)
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    named = dict(network.named_parameters())
    assert len(rates) == len(named)
    top = network.layers + 1
    for name, weight in named.items():
        # The table has a second name where it guesses hidden words, and is no head for that.
        at = 0 if weight is network.table else depth(name)
        assert rates[id(weight)] == 0.5 ** (top - (top if at is None else at)), name
    found = {depth(name) for name in named}
    assert found == {None, *range(top)}
    assert depth("heads.nli.out.weight") is None


def test_layers_that_cannot_be_told_apart_are_told() -> None:
    """An encoder whose layers share one set of weights has no lower and higher ones."""
    config = AutoConfig.for_model("albert", **tiny.SIZE, embedding_size=16, num_hidden_layers=2, pad_token_id=1)
    network = fresh_network(config, tiny.tokenizer(), seed=1)
    with pytest.raises(BadEncoder, match="`layer_decay` cannot tell them apart"):
        make_optimizer(network, Recipe(layer_decay=0.5), CPU)
    assert make_optimizer(network, Recipe(), CPU).param_groups


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("model.roberta.encoder.layer.3.output.dense.weight", 4),
        ("model.transformer.attentions.3.q_lin.weight", 4),
        ("model.transformer.layer_norm2.3.bias", 4),
        ("model.transformer.ffns.0.lin1.weight", 1),
        ("model.transformer.embeddings.weight", 0),
        ("model.lm_head.dense.weight", None),
    ],
)
def test_where_a_weight_stands(name: str, at: int | None) -> None:
    assert depth(name) == at


def test_decay_of_weights_knows_the_same_two_groups_on_every_layer() -> None:
    network = tiny.network()
    for group in make_optimizer(network, Recipe(layer_decay=0.9, weight_decay=0.3), CPU).param_groups:
        assert {p.ndim > 1 for p in group["params"]} <= {group["weight_decay"] == 0.3}


@pytest.mark.parametrize("kind", ["sequence", "token"])
def test_smoothed_labels_are_torchs(kind: str) -> None:
    batch = RowFeed(tiny.rows(targets=kind), 16, 1, 1)(0)
    scores = torch.randn(len(batch.targets["label"]), 3)
    expected = functional.cross_entropy(scores, batch.targets["label"], ignore_index=-1, label_smoothing=0.2)
    torch.testing.assert_close(heads.loss(Head(kind, 3), scores, batch, smoothing=0.2), expected)


def test_smoothed_choices_and_spans_spread_over_what_there_is() -> None:
    batch = RowFeed(tiny.rows(40, per=4, targets="choice"), 10, 1, 1)(0)
    scores = torch.randn(40, 1)
    table, at = heads.by_example(scores[:, 0], batch)
    right = torch.zeros(10, dtype=torch.int64).scatter(0, at, batch.targets["label"])
    expected = functional.cross_entropy(table, right, label_smoothing=0.2)
    torch.testing.assert_close(heads.loss(Head("choice"), scores, batch, smoothing=0.2), expected)

    batch = RowFeed(tiny.rows(targets="span"), 8, 1, 1)(0)
    scores = torch.randn(len(batch.tokens), 2)
    losses = []
    for row, length in enumerate(batch.lengths.tolist()):
        first = int(batch.first[row])
        own = scores[first : first + length].T
        label = torch.stack([batch.targets["start"][row], batch.targets["end"][row]])
        losses.append(functional.cross_entropy(own, label, label_smoothing=0.2))
    torch.testing.assert_close(heads.loss(Head("span"), scores, batch, smoothing=0.2), torch.stack(losses).mean())


def test_smoothing_changes_a_training() -> None:
    losses = []
    for smoothing in (0.0, 0.3):
        network = tiny.network()
        network.add_head("nli", Head("sequence", 3), seed=5)
        recipe = Recipe(rate=5e-3, dropout=0.0, smoothing=smoothing)
        here = Machine(device="cpu", threads=1)
        training = train(network, {"nli": RowFeed(tiny.rows(64), 16, 1, 1)}, recipe, steps=60, seed=1, machine=here)
        losses.append(training.losses[-1][1])
    assert losses[1] > losses[0] + 0.1


def test_a_recipe_that_sets_nothing_new_is_the_recipe_it_was() -> None:
    assert digest(Recipe()) == digest(Recipe(decay="linear", layer_decay=1, smoothing=0, warmup_steps=None))
    others = [
        Recipe(decay="cosine"), Recipe(layer_decay=0.9), Recipe(smoothing=0.1), Recipe(warmup_steps=0),
    ]  # fmt: skip
    assert len({digest(one) for one in [Recipe(), *others]}) == 5
