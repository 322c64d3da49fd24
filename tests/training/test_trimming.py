"""A word table cut down to the rows that occur: trained, put back, and to the bit what the whole table becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tiny
import torch
from torch import Tensor, nn

from xstilts.encoders.network import Network
from xstilts.encoders.table import SomeRows, cut
from xstilts.forms.form import Head
from xstilts.training import Health, Machine, Progress, Recipe, Training
from xstilts.training import checkpoint as checkpoints
from xstilts.training import optimizer as optimizers
from xstilts.training.batches import RowFeed, ids_of
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.rates import rate_at

HERE = Machine(device="cpu", threads=1)
STEPS = 12
RECIPE = Recipe(rate=3e-3, batch=8, weight_decay=0.1, clip=0.3)
FEW = 30
"""Only the words before this one occur."""


def few_rows(seed: int = 0) -> tiny.Rows:
    rows = tiny.rows(50, seed=seed)
    rows.tokens[rows.tokens >= FEW] -= tiny.WORDS - FEW
    rows.tokens[(rows.tokens < 5) & (rows.tokens != 0) & (rows.tokens != 2)] = 7
    return rows


def trained(
    kind: str,
    *,
    trimmed: bool,
    recipe: Recipe = RECIPE,
    looked: Callable[[Network], None] | None = None,
    **more: object,
) -> tuple[dict[str, Tensor], Training, Network]:
    network = tiny.network(kind)
    network.add_head("nli", Head("sequence", 3), seed=5)
    rows = few_rows()
    feed = RowFeed(rows, recipe.batch, 3, network.pad_id, name="nli")
    seen = ids_of([rows]) if trimmed else None
    if looked is not None:
        more["look"] = lambda ends: looked(network) or Health()
    training = train(network, {"nli": feed}, recipe, steps=STEPS, seed=3, machine=HERE, seen=seen, **more)
    return {name: w.detach().clone() for name, w in checkpoints.named(network).items()}, training, network


@pytest.mark.parametrize(
    ("kind", "precision"), [("xlmr", "fp32"), ("xlmr", "bf16"), ("modernbert", "fp32"), ("deberta", "fp32")]
)
def test_trimmed_is_whole_to_the_bit(kind: str, precision: str) -> None:
    recipe = msgspec.structs.replace(RECIPE, precision=precision)
    (whole, training, _), (some, record, network) = (
        trained(kind, trimmed=trimmed, recipe=recipe) for trimmed in (False, True)
    )
    assert whole.keys() == some.keys()
    assert [name for name in whole if not torch.equal(whole[name], some[name])] == []
    assert training.losses == record.losses
    assert training.rows is None and record.rows is not None
    assert FEW - 5 < record.rows[0] < record.rows[1] == tiny.WORDS
    assert type(network.body.get_input_embeddings()) is nn.Embedding


def test_also_where_layers_have_rates_of_their_own() -> None:
    """Then rows that never occur decay at the rate of the lowest layer."""
    recipe = msgspec.structs.replace(RECIPE, layer_decay=0.5, decay="cosine", warmup_steps=4)
    (whole, _, _), (some, record, _) = (trained("xlmr", trimmed=trimmed, recipe=recipe) for trimmed in (False, True))
    assert record.rows is not None
    assert [name for name in whole if not torch.equal(whole[name], some[name])] == []


def test_rows_that_never_occur_only_decay() -> None:
    before = tiny.network().body.get_input_embeddings().weight[FEW + 1].clone()
    after, _, network = trained("xlmr", trimmed=True)
    row = network.body.get_input_embeddings().weight[FEW + 1]
    rates = [RECIPE.rate * rate_at(step, STEPS, RECIPE) for step in range(STEPS)]
    expected = before.double() * float(np.prod([1 - rate * RECIPE.weight_decay for rate in rates]))
    torch.testing.assert_close(row.double(), expected, rtol=1e-6, atol=0)
    assert not torch.equal(row, before) and len(after)


def test_decay_where_it_is_not_one_product(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, rates = torch.randn(3000), [1e-5, 2e-3, 0.0, 7e-4]
    by_product, by_adamw = weights.clone(), weights.clone()
    optimizers.decay_alone(by_product, rates, 0.1)
    monkeypatch.setattr(optimizers, "_is_a_product", lambda device: False)
    optimizers.decay_alone(by_adamw, rates, 0.1)
    assert torch.equal(by_product, by_adamw) and not torch.equal(by_adamw, weights)


class Stopped(Exception):
    """What a watcher raises to stop a training."""


def test_a_checkpoint_holds_the_rows_that_occur_and_going_on_is_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xstilts.training.journal.TICK", 0.0)
    monkeypatch.setattr("xstilts.training.journal.SHARE", 1e9)

    def stop(progress: Progress) -> None:
        if progress.done == 5:
            (path,) = (tmp_path / str(len(sizes))).glob("*4.safetensors")
            sizes.append(path.stat().st_size)
            raise Stopped

    sizes: list[int] = []
    for trimmed in (False, True):
        with pytest.raises(Stopped):
            trained("xlmr", trimmed=trimmed, watch=stop, checkpoint=tmp_path / str(len(sizes)), every=0.0)
    saved = (tiny.WORDS - FEW) * 32 * 4 * 3  # weights and two moments
    assert saved - 1000 < sizes[0] - sizes[1] < saved + 1000
    after, training, _ = trained("xlmr", trimmed=True, checkpoint=tmp_path / "1")
    assert training.restarts == 1
    whole = trained("xlmr", trimmed=False)[0]
    assert all(torch.equal(after[name], whole[name]) for name in whole)


def test_a_look_on_the_way_sees_the_whole_table_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step 9 of 12: the table is what it would be had the training ended there, and goes on as if nobody had looked."""
    monkeypatch.setattr("xstilts.training.health.looks", lambda steps, rise: {9})
    seen: list[Tensor] = []

    def look(network: Network) -> None:
        rows = network.body.get_input_embeddings()
        assert type(rows) is nn.Embedding and rows.weight is network.model.lm_head.decoder.weight
        seen.append(rows.weight.detach().clone())

    looked, _, _ = trained("xlmr", trimmed=True, looked=look)
    whole, _, _ = trained("xlmr", trimmed=False)
    assert all(torch.equal(looked[name], whole[name]) for name in whole)
    trained("xlmr", trimmed=False, looked=look)
    assert len(seen) == 2 and torch.equal(*seen)


def test_where_hidden_words_are_guessed_the_table_stays_whole() -> None:
    network = tiny.network()
    network.add_head("words", Head("mask"), seed=1)
    feed = masked(RowFeed(few_rows(), 8, 3, 1), masker(network), seed=3)
    record = train(network, {"words": feed}, RECIPE, steps=2, seed=3, machine=HERE, seen=ids_of([few_rows()]))
    assert record.rows is None


def test_tied_weights_come_back() -> None:
    network = tiny.network()
    decoder = network.model.lm_head.decoder
    table = network.body.get_input_embeddings()
    assert decoder.weight is table.weight
    rows = cut(network, np.arange(10))
    assert rows is not None and decoder.weight is None
    assert sum(len(p) == tiny.WORDS for p in network.parameters()) == 1  # the decoder's bias
    rows.put_back(lambda weights: weights)
    assert decoder.weight is table.weight is network.body.get_input_embeddings().weight


def test_an_id_that_was_not_announced_is_an_error() -> None:
    network = tiny.network()
    assert cut(network, np.arange(10)) is not None
    part = network.body.get_input_embeddings()
    assert isinstance(part, SomeRows) and "10 of 100" in repr(part)
    assert part(torch.tensor([3, 9])).shape == (2, 32)
    with pytest.raises(IndexError):
        part(torch.tensor([3, 50]))


def test_what_is_not_cut() -> None:
    network = tiny.network()
    assert cut(network, np.arange(90)) is None
    network.body.get_input_embeddings().weight.requires_grad_(False)
    assert cut(network, np.arange(10)) is None


def test_ids_of_several_parts() -> None:
    one, other = few_rows(), tiny.rows(3, seed=4)
    assert ids_of([one, other]).tolist() == sorted({*one.tokens.tolist(), *other.tokens.tolist()})
    assert ids_of([]).tolist() == []
