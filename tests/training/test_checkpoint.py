"""Checkpoints: sealed, the one before kept, a broken one passed over, and a full disk survived."""

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import test_loop
import tiny
import torch

from xstilts.errors import BadStore
from xstilts.forms.form import Head
from xstilts.training import Progress
from xstilts.training import checkpoint as checkpoints
from xstilts.training.loop import train
from xstilts.training.optimizer import make_optimizer
from xstilts.training.record import Overtaken

STEPS = 16


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, torch.Tensor], object]:
    """What the training becomes that nobody disturbs."""
    return test_loop.run(STEPS)


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the checkpoints of steps 8 and 9."""
    monkeypatch.setattr("xstilts.training.journal.TICK", 0.0)
    monkeypatch.setattr("xstilts.training.journal.SHARE", 1e9)

    def stop(progress: Progress) -> None:
        if progress.done == 9:
            raise test_loop.Stopped

    with pytest.raises(test_loop.Stopped):
        test_loop.run(STEPS, watch=stop, checkpoint=tmp_path, every=0.0)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        f"{step:012}.{ending}" for step in (8, 9) for ending in ("json", "safetensors")
    ]
    return tmp_path


def harm(folder: Path, step: int, how: str) -> None:
    path = folder / f"{step:012}.safetensors"
    seal, content = path.with_suffix(".json"), path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "a bit":
        at = len(content) - 100
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    elif how == "gone":
        path.unlink()
    elif how == "the seal":
        seal.write_text('{"bytes": 3')
    else:
        assert how == "never sealed"
        seal.unlink()


@pytest.mark.parametrize("how", ["truncated", "a bit", "gone", "the seal"])
def test_a_broken_one_falls_back_to_the_one_before_and_says_so(
    interrupted: Path, whole: tuple, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    harm(interrupted, 9, how)
    with caplog.at_level(logging.WARNING):
        after, training = test_loop.run(STEPS, checkpoint=interrupted)
    assert "step 9 is broken" in caplog.text and "step 9 is broken" in training.notes[0]
    assert test_loop.same(after, whole[0]) and training.losses == whole[1].losses and training.restarts == 1


def test_one_that_was_never_sealed_is_none(interrupted: Path, whole: tuple) -> None:
    harm(interrupted, 9, "never sealed")
    after, training = test_loop.run(STEPS, checkpoint=interrupted)
    assert test_loop.same(after, whole[0]) and training.restarts == 1 and training.notes == ()


def test_two_broken_ones_mean_from_the_start(interrupted: Path, whole: tuple) -> None:
    harm(interrupted, 8, "truncated")
    harm(interrupted, 9, "a bit")
    after, training = test_loop.run(STEPS, checkpoint=interrupted)
    assert training.restarts == 0 and len(training.notes) == 2
    assert test_loop.same(after, whole[0])


def test_anothers_is_left_alone(interrupted: Path) -> None:
    network, feeds = test_loop.made()
    recipe = msgspec.structs.replace(test_loop.RECIPE, rate=2e-3)
    again = train(network, feeds, recipe, steps=12, seed=3, machine=test_loop.HERE, checkpoint=interrupted, every=0.0)
    assert again.restarts == 0 and again.notes == ()
    # What it has saved itself has taken their place.
    assert [path.name for path in sorted(interrupted.glob("*.json"))] == [f"{step:012}.json" for step in (10, 11)]


def test_one_of_other_weights_is_not_taken(interrupted: Path) -> None:
    network, feeds = test_loop.made(seed=2)
    again = train(
        network, feeds, test_loop.RECIPE, steps=STEPS, seed=3, machine=test_loop.HERE,
        schedule=test_loop.TURNS[:STEPS], checkpoint=interrupted,
    )  # fmt: skip
    assert again.restarts == 0


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond this: the write fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_leaves_the_old_one_whole_and_the_training_goes_on(
    interrupted: Path, whole: tuple, caplog: pytest.LogCaptureFixture
) -> None:
    before = {path.name: path.read_bytes() for path in interrupted.iterdir()}
    with room_for(20_000), caplog.at_level(logging.WARNING):
        after, training = test_loop.run(STEPS, checkpoint=interrupted, every=0.0)
    assert {path.name: path.read_bytes() for path in interrupted.iterdir()} == before
    assert "The training goes on" in caplog.text and "no checkpoint could be written in step" in training.notes[0]
    assert test_loop.same(after, whole[0]) and training.restarts == 1


def test_saving_says_what_is_wrong(tmp_path: Path) -> None:
    with room_for(100), pytest.raises(BadStore, match="Cannot write a checkpoint"):
        checkpoints.save(tmp_path, checkpoints.Mark(signature="", step=1), {"x": torch.zeros(1000)})
    assert not list(tmp_path.iterdir())


MARK = checkpoints.Mark(signature="this", step=40)


def test_two_that_save_the_same_step_at_once_do_each_other_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One was frozen in the middle of writing; its successor saves the same step; then the first one goes on."""
    write = checkpoints.save_file

    def frozen(tensors: dict, path: Path, metadata: dict) -> None:
        monkeypatch.setattr(checkpoints, "save_file", write)
        write({"x": torch.zeros(1)}, path, metadata)
        checkpoints.save(tmp_path, MARK, {"x": torch.ones(1000)})
        write(tensors, path, metadata)

    monkeypatch.setattr(checkpoints, "save_file", frozen)
    checkpoints.save(tmp_path, MARK, {"x": torch.ones(1000)})
    found, passed = checkpoints.load(tmp_path, "this")
    assert found is not None and not passed and torch.equal(found.tensors["x"], torch.ones(1000))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".safetensors"]


def test_who_comes_back_late_drops_nothing_of_its_successors(tmp_path: Path) -> None:
    for step in (30, 50, 60):
        checkpoints.save(tmp_path, msgspec.structs.replace(MARK, step=step), {"x": torch.full((9,), float(step))})
    checkpoints.save(tmp_path, msgspec.structs.replace(MARK, step=70, signature="another"), {"x": torch.zeros(9)})
    checkpoints.save(tmp_path, MARK, {"x": torch.full((9,), 40.0)})
    found, _ = checkpoints.load(tmp_path, "this")
    assert found is not None and found.mark.step == 60
    assert not (tmp_path / f"{70:012}.json").exists()


def test_what_a_kill_left_is_swept_away_by_whoever_goes_on(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / checkpoints.BEST):
        (place / f"{checkpoints.HALF}x").mkdir(parents=True)
        (place / f"{checkpoints.HALF}x" / "1.safetensors").write_text("half")
    checkpoints.load(tmp_path, "this")
    assert [path.name for path in tmp_path.rglob("*")] == [checkpoints.BEST]


def test_who_is_overtaken_saves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xstilts.training.journal.TICK", 0.0)

    def taken(progress: Progress) -> None:
        if progress.done == 3:
            raise Overtaken

    with pytest.raises(Overtaken):
        test_loop.run(STEPS, watch=taken, checkpoint=tmp_path, every=60.0)
    assert not list(tmp_path.iterdir())


def test_what_is_frozen_is_not_written() -> None:
    network = tiny.network()
    network.add_head("nli", Head("sequence", 3), seed=5)
    frozen = next(iter(network.body.parameters())).requires_grad_(False)
    optimizer = make_optimizer(network, test_loop.RECIPE, torch.device("cpu"))
    written = checkpoints.tensors_of(network, optimizer)
    names = {name for name, parameter in network.named_parameters() if parameter is frozen}
    assert names and not any(f"weights/{name}" in written for name in names)
    assert "weights/heads.nli.out.weight" in written


def test_only_checkpoints_are_removed(interrupted: Path) -> None:
    (interrupted / "model.safetensors").write_text("somebody's")
    (interrupted / "config.json").write_text("{}")
    checkpoints.remove(interrupted)
    assert {path.name for path in interrupted.iterdir()} == {"model.safetensors", "config.json"}
