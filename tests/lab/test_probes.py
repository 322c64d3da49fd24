"""No shortcut in the data: what sees only a part stays near chance. The probe finds one that is there."""

from __future__ import annotations

import random

import pytest

from xstilts.lab.probes import (
    CHOICES,
    PAIRS,
    blind_accuracy,
    overlap,
    probe_choices,
    probe_overlap,
    probe_pairs,
    probe_unanswerable,
)

MARGIN = 6.0
"""Points above chance: about four standard errors at 1,000 test items."""


@pytest.mark.parametrize("name", PAIRS)
def test_one_sentence_alone_does_not_tell_the_label(name: str) -> None:
    found = probe_pairs(name, train=2500, test=1000)
    assert found["first"] < found["chance"] + MARGIN
    assert found["second"] < found["chance"] + MARGIN


def test_what_two_sentences_share_does_not_tell_whether_they_are_paraphrases() -> None:
    assert probe_overlap("pawsx", train=2500, test=1000) < 50 + MARGIN


def test_the_overlap_probe_sees_equality_overlap_length_and_the_first_content_word() -> None:
    assert overlap("a b c", "a b c") == "equal=True length=0 start=True shared=1.00"
    assert overlap("the a b", "b a", frozenset({"the"})) == "equal=False length=1 start=False shared=0.67"
    assert "start=True" in overlap("the a b", "a c", frozenset({"the"}))


@pytest.mark.parametrize("name", CHOICES)
def test_the_options_alone_do_not_tell_the_answer(name: str) -> None:
    found = probe_choices(name, train=1200, test=600)
    # The facts of commonsenseqa's dev split are few, so its items are not independent: it gets more room.
    assert found["options"] < found["chance"] + (10 if name == "commonsenseqa" else MARGIN + 1)


def test_neither_question_nor_passage_alone_tells_whether_there_is_an_answer() -> None:
    found = probe_unanswerable(train=2000, test=800)
    assert found["question"] < found["chance"] + MARGIN
    assert found["passage"] < found["chance"] + MARGIN


def test_a_shortcut_would_be_found() -> None:
    rng = random.Random(0)
    labels = [rng.randrange(2) for _ in range(1500)]
    texts = [
        " ".join(rng.choices("abcdefgh", k=6)) + (" not" if label and rng.random() < 0.3 else "") for label in labels
    ]
    assert blind_accuracy(texts[:1000], labels[:1000], texts[1000:], labels[1000:]) > 58
