"""A new encoder from text: what is refused, what a warm start does, and that the result is an encoder like others."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from xstilts.encoders.catalogue import encoder
from xstilts.encoders.files import load_network
from xstilts.errors import BadInput
from xstilts.lab import PIVOT, World, corpus, tongues
from xstilts.lab.corpus import parallel
from xstilts.lab.tongue import lexicon
from xstilts.training.pretrain import Pretraining, Shape, pretrain
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.text import folder_text, lab_text
from xstilts.training.vocabulary import learn_tokenizer
from xstilts.training.warmstart import aligned_vectors

ONE = ["sun rises", "moon falls", "sun falls", "moon rises", "star rises", "star falls"]
OTHER = ["sol surgit", "luna cadit", "sol cadit", "luna surgit", "stella surgit", "stella cadit"]
RECIPE = Recipe(rate=1e-3, batch=8, epochs=None, steps=6, max_length=32, precision="fp32", dropout=0.0)
SMALL = Shape(layers=1, width=16, heads=2, inner=32, positions=40, vocabulary=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en.txt").write_text("\n".join(ONE * 4), encoding="utf-8")
    (tmp_path / "la.txt").write_text("\n\n".join(OTHER * 4), encoding="utf-8")
    pairs = (f"{one}\t{other}" for one, other in zip(ONE, OTHER, strict=True))
    (tmp_path / "la.tsv").write_text("\n".join(pairs), encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_by_language(folder: Path) -> None:
    text = folder_text(folder)
    assert text.summary() == {"lines": {"en": 24, "la": 24}, "pairs": {"la": 6}}
    assert text.pairs["la"][0] == ("sun rises", "sol surgit")


def test_what_cannot_be_read_is_named_with_its_line(folder: Path) -> None:
    (folder / "la.tsv").write_text("a\tb\n\n\nonly one\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"la\.tsv, line 4: 1 columns"):
        folder_text(folder)
    (folder / "la.tsv").unlink()
    (folder / "xx.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not UTF-8"):
        folder_text(folder)
    (folder / "xx.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(BadInput, match="no text"):
        folder_text(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no \\*\\.txt"):
        folder_text(tmp_path)


def test_the_labs_unseen_languages_have_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LINES", 480)
    monkeypatch.setattr(corpus, "PARALLEL", 60)
    text = lab_text(World(0))
    assert {"lab-piv", "lab-far-sov"} <= set(text.lines) and "lab-mid" in text.pairs
    unseen = {code for code, one in tongues().items() if not one.lines}
    assert not unseen & (set(text.lines) | set(text.pairs))


def test_a_warm_start_puts_translations_side_by_side() -> None:
    world, far = World(0), "lab-near-lex"
    pairs = parallel(world, far, 1500)
    tokenizer = learn_tokenizer((line for pair in pairs for line in pair), size=2000)
    vectors = aligned_vectors(tokenizer, [" ".join(pair) for pair in pairs], width=48, spread=0.1, seed=0)
    assert np.median(np.sqrt((vectors**2).mean(axis=1))) == pytest.approx(0.1, abs=1e-3)
    nouns = [noun for kind in world.nouns.values() for noun in kind]
    words = {noun: [lexicon(world, code).forms[noun][0] for code in (PIVOT, far)] for noun in nouns}
    ids = {noun: [tokenizer.encode(form, add_special_tokens=False).ids for form in two] for noun, two in words.items()}
    one, other = (np.array([vectors[two[side]].sum(axis=0) for two in ids.values()]) for side in (0, 1))
    one, other = (table / np.linalg.norm(table, axis=1, keepdims=True) for table in (one, other))
    found = (one @ other.T).argmax(axis=1) == np.arange(len(nouns))
    assert found.mean() > 0.5, "chance is 2 in 100"


def test_pretraining_makes_an_encoder_and_its_record(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    how = Pretraining(shape=SMALL, recipe=RECIPE, translation=0.5, seed=3, warm_start=False)
    folders = [tmp_path_factory.mktemp(name) / "made" for name in "ab"]
    trainings = [pretrain(folder_text(folder), how, to, machine=Machine(device="cpu", threads=1)) for to in folders]
    assert trainings[0].losses == trainings[1].losses
    assert trainings[0].counts.keys() == {"text", "pairs"}
    networks = [load_network(encoder(str(to))) for to in folders]
    assert networks[0].layers == 1
    assert networks[0].mask_id == networks[0].vocabulary - 1
    weights = [network.body.get_input_embeddings().weight for network in networks]
    assert (weights[0] == weights[1]).all()
    told = msgspec.json.decode((folders[0] / "pretraining.json").read_bytes())
    assert told["how"]["seed"] == 3
    assert told["text"]["pairs"] == {"la": 6}


def test_pretraining_counts_steps(folder: Path, tmp_path: Path) -> None:
    epochs = msgspec.structs.replace(RECIPE, steps=None, epochs=1.0)
    with pytest.raises(BadInput, match="steps"):
        pretrain(folder_text(folder), Pretraining(shape=SMALL, recipe=epochs), tmp_path / "made")
