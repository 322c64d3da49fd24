"""Two sick trainings, made so: one diverges, one collapses. Both are noticed on the way, begun again, and told."""

from pathlib import Path

import msgspec
import pytest
import test_stage
import tiny

from xstilts.encoders.network import Network
from xstilts.tasks import Task
from xstilts.training import Health, Machine, Recipe, Training, health
from xstilts.training.attempts import Try, persevere
from xstilts.training.look import Looked, dead
from xstilts.training.stage import train_stage

HERE = Machine(device="cpu", threads=1)
STEPS = 100
RECIPE = Recipe(rate=5e-3, epochs=None, steps=STEPS, batch=16, dropout=0.0)
TOY = msgspec.structs.replace(test_stage.task("toy", 1), train=test_stage.Made(1, 400), dev=test_stage.Made(2, 200))


def train(
    recipe: Recipe, tasks: tuple[Task, ...] = (TOY,), *, seed: int = 1, folder: Path | None = None
) -> tuple[Training, list[Try]]:
    """A stage by the rule, from the same network in every attempt."""
    tried: list[Try] = []

    def once(now: Try) -> Training:
        tried.append(now)
        network: Network = tiny.network()
        return train_stage(
            network, tasks, None, now.recipe, seed=now.seed, machine=HERE, checkpoint=now.folder, last=now.last
        )

    return persevere(once, recipe, seed=seed, folder=folder), tried


def test_a_training_that_diverges() -> None:
    training, tried = train(msgspec.structs.replace(RECIPE, rate=30.0, warmup=0.0))
    assert [now.recipe.rate for now in tried] == [30.0, 30.0, 15.0]
    assert [one.health.state for one in training.abandoned] == ["diverged", "diverged"]
    # On the way: long before its end, after a step that a machine's speed has no part in.
    assert all(one.steps < STEPS // 2 and one.steps % health.CHECK == 0 for one in training.abandoned)
    assert training.health.state == "diverged" and training.dead


def test_a_training_that_collapses() -> None:
    training, _ = train(msgspec.structs.replace(RECIPE, rate=0.02, warmup=0.0, attempts=2))
    (given_up,) = training.abandoned
    assert given_up.health.state == "collapsed" and "answers is" in given_up.health.why
    assert given_up.steps == health.LOOKS[0] * STEPS
    assert training.health.state == "collapsed" and training.dead and training.steps == STEPS


def test_half_the_rate_saves_it() -> None:
    training, tried = train(msgspec.structs.replace(RECIPE, rate=0.01, warmup=0.0))
    assert [now.recipe.rate for now in tried] == [0.01, 0.01, 0.005]
    assert training.health.state == "ok" and not training.dead and training.dev["toy"]["accuracy"] > 60
    assert [one.health.state for one in training.abandoned] == ["collapsed"] * 2 and training.steps == STEPS


def test_only_what_has_learnt_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr("xstilts.training.look.look", lambda *given: looked.append(given) or Looked())
    network, words = tiny.network(), test_stage.WORDS
    for ends in ({"toy": (1.1, 0.9), "words": (8.0, 8.0)}, {}, {"words": (8.0, 8.0)}):
        assert dead(network, (TOY, words), {}, RECIPE, HERE, ends) == Health()
    assert looked == []
    dead(network, (TOY, words), {}, RECIPE, HERE, {"toy": (1.1, 1.0), "words": (8.0, 2.0)})
    assert [given[1] for given in looked] == [[TOY]]


def test_attempts_change_nothing_where_nothing_is_sick() -> None:
    once, _ = train(msgspec.structs.replace(RECIPE, attempts=1))
    more, _ = train(RECIPE)
    assert once.losses == more.losses and once.dev == more.dev


def test_the_verdict_is_the_same_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = msgspec.structs.replace(RECIPE, rate=0.01, warmup=0.0, attempts=2)
    straight, _ = train(recipe)
    calls = 0

    def stop(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls in (30, 90):
            raise KeyboardInterrupt

    monkeypatch.setattr("xstilts.training.journal.TICK", 0.0)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            _watched(recipe, tmp_path, stop)
    after, _ = _watched(recipe, tmp_path, stop)
    assert after.losses == straight.losses and after.health == straight.health and after.dev == straight.dev
    told = [msgspec.structs.replace(one, seconds=0.0) for one in after.abandoned]
    assert told == [msgspec.structs.replace(one, seconds=0.0) for one in straight.abandoned]


def _watched(recipe: Recipe, folder: Path, watch: object) -> tuple[Training, None]:
    def once(now: Try) -> Training:
        return train_stage(
            tiny.network(), (TOY,), None, now.recipe, seed=now.seed, machine=HERE, checkpoint=now.folder,
            last=now.last, watch=watch,
        )  # fmt: skip

    return persevere(once, recipe, seed=1, folder=folder), None
