"""Two processes that train one network: what one alone gives, up to rounding, whatever is trained."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import load_file

from xstilts.encoders import heads
from xstilts.encoders.files import load_folder, save_network
from xstilts.errors import Lacking, XstiltsError
from xstilts.forms.form import Head
from xstilts.training import Machine, Progress
from xstilts.training.batches import RowFeed
from xstilts.training.loop import train
from xstilts.training.team import ALONE, Alone, share

sys.path.insert(0, str(Path(__file__).parent))

import training_teams

from xstilts.training.devices import together

TWO = Machine(device="cpu", threads=1, devices=2)
PARTS = msgspec.structs.replace(TWO, shards=True)
KINDS = list(training_teams.KINDS)


class Second(Alone):
    """The second of so many."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [2, 3, 40])
def test_shares_make_the_whole_gradient(name: str, size: int) -> None:
    """The rule itself, without processes: the weighed losses of all shares have the gradient of the batch's loss."""
    network, feeds, _ = training_teams.made([name])
    network.train(False)
    batch = feeds[name](0)
    network.loss(name, batch).backward()
    expected = {key: p.grad.clone() for key, p in network.named_parameters() if p.grad is not None}
    network.zero_grad(set_to_none=True)
    whole = 0.0
    for rank in range(size):
        mine, weight = share(Second(rank, size), network, name, batch)
        loss = network.loss(name, mine) * weight
        loss.backward()
        whole += float(loss.detach())
    assert whole == pytest.approx(float(network.loss(name, batch).detach()), rel=1e-5)
    for key, parameter in network.named_parameters():
        if key in expected:
            torch.testing.assert_close(parameter.grad, expected[key], rtol=1e-4, atol=1e-6)


def test_pairs_are_never_cut_and_alone_nothing_is() -> None:
    network = tiny.network()
    network.add_head("pairs", Head("embed"), seed=1)
    network.add_head("nli", Head("sequence", 3), seed=1)
    batch = RowFeed(tiny.rows(20), 8, 1, 1)(0)
    assert share(Second(1, 4), network, "pairs", batch) == (batch, 0.25)
    assert share(ALONE, network, "nli", batch) == (batch, 1.0)
    part, weight = share(Second(1, 2), network, "nli", batch)
    assert part.examples == 4 and weight == heads.terms(network.kinds["nli"], part) / 8


def test_without_accelerate_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xstilts.training.devices.find_spec", lambda name: None)
    with pytest.raises(Lacking, match=r"needs accelerate.*xstilts\[devices\]"):
        together(training_teams.work, {}, TWO, lambda progress: None)


def test_devices_that_are_not_there() -> None:
    with pytest.raises(XstiltsError, match="cannot all be cuda:1"):
        together(training_teams.work, {}, Machine(device="cuda:1", devices=2), lambda progress: None)
    if torch.cuda.device_count() < 64:
        with pytest.raises(Lacking, match="not 64"):
            together(training_teams.work, {}, Machine(device="cuda", devices=64), lambda progress: None)


def apart(one: Path, other: Path) -> float:
    """The largest difference between the weights of two bodies."""
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    return max(float((first[name] - second[name]).abs().max()) for name in first)


def losses(folder: Path, names: list[str]) -> list[float]:
    """What a network loses on a later batch of every kind.

    Heads are compared by this: where all answers may be raised alike, a bias has no gradient but rounding's.
    """
    _, feeds, _ = training_teams.made(names)
    network = load_folder(folder)
    return [float(network.loss(name, feeds[name](50)).detach()) for name in names]


needs_accelerate = pytest.mark.skipif(find_spec("accelerate") is None, reason="needs accelerate")


held = pytest.mark.parametrize("machine", [TWO, PARTS], ids=["copies", "parts"])


def test_a_network_in_parts_needs_several_devices() -> None:
    network, feeds, _ = training_teams.made(["nli"])
    with pytest.raises(XstiltsError, match="several devices"):
        train(network, feeds, training_teams.RECIPE, steps=1, seed=1, machine=Machine(device="cpu", shards=True))


@needs_accelerate
@pytest.mark.slow
@held
@pytest.mark.parametrize("names", [["nli"], KINDS], ids=["one", "all"])
def test_two_processes_are_one(tmp_path: Path, names: list[str], machine: Machine) -> None:
    given: dict[str, Any] = {"names": names}
    one = training_teams.alone(given | {"folder": str(tmp_path / "one")})
    seen: list[Progress] = []
    two = together(training_teams.work, given | {"folder": str(tmp_path / "two")}, machine, seen.append)
    along = np.array([[loss for _, loss in run.losses] for run in (one, two)])
    assert np.abs(along[0] - along[1]).max() < 1e-5 and apart(tmp_path / "one", tmp_path / "two") < 1e-5
    assert losses(tmp_path / "one", names) == pytest.approx(losses(tmp_path / "two", names), abs=1e-5)
    assert (one.steps, one.examples, one.tokens, one.counts) == (two.steps, two.examples, two.tokens, two.counts)
    assert seen[-1].done == training_teams.STEPS
    # They are real: with another share of the loss the networks would be far apart.
    assert apart(tmp_path / "one", _started(tmp_path, names)) > 1e-3


def _started(folder: Path, names: list[str]) -> Path:
    save_network(training_teams.made(names)[0], folder / "start")
    return folder / "start"


@needs_accelerate
@pytest.mark.slow
@held
def test_the_best_of_several_looks_is_the_same(tmp_path: Path, machine: Machine) -> None:
    """Looks at steps where no loss has been fetched yet, with a folder: all have to take part in saving."""
    recipe = msgspec.structs.replace(training_teams.RECIPE, select="english-dev", evaluate=7)
    given: dict[str, Any] = {"names": ["nli"], "recipe": recipe}
    one = training_teams.alone(given | {"folder": str(tmp_path / "one")})
    given |= {"folder": str(tmp_path / "two"), "checkpoint": str(tmp_path / "checkpoint")}
    two = together(training_teams.work, given, machine, lambda progress: None)
    assert one.selection is not None and two.selection is not None
    assert one.selection.step == two.selection.step == 21
    assert [step for step, _ in two.selection.looks] == [7, 14, 21, 28, 35, 42, 45]
    assert apart(tmp_path / "one", tmp_path / "two") < 1e-5


@needs_accelerate
@pytest.mark.slow
@pytest.mark.skipif(find_spec("peft") is None, reason="needs peft")
@held
def test_two_processes_train_an_adapter(tmp_path: Path, machine: Machine) -> None:
    given: dict[str, Any] = {"names": ["nli"], "adapted": True}
    training_teams.alone(given | {"folder": str(tmp_path / "one")})
    together(training_teams.work, given | {"folder": str(tmp_path / "two")}, machine, lambda progress: None)
    assert apart(tmp_path / "one", tmp_path / "two") < 1e-5 < apart(tmp_path / "one", _started(tmp_path, ["nli"]))


@needs_accelerate
@pytest.mark.slow
@held
def test_a_team_that_is_stopped_goes_on(tmp_path: Path, machine: Machine) -> None:
    given = {"names": ["nli", "words"], "recipe": msgspec.structs.replace(training_teams.RECIPE, dropout=0.1)}
    straight = together(
        training_teams.work, given | {"folder": str(tmp_path / "straight")}, machine, lambda progress: None
    )
    given |= {"folder": str(tmp_path / "stopped"), "checkpoint": str(tmp_path / "checkpoint"), "tick": 0.0}

    class Stopped(Exception):
        pass

    def stop(progress: Progress) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        together(training_teams.work, given, machine, stop)
    assert list((tmp_path / "checkpoint").glob("*.json"))
    after = together(training_teams.work, given, machine, lambda progress: None)
    assert after.restarts == 1 and after.losses == straight.losses
    assert apart(tmp_path / "straight", tmp_path / "stopped") == 0
