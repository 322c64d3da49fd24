"""The sweep: every layer and pooling in one pass, scored as an exam would be, on the development part alone."""

import numpy as np
import pytest
import tiny

from xstilts.encoders import Encoder
from xstilts.errors import BadInput
from xstilts.forms import Line, Retrieve
from xstilts.training import Machine, sweep
from xstilts.training.predict import predict
from xstilts.training.sweep import POOLINGS, Reading, best

HERE = Machine(device="cpu", threads=1)


def lines(part: str, count: int, *, seed: int) -> list[Line]:
    """Queries with the same words as their golds, in another order: the more words, the easier."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        words = [f"w{j}" for j in random.integers(5, tiny.WORDS, 3)]
        found.append(Line(f"q{part}{i}", " ".join(words), "query", part, (f"i{part}{i}",)))  # type: ignore[arg-type]
        found.append(Line(f"i{part}{i}", " ".join([*words[::-1], "w7"]), "index", part))  # type: ignore[arg-type]
    return found


def test_it_scores_as_the_exam_does() -> None:
    network, form, examples = tiny.network(), Retrieve("search"), lines("test", 25, seed=1)
    found = sweep.sweep(network, form, examples, machine=HERE)
    assert [(one.layer, one.pooling) for one in found] == [(layer, p) for layer in range(3) for p in POOLINGS]
    for one in found:
        encoder = Encoder(name="t", source="t", retrieval_layer=one.layer, pooling=one.pooling)
        said = predict(network, form, {"de": examples}, encoder=encoder, machine=HERE)["de"]
        assert one.scores == form.score(said, examples) and one.part == "test"
    assert len({one.scores["accuracy"] for one in found}) > 2


def test_little_room_means_more_passes_and_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    network, examples, told = tiny.network(), lines("test", 10, seed=2), []
    whole = sweep.sweep(network, Retrieve("search"), examples, machine=HERE, told=lambda *at: told.append(at))
    assert [done for done, total in told if done == total] == [20]
    monkeypatch.setattr(sweep, "ROOM", 1)
    told.clear()
    assert sweep.sweep(network, Retrieve("search"), examples, machine=HERE, told=lambda *at: told.append(at)) == whole
    assert [done for done, total in told if done == total] == [20] * 3


@pytest.mark.parametrize("kind", ["search", "mine", "rank"])
def test_only_the_dev_part_is_read_where_there_is_one(kind: str) -> None:
    network, form = tiny.network(), Retrieve(kind)  # type: ignore[arg-type]
    dev = lines("dev", 12, seed=3)
    found = sweep.sweep(network, form, dev + lines("test", 9, seed=4), layers=(2,), poolings=("mean",), machine=HERE)
    assert found == sweep.sweep(network, form, dev, layers=(2,), poolings=("mean",), machine=HERE)
    assert found[0].part == "dev" and set(found[0].scores) == set(form.metrics)


def test_best_is_the_first_of_the_highest() -> None:
    readings = [
        Reading(layer=layer, pooling="mean", scores={"f1": f1, "recall": -f1}, part="dev")
        for layer, f1 in enumerate((1.0, 3.0, 3.0))
    ]
    assert best(readings).layer == 1
    assert best(readings, "recall").layer == 0
    with pytest.raises(BadInput):
        best([])


def test_layers_that_are_not_there_are_refused() -> None:
    with pytest.raises(BadInput, match="from 0"):
        sweep.sweep(tiny.network(), Retrieve("search"), lines("test", 3, seed=1), layers=(3,))
    with pytest.raises(BadInput, match="no lines"):
        sweep.sweep(tiny.network(), Retrieve("search"), [])
