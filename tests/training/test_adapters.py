"""Adapters: few weights are trained, the others stay to the bit, and what comes out is an ordinary encoder."""

import sys
from pathlib import Path

import msgspec
import pytest
import tiny
import torch
from test_stage import HERE, task

from xstilts.encoders.files import load_folder, save_network
from xstilts.errors import BadEncoder, XstiltsError
from xstilts.identity import canonical, digest
from xstilts.training import Recipe
from xstilts.training import checkpoint as checkpoints
from xstilts.training.adapters import adapt, trained
from xstilts.training.batches import RowFeed
from xstilts.training.recipe import Adapter
from xstilts.training.stage import train_stage

pytest.importorskip("peft")
RECIPE = Recipe(rate=1e-2, epochs=None, steps=8, batch=16, adapter=Adapter(rank=4))


@pytest.mark.parametrize("kind", ["lora", "dora", "ia3"])
@pytest.mark.parametrize("encoder", ["xlmr", "modernbert", "deberta"])
def test_only_the_adapted_layers_become_others(kind: str, encoder: str, tmp_path: Path) -> None:
    network = tiny.network(encoder)
    before = {name: tensor.clone() for name, tensor in network.model.state_dict().items()}
    recipe = msgspec.structs.replace(RECIPE, adapter=Adapter(kind=kind, rank=4, dropout=0.1))
    training = train_stage(network, [task("toy", 1)], None, recipe, seed=1, machine=HERE)
    after = network.model.state_dict()
    assert after.keys() == before.keys()
    changed = {name for name in before if not torch.equal(after[name], before[name])}
    projections = ("query", "query_proj", "q_proj", "value", "value_proj", "key", "key_proj", "Wqkv")
    assert changed and all(name.split(".")[-2] in projections for name in changed)
    assert training.weights is not None and training.weights[0] < 0.2 * training.weights[1]
    assert all(weight.requires_grad for weight in network.parameters())
    assert network.packs == tiny.network(encoder).packs

    save_network(network, tmp_path)
    batch = RowFeed(tiny.rows(12), 6, 1, 1)(0)
    with torch.inference_mode():
        torch.testing.assert_close(load_folder(tmp_path).hidden(batch), network.hidden(batch), atol=1e-6, rtol=0)


def test_the_merged_network_says_what_the_adapted_one_said() -> None:
    network, batch = tiny.network(), RowFeed(tiny.rows(12), 6, 1, 1)(0)
    with torch.inference_mode():
        plain = network.hidden(batch)
    merge = adapt(network, Adapter(rank=4), seed=3)
    some, _ = trained(network)
    assert some == 2 * 2 * (32 * 4 + 4 * 32)
    with torch.inference_mode():
        torch.testing.assert_close(network.hidden(batch), plain, atol=1e-6, rtol=0)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                weight.add_(0.1)
    with torch.inference_mode():
        adapted = network.hidden(batch)
    merge()
    with torch.inference_mode():
        torch.testing.assert_close(network.hidden(batch), adapted, atol=1e-5, rtol=0)
    assert float((adapted - plain).abs().max()) > 1e-3


def test_new_weights_are_the_seeds_and_disturb_no_other_draw() -> None:
    found = []
    for seed in (3, 3, 4):
        network = tiny.network()
        torch.manual_seed(7)
        adapt(network, Adapter(), seed=seed)
        found.append((next(w for n, w in network.named_parameters() if "lora_A" in n), torch.rand(1)))
    assert torch.equal(found[0][0], found[1][0]) and not torch.equal(found[0][0], found[2][0])
    assert found[0][1] == found[2][1]


def test_an_adapted_training_goes_on_bit_for_bit_and_saves_little(tmp_path: Path) -> None:
    def run(folder: Path | None, stop: int | None) -> tuple[list[object], dict[str, torch.Tensor]]:
        network, steps = tiny.network(), 0
        plain = network.loss

        def loss(*given: object, **more: object) -> torch.Tensor:
            nonlocal steps
            steps += 1
            if steps == stop:
                raise KeyboardInterrupt
            return plain(*given, **more)

        network.loss = loss  # type: ignore[method-assign]
        recipe = msgspec.structs.replace(RECIPE, select="english-dev", evaluate=3)
        done = train_stage(network, [task("toy", 1)], None, recipe, seed=4, machine=HERE, checkpoint=folder, every=0.0)
        return [done.losses, done.selection, done.dev], checkpoints.named(network)

    whole, weights = run(None, None)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 5)
    size = sum(path.stat().st_size for path in tmp_path.glob("*.safetensors")) / checkpoints.KEPT
    assert size < 0.75 * sum(tensor.nbytes for tensor in weights.values())
    told, found = run(tmp_path, None)
    assert told == whole and all(torch.equal(found[name], weights[name]) for name in weights)


def test_an_adapter_is_part_of_what_a_recipe_is() -> None:
    kinds = [None, Adapter(), Adapter(rank=4), Adapter(kind="ia3"), Adapter(modules=("key",))]
    assert len({digest(Recipe(adapter=one)) for one in kinds}) == len(kinds)
    assert b"adapter" not in canonical(Recipe())


def test_layers_that_are_not_there_are_told() -> None:
    with pytest.raises(BadEncoder, match=r"no linear layer 'wq' to adapt.*query"):
        adapt(tiny.network(), Adapter(modules=("wq",)), seed=1)


def test_without_peft_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(XstiltsError, match=r'pip install "xstilts\[peft\]"'):
        train_stage(tiny.network(), [task("toy", 1)], None, RECIPE, seed=1, machine=HERE)
