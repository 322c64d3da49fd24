"""A stage: from tasks to a record."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import tiny
import torch

from xstilts.errors import BadStudy
from xstilts.forms import Classify, Lines, Mask, Retrieve, Text
from xstilts.sources import Each, Own, Table, Texts
from xstilts.tasks import Task
from xstilts.tasks.corpora import Corpus, corpus_task
from xstilts.training import Machine, Mixture, Recipe
from xstilts.training import checkpoint as checkpoints
from xstilts.training.length import counted, steps_of
from xstilts.training.look import sample
from xstilts.training.stage import train_stage

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


def test_rows_that_are_cut_before_their_time_are_in_the_record(caplog: pytest.LogCaptureFixture) -> None:
    recipe = Recipe(epochs=None, steps=2, batch=4, max_length=65)
    cut = train_stage(tiny.network(), [task("toy", 1)], None, recipe, seed=1, machine=HERE)
    assert cut.notes == ("rows were cut at 64 tokens, where the encoder's places end, and not at 65",)
    assert "cut at 64 tokens" in caplog.text
    fits = msgspec.structs.replace(recipe, max_length=64)
    assert train_stage(tiny.network(), [task("toy", 1)], None, fits, seed=1, machine=HERE).notes == ()


def test_an_encoder_that_needs_padding_is_in_the_record() -> None:
    recipe = Recipe(epochs=None, steps=2, batch=4, max_length=64)
    training = train_stage(tiny.network("deberta"), [task("toy", 1)], None, recipe, seed=1, machine=HERE)
    assert training.notes == ("the encoder cannot run on packed rows, and batches were padded by length group",)


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


def spoken(name: str, **more: object) -> Task:
    """A toy task in two languages, of 60 and of 12 examples."""
    form = Classify(("a", "b", "c"), fields=("text",))
    train = Each({"en": Made(1), "sw": Made(2, size=12)})
    return Task(name=name, form=form, lang="en", languages=("en", "sw"), train=train, dev=train, **more)


def test_a_task_in_several_languages() -> None:
    recipe = Recipe(rate=1e-3, epochs=2.0, batch=8)
    training = train_stage(
        tiny.network(), [spoken("toy@en+sw")], Mixture(floors={"sw": 0.5}), recipe, seed=1, machine=HERE
    )
    assert training.steps == 18 and training.sizes == {"toy@en+sw": {"en": 60, "sw": 12}}
    assert training.drawn == {"toy@en+sw": {"en": 72, "sw": 72}}
    assert set(training.dev) == {"toy@en", "toy@sw"}
    plain = train_stage(tiny.network(), [spoken("toy@en+sw")], None, recipe, seed=1, machine=HERE)
    assert plain.drawn == {"toy@en+sw": {"en": 120, "sw": 24}}


def test_tasks_share_a_head_and_have_batches_of_their_own() -> None:
    network = tiny.network()
    mixture = Mixture(rule="uniform", heads={"both": ("one", "two")}, batches={"two": 4})
    training = train_stage(
        network, [task("one", 1), task("two", 3), WORDS], mixture, Recipe(epochs=None, steps=40, batch=8), seed=1,
        machine=HERE,
    )  # fmt: skip
    assert list(network.kinds) == ["both", "words"] and set(training.dev) == {"one", "two", "words"}
    assert training.shares == pytest.approx(dict.fromkeys(("one", "two", "words"), 1 / 3))
    for name, batch in (("one", 8), ("two", 4), ("words", 8)):
        steps = training.counts[name]
        # Sixty examples are seven batches of eight and one of four, or fifteen of four.
        whole = batch * steps - (steps // 8) * 4 if batch == 8 else batch * steps
        assert training.drawn[name] == {"en": whole}
    assert training.examples == sum(training.drawn[name]["en"] for name in training.drawn)


def test_heads_are_shared_by_tasks_of_one_kind() -> None:
    with pytest.raises(BadStudy, match="cannot share the head 'all'"):
        train_stage(
            tiny.network(), [task("one", 1), WORDS], Mixture(heads={"all": ("one", "words")}), Recipe(), seed=1,
            machine=HERE,
        )  # fmt: skip


def test_a_task_without_a_turn_is_told(caplog: pytest.LogCaptureFixture) -> None:
    mixture = Mixture(rule="fixed", shares=(0.999, 0.001))
    recipe = Recipe(epochs=None, steps=3, batch=4)
    training = train_stage(tiny.network(), [task("one", 1), task("two", 3)], mixture, recipe, seed=1, machine=HERE)
    assert training.counts["two"] == 0 and training.drawn["two"] == {"en": 0}
    assert "two had no turn in 3 steps" in caplog.text and "two had no turn in 3 steps" in training.notes


def test_steps_of_mixtures() -> None:
    recipe, names = Recipe(epochs=2, batch=10), ["one", "two", "words"]
    tasks = [task("one", 1), task("two", 2), WORDS]
    sizes = [100, 1000, 10**6]
    rule = Mixture(cap=400)
    assert counted(tasks, sizes, rule) == [100, 1000, 400]
    assert counted(tasks, sizes, Mixture(cap=400, epoch="capped")) == [100, 400, 400]
    assert counted(tasks, sizes, None) == sizes and counted([WORDS], [10**6], rule) == [10**6]
    assert steps_of(recipe, [100, 1000, 400], rule, names) == 2 * (10 + 100 + 40)
    assert steps_of(recipe, [100, 1000, 400], Mixture(batches={"two": 100}), names) == 2 * (10 + 10 + 40)
    assert steps_of(recipe, [100, 1000, 400], Mixture(portions={"words": 0.5}), names) == 2 * (10 + 100) * 2


def test_text_beside_a_task_and_alone(tmp_path: Path) -> None:
    """A folder of text, in a mix and as a stage of its own, both with what it said at the end."""
    for lang, count in (("de", 60), ("sw", 9)):
        lines = [one.texts[0] for one in Made(len(lang) + count, count).read(lang)]
        (tmp_path / f"{lang}.txt").write_text("\n".join(lines))
    text = corpus_task("text", Corpus(files=".", held_out=0.2), tmp_path)
    recipe = Recipe(rate=1e-3, epochs=None, steps=30, batch=6)
    alone = train_stage(tiny.network(), [text], None, recipe, seed=1, machine=HERE)
    assert sum(alone.sizes["text"].values()) < 69
    small, large = alone.drawn["text"]["sw"], alone.drawn["text"]["de"]
    sizes = alone.sizes["text"]
    assert large / small == pytest.approx((sizes["de"] / sizes["sw"]) ** 0.3, rel=0.2)
    assert alone.dev["text@de"]["loss"] > 0 and alone.counts == {"text": 30}
    mixed = train_stage(
        tiny.network(), [task("one", 1), text], Mixture(portions={"text": 0.4}), recipe, seed=1, machine=HERE
    )
    assert mixed.shares == pytest.approx({"one": 0.6, "text": 0.4}) and min(mixed.counts.values()) > 5


@pytest.mark.parametrize("tasks", [("one", "two"), ("one", "text"), ("text",)], ids=["multi", "mlm-mixed", "mlm"])
def test_stages_go_on_bit_for_bit(tasks: tuple[str, ...], tmp_path: Path) -> None:
    """Every kind of stage, broken off and begun again, ends in the same weights, losses and counts."""
    known = {"one": spoken("one"), "two": task("two", 3), "text": msgspec.structs.replace(WORDS, name="text")}
    mixture = Mixture(portions={"text": 0.5} if "text" in tasks and len(tasks) > 1 else {}, floors={"sw": 0.4})
    recipe = Recipe(rate=1e-3, epochs=None, steps=24, batch=6)

    def run(folder: Path | None, stop: int | None) -> tuple[object, dict[str, torch.Tensor]]:
        network, steps = tiny.network(), 0
        plain = network.loss

        def loss(*given: object, **more: object) -> torch.Tensor:
            nonlocal steps
            steps += 1
            if steps == stop:
                raise KeyboardInterrupt
            return plain(*given, **more)

        network.loss = loss  # type: ignore[method-assign]
        done = train_stage(
            network, [known[name] for name in tasks], mixture if len(tasks) > 1 or "one" in tasks else None, recipe,
            seed=4, machine=HERE, checkpoint=folder, every=0.0,
        )  # fmt: skip
        return done, checkpoints.named(network)

    whole, weights = run(None, None)
    for stop in (3, 9, 2):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, stop)
    resumed, found = run(tmp_path, None)
    assert all(torch.equal(found[name], weights[name]) for name in weights)
    same = ("losses", "counts", "drawn", "dev", "examples", "tokens")
    assert {name: getattr(resumed, name) for name in same} == {name: getattr(whole, name) for name in same}
    assert resumed.restarts == 3
