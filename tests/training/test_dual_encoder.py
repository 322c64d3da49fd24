"""A dual encoder from pairs to rankings: it trains like any task, and its exam is sat with its trained head."""

import msgspec
import numpy as np
import pytest
import tiny
import torch

from xstilts.encoders import Encoder
from xstilts.encoders.files import load_folder, save_network
from xstilts.forms import Head, Line, Match, Pair, Retrieve, Span
from xstilts.studies.grid import reads_encoder
from xstilts.tasks import Exam, Task
from xstilts.training import Machine, Recipe
from xstilts.training.predict import predict
from xstilts.training.stage import train_stage

HERE = Machine(device="cpu", threads=1)


class Pairs(msgspec.Struct, frozen=True):
    """Queries whose first word the right text says in other words: w10 belongs to w50, and so on."""

    seed: int
    size: int = 120

    def read(self, lang: str) -> list[Pair]:
        random = np.random.default_rng(self.seed)
        found = []
        for i in range(self.size):
            noise = [f"w{j}" for j in random.integers(80, tiny.WORDS, 3)]
            word = int(random.integers(10, 40))
            found.append(Pair(str(i), f"w{word} {noise[0]}", f"w{word + 40} {noise[1]}", wrong=(f"w5 {noise[2]}",)))
        return found


TASK = Task(name="pairs", form=Match(dense=False), lang="en", train=Pairs(1), dev=Pairs(2, 60))
RECIPE = Recipe(rate=3e-3, epochs=None, steps=150, batch=24, dropout=0.0)


def pool() -> list[Line]:
    asked = [Line(f"q{i}", f"w{i} w81", "query", gold=(f"c{i + 40}",)) for i in range(10, 40)]
    return [*asked, *(Line(f"c{i}", f"w{i} w82", "index") for i in range(50, 80))]


def test_training_and_sitting_an_exam(tmp_path: pytest.TempPathFactory) -> None:
    network, exam = tiny.network(), Retrieve("rank")
    examples = {"de": pool(), "fr": pool()[::-1]}
    before = exam.score(predict(network, exam, {"de": pool()}, machine=HERE)["de"], pool())["map@20"]
    training = train_stage(network, [TASK], None, RECIPE, seed=1, machine=HERE)
    assert training.losses[-1][1] < 0.5 * training.losses[0][1]
    assert training.health.state == "ok" and set(training.dev["pairs"]) == {"accuracy"}
    said = predict(network, exam, examples, head="pairs", machine=HERE)
    scores = {lang: exam.score(said[lang], examples[lang])["map@20"] for lang in examples}
    assert scores["de"] > max(60, before + 20) and scores["fr"] == pytest.approx(scores["de"])
    # Layer and pooling of the encoder have nothing to say once a head was trained.
    other = Encoder(name="x", source="x", retrieval_layer=0, pooling="max")
    assert predict(network, exam, examples, head="pairs", encoder=other, machine=HERE) == said
    save_network(network, tmp_path)  # type: ignore[arg-type]
    again = load_folder(tmp_path)  # type: ignore[arg-type]
    assert again.kinds == network.kinds
    torch.testing.assert_close(dict(again.heads.state_dict()), dict(network.heads.state_dict()))
    assert predict(again, exam, examples, head="pairs", machine=HERE) == said


def test_it_trains_in_bf16_as_well() -> None:
    recipe = msgspec.structs.replace(RECIPE, precision="bf16", steps=60)
    training = train_stage(tiny.network(), [TASK], None, recipe, seed=1, machine=HERE)
    assert training.losses[-1][1] < 0.8 * training.losses[0][1]


def test_a_pool_that_languages_share_is_embedded_once() -> None:
    network, told = tiny.network(), []
    examples = {"de": pool(), "fr": pool(), "xx": []}
    said = predict(network, Retrieve("rank"), examples, machine=HERE, told=lambda *at: told.append(at))
    assert told[-1] == (60, 60) and said["de"] == said["fr"] and said["xx"] == []
    assert predict(network, Retrieve("rank"), {"xx": []}, machine=HERE) == {"xx": []}


def test_after_a_task_without_embeddings_the_encoder_itself_is_read() -> None:
    network = tiny.network()
    network.add_head("squad", Head("span", 2), seed=1)
    for kind in ("rank", "search"):
        form = Retrieve(kind)  # type: ignore[arg-type]
        said = predict(network, form, {"de": pool()}, head="squad", machine=HERE)
        assert said == predict(network, form, {"de": pool()}, machine=HERE)


def test_which_exams_read_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    exam = Exam(name="x", of=None, form=Retrieve("rank"), test=Pairs(1), languages=("de",), pivot="en")
    known = {"pairs": TASK, "squad": msgspec.structs.replace(TASK, form=Span())}
    monkeypatch.setattr("xstilts.studies.grid.task", known.__getitem__)
    assert reads_encoder(exam)
    assert not reads_encoder(msgspec.structs.replace(exam, of="pairs"))
    assert reads_encoder(msgspec.structs.replace(exam, of="squad"))
    assert not reads_encoder(msgspec.structs.replace(exam, form=Span(), of="squad"))
