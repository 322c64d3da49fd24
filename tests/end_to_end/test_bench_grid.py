"""The bench of a small grid: both of its sides do the same work on the same rows."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from transformers import AutoTokenizer

from xstilts.encoders.catalogue import encoder, locate
from xstilts.tasks import task

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("reference")


def test_windows_give_back_the_answers_that_they_were_made_from(reference: ModuleType) -> None:
    tokenizer = AutoTokenizer.from_pretrained(locate(encoder("lab")))
    asked = reference.Asked(form="span", model="", files=[], max_seq_length=32, doc_stride=8)
    source = task("lab-xquad")
    rows = [
        {key: getattr(one, key) for key in ("question", "context", "answers", "starts")}
        for one in source.train.read(source.lang)[:40]
    ]
    trained = reference.windows(rows, tokenizer, asked, train=True)
    scored = reference.windows(rows, tokenizer, asked, train=False)
    # So short a window cuts passages; each window that has the answer points at it.
    assert len(trained) == len(scored) > len(rows)
    assert all(len(one["input_ids"]) == 32 for one in trained)
    found = {one["owner"] for one, own in zip(scored, trained, strict=True) if own["start_positions"]}
    assert len(found) > len(rows) / 2
    logits = [([0.0] * 32, [0.0] * 32) for _ in trained]
    for own, (start, end) in zip(trained, logits, strict=True):
        if own["start_positions"]:
            start[own["start_positions"]], end[own["end_positions"]] = 9.0, 9.0
    said = reference.answers(rows, scored, tuple(zip(*logits, strict=True)))
    # A word's first piece has the space before it.
    assert all(said[i].strip() == rows[i]["answers"][0] for i in found)


def test_the_first_piece_of_a_word_bears_its_tag(reference: ModuleType) -> None:
    tokenizer = AutoTokenizer.from_pretrained(locate(encoder("lab")))
    source = task("lab-udpos")
    labels = list(source.form.labels)
    rows = [{"words": one.words, "tags": one.tags} for one in source.train.read(source.lang)[:20]]
    asked = reference.Asked(form="tag", model="", files=[], labels=labels)
    for row, one in zip(rows, reference.words(rows, tokenizer, asked, train=True), strict=True):
        assert [labels[label] for label in one["labels"] if label >= 0] == list(row["tags"])
        assert len(one["labels"]) == len(one["input_ids"]) > len(row["tags"])


@pytest.mark.slow
def test_a_look_at_the_bench(tmp_path: Path) -> None:
    out = tmp_path / "grid.json"
    command = [
        sys.executable, str(BENCH / "grid.py"), "--intermediates", "squad1", "--targets", "udpos", "--seeds", "1",
        "--languages", "2", "--examples", "40", "--rounds", "1", "--out", str(out),
        "--only", "ours", "a shell's loop",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    ours, loop = found["done"]["ours"], found["done"]["a shell's loop"]
    assert (ours["trainings"], ours["exams"]) == (loop["trainings"], loop["exams"]) == (3, 2)
    assert ours["mean score"] > 0 and loop["mean score"] > 0
    assert {ratio["of"] for ratio in found["ratios"]} == {"a shell's loop", "a shell's loop, a cell apart"}
