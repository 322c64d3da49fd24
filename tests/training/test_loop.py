"""The loop: learns, repeats itself, and goes on from a checkpoint bit for bit, also after a kill."""

import math
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tiny
import torch

from xstilts.encoders.network import Network
from xstilts.forms.form import Head
from xstilts.training import Machine, Progress, Recipe, Training, health
from xstilts.training import checkpoint as checkpoints
from xstilts.training.batches import Feed, RowFeed
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.optimizer import make_optimizer
from xstilts.training.rates import rate_at

HERE = Machine(device="cpu", threads=1)
RECIPE = Recipe(rate=1e-3, batch=8)


def made(seed: int = 1) -> tuple[Network, dict[str, Feed]]:
    """A network with three heads, one of them for hidden words, and a feed for each."""
    network = tiny.network(seed=seed)
    for name, head in {"nli": Head("sequence", 3), "tags": Head("token", 3), "words": Head("mask")}.items():
        network.add_head(name, head, seed=5)
    feeds: dict[str, Feed] = {
        "nli": RowFeed(tiny.rows(50), 8, 3, 1, name="nli"),
        "tags": RowFeed(tiny.rows(30, seed=2, targets="token"), 8, 3, 1, name="tags"),
    }
    feeds["words"] = masked(RowFeed(tiny.rows(60, seed=3), 8, 3, 1, name="words"), masker(network), seed=3)
    return network, feeds


TURNS = np.random.default_rng(0).integers(0, 3, 60)


def weights(network: Network) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in checkpoints.named(network).items()}


def run(steps: int = 60, **more: object) -> tuple[dict[str, torch.Tensor], Training]:
    network, feeds = made()
    training = train(network, feeds, RECIPE, steps=steps, seed=3, machine=HERE, schedule=TURNS[:steps], **more)
    return weights(network), training


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_learns(precision: str) -> None:
    network = tiny.network()
    network.add_head("nli", Head("sequence", 3), seed=5)
    recipe = Recipe(rate=5e-3, dropout=0.0, precision=precision)
    training = train(network, {"nli": RowFeed(tiny.rows(64), 16, 1, 1)}, recipe, steps=120, seed=1, machine=HERE)
    assert training.losses[0][1] > 1 and training.losses[-1][1] < 0.5
    assert training.health.state == "ok" and training.steps == 120 and training.examples == 120 * 16
    assert not network.training


def test_several_tasks_one_a_step() -> None:
    _, training = run()
    assert training.counts == dict(zip(("nli", "tags", "words"), np.bincount(TURNS).tolist(), strict=True))
    assert training.steps == 60 and training.tokens > 0


def test_a_training_repeats_itself() -> None:
    torch.manual_seed(1)
    one, first = run()
    torch.manual_seed(2)
    other, second = run()
    assert same(one, other) and first.losses == second.losses


class Stopped(Exception):
    """What a watcher raises to stop a training."""


@pytest.mark.parametrize("at", [1, 17, 59])
def test_going_on_is_exact(tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xstilts.training.journal.TICK", 0.0)

    def stop(progress: Progress) -> None:
        if progress.done == at:
            raise Stopped

    with pytest.raises(Stopped):
        run(watch=stop, checkpoint=tmp_path)
    torch.manual_seed(99)
    after, training = run(checkpoint=tmp_path)
    whole, uninterrupted = run()
    assert same(after, whole)
    assert training.restarts == 1 and training.losses == uninterrupted.losses
    assert (training.tokens, training.examples) == (uninterrupted.tokens, uninterrupted.examples)
    checkpoints.remove(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_stops_it() -> None:
    network, feeds = made()
    with torch.no_grad():
        network.heads["nli"]["out"].bias.fill_(math.nan)
    training = train(network, {"nli": feeds["nli"]}, RECIPE, steps=40, seed=1, machine=HERE)
    assert training.health.state == "diverged" and training.steps == health.CHECK and training.dead
    assert msgspec.json.encode(training)


def test_heads_without_a_turn_stay_as_they_were() -> None:
    network, feeds = made()
    before = weights(network)
    train(network, {"nli": feeds["nli"]}, RECIPE, steps=5, seed=1, machine=HERE)
    after = weights(network)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert not any(name.startswith("heads.tags") for name in changed)
    assert "heads.nli.out.weight" in changed and any(name.startswith("model.roberta") for name in changed)


def test_rate_rises_and_falls() -> None:
    rates = [rate_at(step, 100, Recipe(warmup=0.1)) for step in range(100)]
    assert max(rates) == rates[10] == 1.0 and rates[0] > 0 and rates[-1] == pytest.approx(1 / 90)
    assert all(low < high for low, high in pairwise(rates[:11]))
    assert all(high > low for high, low in pairwise(rates[10:]))
    assert rate_at(0, 10, Recipe(warmup=0.0)) == 1.0


def test_no_decay_on_biases_and_normalisations() -> None:
    network, _ = made()
    names = {parameter: name for name, parameter in network.named_parameters()}
    _, free = make_optimizer(network, RECIPE, torch.device("cpu")).param_groups
    assert free["weight_decay"] == 0
    assert all("bias" in names[p] or "norm" in names[p].lower() for p in free["params"])
