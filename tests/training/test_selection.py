"""Weights are chosen by development rows alone; the choice is resumed exactly, and the record says what it was."""

from pathlib import Path

import msgspec
import pytest
import tiny
import torch

from xstilts.errors import BadInput, BadStore, BadStudy
from xstilts.forms.form import Head
from xstilts.sources import Each
from xstilts.tasks import Task
from xstilts.training import Machine, Recipe
from xstilts.training import checkpoint as checkpoints
from xstilts.training.batches import RowFeed
from xstilts.training.look import Looked
from xstilts.training.loop import train
from xstilts.training.record import Training
from xstilts.training.stage import train_stage

HERE = Machine(device="cpu", threads=1)
SCORES = [10.0, 30.0, 20.0, 30.0, 25.0, 5.0]


def run(
    recipe: Recipe, scores: list[float], *, folder: Path | None = None, stop: int | None = None, steps: int = 24
) -> tuple[Training, dict[str, torch.Tensor]]:
    """A training whose looks give these scores; a word table of which only some rows occur."""
    network = tiny.network()
    network.add_head("nli", Head("sequence", 3), seed=5)
    rows = tiny.rows(40)
    rows.tokens[rows.tokens >= 30] -= 70
    rows.tokens[(rows.tokens < 5) & (rows.tokens != 0) & (rows.tokens != 2)] = 7
    feed = RowFeed(rows, 8, 3, 1)
    seen: list[int] = []
    every = recipe.evaluate or 1

    def watched(k: int) -> object:
        seen.append(k)
        if stop is not None and k == stop:
            raise KeyboardInterrupt
        return feed(k)

    def score() -> float:
        return scores[(seen[-1] + 1) // every - 1]

    done = train(
        network, {"nli": watched}, recipe, steps=steps, seed=1, machine=HERE, score=score, checkpoint=folder, every=0.0,
        seen=rows.tokens,
    )  # fmt: skip
    return done, {name: tensor.clone() for name, tensor in checkpoints.named(network).items()}


CHOOSING = Recipe(rate=1e-2, select="english-dev", evaluate=4, decay="constant", weight_decay=0.1)


@pytest.mark.parametrize("on_disk", [False, True], ids=["memory", "disk"])
def test_the_best_weights_are_kept_the_first_of_equals(tmp_path: Path, on_disk: bool) -> None:
    done, chosen = run(CHOOSING, SCORES, folder=tmp_path if on_disk else None)
    assert done.selection is not None and done.selection.step == 8 and done.selection.score == 30
    assert done.selection.looks == [(4 * i + 4, score) for i, score in enumerate(SCORES)] and not done.selection.early
    assert done.steps == 24 and done.rows is not None and done.rows[0] < done.rows[1]
    # With a constant rate the weights of step 8 are those of a training that ends there: rows that never occur, too.
    short = msgspec.structs.replace(CHOOSING, select="last", warmup_steps=2)
    kept = run(
        msgspec.structs.replace(CHOOSING, warmup_steps=2), SCORES, folder=tmp_path / "again" if on_disk else None
    )[1]
    expected = run(short, SCORES, steps=8)[1]
    assert all(torch.equal(kept[name], expected[name]) for name in expected)
    assert chosen.keys() == kept.keys()


def test_a_look_changes_nothing(tmp_path: Path) -> None:
    plain = run(Recipe(rate=1e-2), SCORES)
    looked = run(Recipe(rate=1e-2, evaluate=4, patience=99), SCORES)
    assert plain[0].selection is None and looked[0].selection is not None and looked[0].selection.step == 24
    assert all(torch.equal(plain[1][name], looked[1][name]) for name in plain[1])
    assert plain[0].losses == looked[0].losses


@pytest.mark.parametrize(("patience", "steps"), [(1, 12), (2, 16), (4, 24)])
def test_it_stops_when_patience_ends(patience: int, steps: int) -> None:
    done, _ = run(msgspec.structs.replace(CHOOSING, patience=patience), SCORES)
    assert done.steps == steps and done.selection is not None
    assert done.selection.early == (steps < 24) and done.selection.step == 8


def test_of_a_training_that_diverged_the_record_names_the_weights_that_are_there() -> None:
    """Its best look was after step 8; what it ends with are the weights after the last."""
    done, weights = run(msgspec.structs.replace(CHOOSING, rate=1e38), SCORES)
    assert (
        done.health.state == "diverged"
        and done.steps == 20
        and not torch.isfinite(weights["heads.nli.out.weight"]).all()
    )
    assert done.selection is not None and done.selection.score == 30 and done.selection.step == 20


@pytest.mark.parametrize("stop", [5, 8, 9, 13, 23])
def test_a_choice_goes_on_bit_for_bit(tmp_path: Path, stop: int) -> None:
    whole = run(msgspec.structs.replace(CHOOSING, patience=4), SCORES)
    recipe = msgspec.structs.replace(CHOOSING, patience=4)
    with pytest.raises(KeyboardInterrupt):
        run(recipe, SCORES, folder=tmp_path, stop=stop)
    done, weights = run(recipe, SCORES, folder=tmp_path)
    assert done.restarts == 1 and done.selection == whole[0].selection and done.losses == whole[0].losses
    assert all(torch.equal(weights[name], whole[1][name]) for name in weights)
    checkpoints.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_best_weights_that_are_gone_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "load_step", lambda *given: None)
    with pytest.raises(BadStore, match="The best weights, of step 8, are gone"):
        run(CHOOSING, SCORES, folder=tmp_path)


def test_one_number_of_several_tasks() -> None:
    assert Looked(main={"a": 80.0, "b": 60.0}, scores={"text": {"loss": 3.0}}).mean == 70
    assert Looked(scores={"text@de": {"loss": 3.0}, "text@sw": {"loss": 5.0}}).mean == -4
    with pytest.raises(BadInput, match="no development rows"):
        _ = Looked().mean


class Labelled(msgspec.Struct, frozen=True):
    """Rows whose label is the first word's number modulo three; `turned`: of another language, with other labels."""

    seed: int
    turned: int = 0

    def read(self, lang: str) -> list[object]:
        from test_stage import Made

        order = "abc"[self.turned :] + "abc"[: self.turned]
        return [
            msgspec.structs.replace(one, label=order["abc".index(one.label)]) for one in Made(self.seed, 30).read(lang)
        ]


def spoken() -> Task:
    from test_stage import task

    return msgspec.structs.replace(task("toy", 1), dev=Labelled(1))


def test_english_dev_and_oracle_choose_by_their_own_rows() -> None:
    """The oracle's rows are labelled against the training: it keeps weights that have learnt least."""
    recipe = Recipe(rate=5e-3, epochs=None, steps=60, batch=16, dropout=0.0, evaluate=6)
    dev = Each({"de": Labelled(1, 1), "sw": Labelled(1, 2)})
    oracle = msgspec.structs.replace(spoken(), lang="de", languages=("de", "sw"), train=Each({}), dev=dev)
    steps = {}
    for rule in ("english-dev", "oracle"):
        found = train_stage(
            tiny.network(), [spoken()], None, msgspec.structs.replace(recipe, select=rule), seed=1, machine=HERE,
            oracle=oracle,
        ).selection  # fmt: skip
        assert found is not None and found.rule == rule and len(found.looks) == 10
        steps[rule] = found.looks
    assert steps["english-dev"] != steps["oracle"]
    # The better the weights know the task, the fewer of the turned labels they get right.
    assert steps["english-dev"][-1][1] > steps["oracle"][-1][1] + 20


def test_an_oracle_is_for_one_target() -> None:
    with pytest.raises(BadStudy, match="one target task"):
        train_stage(tiny.network(), [spoken()], None, Recipe(select="oracle"), seed=1, machine=HERE)
