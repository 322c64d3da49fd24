"""Prediction: order, merged languages as each alone, and every kind of head."""

import numpy as np
import pytest
import tiny
import torch

from xstilts.encoders import Encoder
from xstilts.encoders.packed import Packed
from xstilts.forms import Classify, Line, Retrieve, Sentence, Tag, Text
from xstilts.forms.form import Head, Rows
from xstilts.training import Machine
from xstilts.training.predict import outputs, predict

HERE = Machine(device="cpu", threads=1)
LABELS = ("a", "b", "c")


def sentence(random: np.random.Generator) -> list[str]:
    return [f"w{i}" for i in random.integers(5, tiny.WORDS, random.integers(1, 30))]


def texts(count: int, seed: int) -> list[Text]:
    random = np.random.default_rng(seed)
    return [
        Text(id=str(i), texts=(" ".join(sentence(random)), " ".join(sentence(random))), label="a") for i in range(count)
    ]


@pytest.mark.parametrize("kind", ["sequence", "token", "span", "choice"])
def test_outputs_are_in_order_and_do_not_depend_on_company(kind: str) -> None:
    network = tiny.network()
    network.add_head("x", Head(kind, 2), seed=1)
    parts = [tiny.rows(23, seed=1), tiny.rows(40, seed=2), tiny.rows(1, seed=3)]
    together = outputs(network, parts, head="x", machine=HERE)
    for rows, found in zip(parts, together, strict=True):
        (alone,) = outputs(network, [rows], head="x", machine=HERE)
        np.testing.assert_allclose(found, alone, atol=1e-6)
        assert len(found) == (len(rows.tokens) if kind in ("token", "span") else len(rows))
        single = tiny.Rows(rows.tokens[: rows.starts[1]], rows.starts[:2], rows.example[:1])
        (first,) = outputs(network, [single], head="x", machine=HERE)
        np.testing.assert_allclose(found[: len(first)], first, atol=1e-6)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("DefaultCPUAllocator: can't allocate memory")],
    ids=["cuda", "cpu"],
)
def test_where_memory_runs_out_fewer_rows_go_at_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    network = tiny.network()
    network.add_head("x", Head("token", 2), seed=1)
    parts = [tiny.rows(23, seed=1), tiny.rows(40, seed=2)]
    expected = outputs(network, parts, head="x", machine=HERE)
    plain, tried = network.outputs, []

    def starved(room: int) -> None:
        def say(name: str, batch: Packed) -> torch.Tensor:
            tried.append(len(batch.tokens))
            if len(batch.tokens) > room:
                raise error
            return plain(name, batch)

        monkeypatch.setattr(network, "outputs", say)

    starved(100)
    for one, two in zip(expected, outputs(network, parts, head="x", machine=HERE), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)
    # Half as many slots until they fit, and no more than that again.
    failed = [slots for slots in tried if slots > 100]
    assert len(failed) > 1 and failed == tried[: len(failed)]
    starved(5)
    with pytest.raises(type(error), match="memory"):
        outputs(network, parts, head="x", machine=HERE)


def test_languages_merged_as_each_alone() -> None:
    network, form = tiny.network(), Classify(LABELS)
    network.add_head("nli", form.head, seed=1)
    examples = {"ar": texts(31, 1), "bg": texts(7, 2), "sw": []}
    (scores,) = outputs(
        network, [form.encode(examples["ar"], network.tokenizer, max_length=64)], head="nli", machine=HERE
    )
    # A new head says one thing to all; taking its mean off makes it tell sentences apart.
    with torch.no_grad():
        network.heads["nli"]["out"].bias.copy_(-torch.from_numpy(scores.mean(axis=0)))
    merged = predict(network, form, examples, head="nli", machine=HERE)
    assert list(merged) == ["ar", "bg", "sw"] and merged["sw"] == []
    for lang, own in examples.items():
        assert merged[lang] == predict(network, form, {lang: own}, head="nli", machine=HERE)[lang]
    assert len(set(merged["ar"])) > 1
    shuffled = predict(network, form, {"ar": examples["ar"][::-1]}, head="nli", machine=HERE)
    assert shuffled["ar"] == merged["ar"][::-1]


def test_tags_come_back_whole() -> None:
    random = np.random.default_rng(0)
    network, form = tiny.network(), Tag(("O", "B-X"))
    network.add_head("ner", form.head, seed=1)
    lines = [Sentence(id=str(i), words=tuple(w := sentence(random)), tags=("O",) * len(w)) for i in range(20)]
    found = predict(network, form, {"de": lines}, head="ner", max_length=16, machine=HERE)["de"]
    assert [len(tags) for tags in found] == [len(line.words) for line in lines]


def test_retrieval_finds_a_sentence_itself() -> None:
    random = np.random.default_rng(0)
    network, form, told = tiny.network(), Retrieve("search"), []
    lines = [" ".join(sentence(random)) for _ in range(30)]
    examples = [Line(f"q{i}", line, "query", gold=(f"i{i}",)) for i, line in enumerate(lines)]
    examples += [Line(f"i{i}", line, "index") for i, line in enumerate(lines)]
    encoder = Encoder(name="tiny", source="tiny", retrieval_layer=1)
    found = predict(
        network,
        form,
        {"de": examples},
        encoder=encoder,
        machine=HERE,
        told=lambda done, total: told.append((done, total)),
    )
    assert found["de"][:30] == [f"i{i}" for i in range(30)]
    assert told[-1] == (60, 60)


def test_rows_that_are_kept_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network, form = tiny.network(), Retrieve("search")
    lines = [Line("q", "w10 w11", "query", gold=("i",)), Line("i", "w12", "index"), Line("j", "w10 w11", "index")]
    fresh = predict(network, form, {"de": lines}, max_length=30, machine=HERE)
    rows, asked = form.encode(lines, network.tokenizer, max_length=30), []

    def kept(lang: str, length: int) -> Rows:
        asked.append((lang, length))
        return rows

    monkeypatch.setattr(Retrieve, "encode", lambda *given, **how: pytest.fail("encoded again"))
    assert predict(network, form, {"de": lines}, max_length=30, machine=HERE, kept=kept) == fresh
    assert asked == [("de", 30)]
