"""Test rows that stand in training data are found by their text, and named by file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xstilts.forms import Choice, Choose, Classify, Line, Lines, Mask, Pair, Retrieve, Sentence, Span, Text
from xstilts.sources import Joined, Mined, Mirror, Questions, Running, Summed, Table, Texts, leak
from xstilts.sources import leaks as module
from xstilts.sources.leaks import shared
from xstilts.sources.parts import HeldOut

PAIRS = Classify(labels=("no", "yes"), fields=("a", "b"))
Write = Callable[..., Path]


def pairs(split: str) -> Table:
    return Table(form=PAIRS, place=Mirror("t", split), columns=Texts())


def questions(split: str) -> Table:
    return Table(form=Span(), place=Mirror("q", split), columns=Questions())


def asked(name: str, question: str, context: str) -> dict[str, Any]:
    return {"id": name, "question": question, "context": context, "answers": {"text": ["a"], "answer_start": [0]}}


def both(train: Any, test: Any) -> tuple[Summed, Summed]:
    return Summed(train, "en"), Summed(test, "en")


def test_a_row_is_found_whatever_its_label_case_spacing_and_punctuation(mirror: Write) -> None:
    mirror("t/en.train.jsonl.gz", {"a": "new", "b": "x", "label": 0}, {"a": "Don't, now.", "b": "It runs", "label": 0})
    mirror(
        "t/en.test.jsonl.gz",
        {"a": "it RUNS .", "b": "x", "label": 0},
        {"a": "do n't  now", "b": "it RUNS .", "label": 1},
        {"a": "it runs", "b": "Don’t now", "label": 1},
    )
    train, test = both(pairs("train"), pairs("test"))
    found = leak(train, test)
    assert found is not None and (found.rows, found.of, found.first) == (2, 3, (1, 1))
    assert test.at(1).place == "t/en.test.jsonl.gz, line 2" and train.at(1).place == "t/en.train.jsonl.gz, line 2"
    assert "it RUNS" in test.at(1).text


def test_clean_data_leaks_nothing_and_signs_alone_are_no_row(mirror: Write) -> None:
    mirror("t/en.train.jsonl.gz", {"a": "one", "b": "two", "label": 0}, {"a": "-", "b": "…", "label": 0})
    mirror("t/en.test.jsonl.gz", {"a": "one", "b": "three", "label": 0}, {"a": "-", "b": "…", "label": 0})
    assert leak(*both(pairs("train"), pairs("test"))) is None


def test_a_passage_that_is_known_is_told_apart_from_a_question_that_is(mirror: Write) -> None:
    mirror("q/en.train.jsonl.gz", asked("1", "old?", "a passage"), asked("2", "same?", "a text"))
    mirror("q/en.test.jsonl.gz", asked("9", "new?", "A passage."), asked("8", "same", "a text"), asked("7", "?!", "a"))
    found = leak(*both(questions("train"), questions("test")))
    assert found is not None and (found.rows, found.passages, found.of, found.first) == (1, 1, 3, (1, 1))
    mirror("q/en.test.jsonl.gz", asked("9", "new?", "A passage."))
    found = leak(*both(questions("train"), questions("test")))
    assert found is not None and (found.rows, found.passages, found.first) == (0, 1, (0, 0))


def test_running_text_is_compared_with_what_is_searched_for(mirror: Write) -> None:
    mirror("m/en.train.jsonl.gz", {"text": "A target."}, {"text": "A source."})
    for name, said in (("source", "a source"), ("target", "a target")):
        mirror(f"m/en.test.{name}.jsonl.gz", {"id": name[0], "text": said})
    mirror("m/en.test.gold.jsonl.gz", {"source_id": "s", "target_id": "t"})
    train = Table(form=Mask(), place=Mirror("m", "train"), columns=Running())
    test = Table(form=Retrieve("mine"), place=Mirror("m", "test"), columns=Mined())
    found = leak(*both(train, test))
    assert found is not None and (found.rows, found.of, found.first) == (1, 1, (0, 1)), "the index is no test row"


def test_parts_and_joined_sources_are_what_they_read(mirror: Write) -> None:
    mirror("q/en.train.jsonl.gz", *(asked(str(n), f"number {n}?", f"a {n}") for n in range(40)))
    mirror("q/en.test.jsonl.gz", *(asked(str(n), f"number {n}?", f"a {n}") for n in range(40)))
    whole = questions("train")
    held, kept = HeldOut(whole, "dev", 0.3), HeldOut(whole, "train", 0.3)
    there = [shared(*both(part, questions("test")))[0] for part in (held, kept)]
    assert 0 < there[0].sum() < 40 and (there[0] ^ there[1]).all()
    twice = Summed(Joined({"x": held, "y": kept}), "en")
    assert len(twice.rows) == 40 and sorted({twice.at(n).text for n in range(40)}) == sorted(
        {Summed(whole, "en").at(n).text for n in range(40)}
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Choice("1", "p", ("a", "b"), 0), Choice("2", "P.", ("B", "a"), 1)),
        (Sentence("1", ("A", "dog", "."), ("N", "N", "N")), Lines("2", "a dog", "")),
        (Pair("1", "who?", "he", "it was he"), Line("2", "Who?", "query")),
        (Text("1", ("a", "b"), "x"), Text("2", ("b", "a"), "y")),
    ],
    ids=("options", "words", "queries", "pairs"),
)
def test_the_same_text_is_the_same_in_every_form(one: Any, other: Any) -> None:
    assert module._keys(one)[0] == module._keys(other)[0] > 0


def test_sums_are_kept_and_a_broken_entry_is_made_again(
    mirror: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror("t/en.train.jsonl.gz", {"a": "one", "b": "two", "label": 0})
    first = Summed(pairs("train"), "en").rows
    (entry,) = (tmp_path / "cache" / "sums").iterdir()
    with monkeypatch.context() as no_reading:
        no_reading.setattr(module, "rows_of", None)
        assert np.array_equal(Summed(pairs("train"), "en").rows, first)
    entry.write_bytes(entry.read_bytes()[:-3])
    assert np.array_equal(Summed(pairs("train"), "en").rows, first)
    mirror("t/en.train.jsonl.gz", {"a": "one", "b": "other", "label": 0})
    assert not np.array_equal(Summed(pairs("train"), "en").rows, first)
    monkeypatch.setenv("XSTILTS_CACHE", "off")
    assert len(Summed(pairs("train"), "en").rows) == 1


def test_drawn_rows_share_nothing() -> None:
    from xstilts.tasks import exam, task

    assert leak(Summed(task("lab-qqp").train, "lab-piv"), Summed(exam("lab-pawsx").test, "lab-piv")) is None


def test_choose_is_read_through_its_columns(mirror: Write) -> None:
    from xstilts.sources import Options

    mirror("c/en.train.jsonl.gz", {"p": "p", "o": ["x", "y"], "label": 0})
    mirror("c/en.test.jsonl.gz", {"p": "p", "o": ["y", "x"], "label": 7}, {"p": "q", "o": ["x", "y"], "label": 0})
    train, test = (
        Table(form=Choose(2), place=Mirror("c", one), columns=Options("p", ("o",))) for one in ("train", "test")
    )
    found = leak(*both(train, test))
    assert found is not None and (found.rows, found.of) == (1, 2)
