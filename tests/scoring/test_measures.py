"""Scores against values worked out by hand, and against the reference's known answers."""

from __future__ import annotations

import random

import pytest

from xstilts.scoring.answers import answer_scores, squad_normal
from xstilts.scoring.chunks import chunk_scores, chunks
from xstilts.scoring.labels import accuracy
from xstilts.scoring.sets import set_scores


def test_accuracy() -> None:
    assert accuracy(["a", "b", "c", "d"], ["a", "b", "x", "d"]) == 75


def test_set_scores_collapse_what_comes_twice() -> None:
    gold = [("a", "b"), ("c", "d")]
    assert set_scores([("a", "b"), ("a", "b"), ("e", "f")], gold) == {"f1": 50, "precision": 50, "recall": 50}
    assert set_scores([], []) == {"f1": 0, "precision": 0, "recall": 0}


def test_squad_normal_form() -> None:
    assert squad_normal("«Der» Hund, the House!") == "«der» hund house"
    assert squad_normal("A.  B-C\n the") == "bc"
    assert squad_normal("theatre an") == "theatre"


def test_exact_match_without_overlap_when_both_are_empty() -> None:
    both = answer_scores(["the", "z y"], [["the"], ["x", "y z"]])
    assert both == {"f1": 50, "exact": 50}
    assert answer_scores(["the", None], [["the"], ["x", "y z"]]) == {"f1": 0, "exact": 50}


def test_unanswerable_questions_count_empty_as_right() -> None:
    golds: list[list[str]] = [[], [], ["mill"], ["the", "old mill"]]
    found = answer_scores(["", "mill", "", "mill"], golds, unanswerable=True)
    assert found["exact"] == 25
    assert found["f1"] == pytest.approx(100 * (1 + 0 + 0 + 2 / 3) / 4)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("NOUN NOUN NOUN", [("NOUN", 0, 2)]),
        ("SYM SYM", [("SYM", 0, 0), ("SYM", 1, 1)]),
        ("SCONJ SCONJ", [("SCONJ", 0, 0), ("SCONJ", 1, 1)]),
        ("INTJ INTJ", [("INTJ", 0, 1)]),
        ("PROPN PROPN", [("PROPN", 0, 1)]),
        ("B-PER I-PER I-ORG", [("PER", 0, 1), ("ORG", 2, 2)]),
        ("B-PER B-PER O I-LOC", [("PER", 0, 0), ("PER", 1, 1), ("LOC", 3, 3)]),
        ("O O", []),
        ("", []),
    ],
)
def test_chunks(tags: str, expected: list[tuple[str, int, int]]) -> None:
    assert chunks(tags.split()) == expected


def test_chunk_scores_of_small_cases() -> None:
    assert chunk_scores([["SCONJ", "NOUN"]], [["CCONJ", "NOUN"]])["f1"] == pytest.approx(50)
    assert chunk_scores([["NOUN", "VERB", "VERB"]], [["NOUN", "NOUN", "VERB"]])["f1"] == 0
    assert chunk_scores([["O"]], [["O"]])["f1"] == 0


def test_chunks_do_not_run_over_the_end_of_a_sentence() -> None:
    assert chunk_scores([["NOUN"], ["NOUN"]], [["NOUN"], ["NOUN"]])["precision"] == 100
    assert chunk_scores([["NOUN"], ["VERB"]], [["NOUN"], ["NOUN"]])["f1"] == pytest.approx(50)


UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"


def _noisy(stream: random.Random, tags: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    gold = [[stream.choice(tags) for _ in range(stream.randint(3, 12))] for _ in range(200)]
    found = [[tag if stream.random() < 0.8 else stream.choice(tags) for tag in sentence] for sentence in gold]
    return found, gold


def test_random_tags_reach_the_references_numbers() -> None:
    stream = random.Random(0)
    assert chunk_scores(*_noisy(stream, UPOS.split()))["f1"] == pytest.approx(78.983666, abs=1e-6)
    names = chunk_scores(*_noisy(stream, ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]))
    assert names == pytest.approx({"f1": 76.687669, "precision": 76.964770, "recall": 76.412556}, abs=1e-6)
