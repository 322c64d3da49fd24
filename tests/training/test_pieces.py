"""A step in pieces is the same step: gradients, losses, whatever memory had to say."""

from pathlib import Path

import numpy as np
import pytest
import tiny
import torch

from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed, split
from xstilts.errors import XstiltsError
from xstilts.forms.form import Head
from xstilts.training import Machine, Recipe
from xstilts.training import checkpoint as checkpoints
from xstilts.training.batches import Feed, RowFeed
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.pieces import Pieces, out_of_memory

CPU = torch.device("cpu")
HEADS = {
    "sequence": Head("sequence", 3), "token": Head("token", 3), "choice": Head("choice"), "span": Head("span"),
    "mask": Head("mask"),
}  # fmt: skip


def made(kind: str, batch: int = 12) -> tuple[Network, Feed]:
    network = tiny.network(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    network.add_head(kind, HEADS[kind], seed=5)
    per = 3 if kind == "choice" else 1
    feed: Feed = RowFeed(tiny.rows(36 * per, targets=kind, per=per), batch, 3, 1)
    if kind == "mask":
        feed = masked(feed, masker(network), seed=3)
    return network, feed


def gradient(
    network: Network, kind: str, batch: Packed, most: int | None, **more: object
) -> tuple[float, torch.Tensor]:
    network.zero_grad(set_to_none=True)
    network.train()
    loss = Pieces(Recipe(**more), CPU, most).backward(network, kind, batch, step=1)
    grads = [p.grad.flatten() for p in network.parameters() if p.grad is not None]
    return float(loss), torch.cat(grads)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("most", [1, 5, 12])
def test_pieces_have_the_gradient_of_the_whole(kind: str, most: int, smoothing: float) -> None:
    network, feed = made(kind)
    network.double()
    loss, whole = gradient(network, kind, feed(0), None, smoothing=smoothing)
    again, parts = gradient(network, kind, feed(0), most, smoothing=smoothing)
    assert again == pytest.approx(loss, rel=1e-6)
    assert float((parts - whole).norm() / whole.norm()) < 1e-12


def test_unequal_pieces_are_weighed_by_their_terms() -> None:
    """The mean of the pieces' means is another number: rows differ in labelled tokens."""
    network, feed = made("token")
    loss, _ = gradient(network, "token", feed(0), 5)
    means = [gradient(network, "token", piece, None)[0] for piece in split(feed(0), 5, pad=1)]
    assert abs(float(np.mean(means)) - loss) > 1e-4


def contents(batch: Packed) -> list[object]:
    """Every row with its targets, or every hidden token with what stood there, in an order of their own."""
    if "slot" in batch.targets:
        return sorted(zip(batch.tokens[batch.targets["slot"]].tolist(), batch.targets["label"].tolist(), strict=True))
    found = []
    for row, (first, length) in enumerate(zip(batch.first.tolist(), batch.lengths.tolist(), strict=True)):
        span = slice(first, first + length)
        own = [t[span] if len(t) == len(batch.tokens) else t[row : row + 1] for t in batch.targets.values()]
        found.append((batch.tokens[span].tolist(), [one.tolist() for one in own]))
    return sorted(found)


@pytest.mark.parametrize("kind", HEADS)
def test_a_split_keeps_every_row_and_target(kind: str) -> None:
    batch = made(kind)[1](0)
    parts = split(batch, 5, pad=1)
    assert [part.examples for part in parts] == [5, 5, 2]
    assert sorted(one for part in parts for one in contents(part)) == contents(batch)
    assert split(batch, 12, pad=1) == [batch]


def test_a_training_in_pieces_ends_where_the_whole_one_does() -> None:
    ends = []
    for micro in (None, 4, 1):
        network, feed = made("token")
        recipe = Recipe(rate=1e-3, batch=12)
        training = train(
            network, {"token": feed}, recipe, steps=10, seed=1, machine=Machine(device="cpu", threads=1, micro=micro)
        )
        assert training.micro == micro and training.halved == []
        ends.append((training.losses[-1][1], checkpoints.named(network)))
    for loss, weights in ends[1:]:
        assert loss == pytest.approx(ends[0][0], rel=1e-4)
        for name, tensor in weights.items():
            torch.testing.assert_close(tensor, ends[0][1][name], atol=2e-4, rtol=0)


def starve(network: Network, monkeypatch: pytest.MonkeyPatch, room: int, error: Exception) -> None:
    """A network that has memory for so many examples at once."""
    plain = network.loss

    def loss(name: str, batch: Packed, **more: float) -> torch.Tensor:
        found = plain(name, batch, **more)
        if batch.examples > room:
            raise error
        return found

    monkeypatch.setattr(network, "loss", loss)


NO_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
NO_CPU_MEMORY = RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory")


@pytest.mark.parametrize("error", [NO_MEMORY, NO_CPU_MEMORY], ids=["cuda", "cpu"])
def test_out_of_memory_halves_the_pieces_and_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    network, feed = made("sequence")
    recipe = Recipe(rate=1e-3, batch=12)
    whole = train(network, {"sequence": feed}, recipe, steps=6, seed=1, machine=Machine(device="cpu"))
    network, feed = made("sequence")
    starve(network, monkeypatch, 3, error)
    training = train(network, {"sequence": feed}, recipe, steps=6, seed=1, machine=Machine(device="cpu"))
    assert training.halved == [(1, 6), (1, 3)] and training.micro == 3
    assert training.examples == whole.examples == 6 * 12
    assert [loss for _, loss in training.losses] == pytest.approx([loss for _, loss in whole.losses], rel=1e-4)


def test_the_failed_pass_leaves_no_gradient_and_no_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for room in (6, 99):
        network, feed = made("sequence")
        network.set_dropout(0.2)
        network.train()
        pieces = Pieces(Recipe(), CPU, 6 if room == 99 else None)
        starve(network, monkeypatch, room, NO_MEMORY)
        torch.manual_seed(4)
        pieces.backward(network, "sequence", feed(0), step=1)
        found.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_one_example_that_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    network, feed = made("sequence")
    starve(network, monkeypatch, 0, NO_MEMORY)
    with pytest.raises(XstiltsError, match=r"Out of memory with one example in step 1.*--recompute"):
        train(network, {"sequence": feed}, Recipe(batch=12), steps=2, seed=1, machine=Machine(device="cpu"))


def test_other_errors_are_not_taken_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    network, feed = made("sequence")
    starve(network, monkeypatch, 0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train(network, {"sequence": feed}, Recipe(batch=12), steps=2, seed=1, machine=Machine(device="cpu"))
    assert not out_of_memory(ValueError("x"))


def test_pairs_are_never_cut() -> None:
    network = tiny.network()
    network.add_head("pairs", Head("embed", pooling="mean"), seed=1)
    rows = tiny.rows(24, per=2, targets="")
    rows.targets = {"role": np.tile([0, 1], 12), "key": np.arange(24)}
    batch = RowFeed(rows, 12, 3, 1)(0)
    network.train(False)
    whole = Pieces(Recipe(), CPU).backward(network, "pairs", batch, step=1)
    assert torch.equal(Pieces(Recipe(), CPU, 2).backward(network, "pairs", batch, step=1), whole)


def test_a_resumed_training_stays_with_the_halved_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(folder: Path | None, stop: int | None) -> tuple[object, dict[str, torch.Tensor]]:
        network, feed = made("sequence")
        with monkeypatch.context() as patch:
            starve(network, patch, 3, NO_MEMORY)

            def watched(k: int) -> Packed:
                if k == stop:
                    raise KeyboardInterrupt
                return feed(k)

            done = train(
                network, {"sequence": watched}, Recipe(rate=1e-3, batch=12), steps=8, seed=1,
                machine=Machine(device="cpu", threads=1), checkpoint=folder, every=0.0,
            )  # fmt: skip
        return done, checkpoints.named(network)

    plain, weights = run(None, None)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 4)
    resumed, found = run(tmp_path, None)
    assert resumed.halved == plain.halved and resumed.restarts == 1
    assert all(torch.equal(found[name], weights[name]) for name in weights)


@pytest.mark.parametrize("kind", ["xlmr", "modernbert", "deberta"])
def test_recomputed_layers_give_the_same_gradient(kind: str) -> None:
    found = []
    for on in (False, True):
        network = tiny.network(kind)
        network.add_head("nli", HEADS["sequence"], seed=5)
        network.set_dropout(0.1)
        network.set_recompute(on)
        network.train()
        torch.manual_seed(2)
        Pieces(Recipe(), CPU).backward(network, "nli", RowFeed(tiny.rows(12), 12, 3, 1)(0), step=1)
        found.append({name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys()
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
