"""A stage: from tasks to a record."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import tiny
import torch

from xstilts.errors import BadStudy
from xstilts.forms import Classify, Lines, Mask, Retrieve, Text
from xstilts.sources import Own, Table, Texts
from xstilts.tasks import Task
from xstilts.training import Machine, Mixture, Recipe
from xstilts.training.look import sample
from xstilts.training.stage import steps_of, train_stage

HERE = Machine(device="cpu", threads=1)


class Made(msgspec.Struct, frozen=True):
    """A source whose label is the first word's number modulo three."""

    seed: int
    size: int = 60

    def read(self, lang: str) -> list[Text]:
        random = np.random.default_rng(self.seed)
        ids = [random.integers(5, tiny.WORDS, random.integers(2, 12)) for _ in range(self.size)]
        return [
            Text(id=str(i), texts=(" ".join(f"w{j}" for j in row),), label="abc"[row[0] % 3])
            for i, row in enumerate(ids)
        ]


class Running(msgspec.Struct, frozen=True):
    """Running text."""

    def read(self, lang: str) -> list[Lines]:
        return [Lines(id=one.id, text=one.texts[0]) for one in Made(9).read(lang)]


def task(name: str, seed: int) -> Task:
    form = Classify(("a", "b", "c"), fields=("text",))
    return Task(name=name, form=form, lang="en", train=Made(seed), dev=Made(seed + 1))


WORDS = Task(name="words", form=Mask(), lang="en", train=Running(), dev=Running())


def test_rows_from_the_cache_train_like_rows_just_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    lines = (msgspec.json.encode({"text": one.texts[0], "label": one.label}) for one in Made(3).read("en"))
    (tmp_path / "en.jsonl").write_bytes(b"\n".join(lines))
    form = Classify(("a", "b", "c"), fields=("text",))
    table = Table(form=form, place=Own("{lang}.jsonl", folder=str(tmp_path)), columns=Texts())
    own = Task(name="own", form=form, lang="en", train=table, dev=table)
    recipe = Recipe(rate=5e-3, epochs=None, steps=8, batch=16, examples=40)
    first, second = (train_stage(tiny.network(), [own], None, recipe, seed=1, machine=HERE) for _ in range(2))
    assert first.dev == second.dev
    assert len(list((tmp_path / "cache" / "rows").iterdir())) == 1
    drawn = Task(name="own", form=form, lang="en", train=Made(3), dev=Made(3))
    assert train_stage(tiny.network(), [drawn], None, recipe, seed=1, machine=HERE).dev == first.dev


def test_one_task() -> None:
    network = tiny.network()
    recipe = Recipe(rate=5e-3, epochs=None, steps=60, batch=16, dropout=0.0)
    training = train_stage(network, [task("toy", 1)], None, recipe, seed=1, machine=HERE)
    assert list(network.kinds) == ["toy"] and training.counts == {"toy": 60}
    assert set(training.dev["toy"]) == {"accuracy"}


def test_stages_are_paired_whatever_came_before() -> None:
    recipe, heads, orders = Recipe(rate=1e-9, epochs=None, steps=2, batch=4), [], []
    for seed in (1, 2):
        network = tiny.network(seed=seed)
        train_stage(network, [task("before", seed)], None, recipe, seed=seed, machine=HERE)
        training = train_stage(network, [task("toy", 1)], None, recipe, seed=7, machine=HERE)
        heads.append(network.heads["toy"]["out"].weight.detach())
        orders.append(training.tokens)
        assert list(network.kinds) == ["toy"]
    torch.testing.assert_close(heads[0], heads[1], atol=1e-6, rtol=0)
    assert orders[0] == orders[1]


def test_several_tasks_and_running_text() -> None:
    network = tiny.network()
    recipe = Recipe(rate=1e-3, epochs=None, steps=30, batch=8)
    training = train_stage(
        network, [task("one", 1), task("two", 3), WORDS], Mixture(rule="uniform"), recipe, seed=1, machine=HERE
    )
    assert sum(training.counts.values()) == 30 and min(training.counts.values()) > 3
    assert set(training.dev) == {"one", "two", "words"} and training.dev["words"]["loss"] > 0
    assert msgspec.json.decode(msgspec.json.encode(training), type=type(training)) == training


def test_steps() -> None:
    assert steps_of(Recipe(epochs=2, batch=32), [100]) == 8
    assert steps_of(Recipe(epochs=0.5, batch=32), [100, 33]) == 3
    assert steps_of(Recipe(epochs=None, steps=7), [100]) == 7
    with pytest.raises(BadStudy, match="exactly one"):
        steps_of(Recipe(epochs=2, steps=7), [100])


def test_sample() -> None:
    chosen = sample(100, 10, seed=1, name="x")
    assert len(chosen) == 10 and (np.diff(chosen) > 0).all()
    assert set(chosen) <= set(sample(100, 20, seed=1, name="x"))
    assert len(sample(5, 10, seed=1, name="x")) == 5


def test_nothing_is_trained_on_retrieval() -> None:
    found = msgspec.structs.replace(task("found", 1), form=Retrieve("search"))
    with pytest.raises(BadStudy, match="Match"):
        train_stage(tiny.network(), [found], None, Recipe(), seed=1, machine=HERE)


def test_a_stage_needs_a_task() -> None:
    with pytest.raises(BadStudy):
        train_stage(tiny.network(), [], None, Recipe(), seed=1, machine=HERE)
