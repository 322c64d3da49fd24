"""The measures of written text, rankings and chrF."""

from __future__ import annotations

import random

import numpy as np
import pytest

from xstilts.errors import BadInput
from xstilts.scoring import texts
from xstilts.scoring.chrf import chrf
from xstilts.scoring.ranking import average_precision, rank, reciprocal_rank


def test_known_answers() -> None:
    assert texts.character_errors(["abd", "a"], ["abc", "aa"]) == pytest.approx(40)
    assert texts.answer_f1(["cat sat"], ["the cat"]) == pytest.approx(200 / 3)
    assert texts.span_f1(["PER: a"], ["PER: a $$ LOC: b"]) == pytest.approx(200 / 3)
    assert reciprocal_rank(("a",), ["b", "a"]) == 0.5
    assert average_precision([1, 3], [3, 0, 1, 2], 20) == pytest.approx(5 / 6)
    assert average_precision([1, 3, 5], [1, 0], 2) == 0.5


def test_spans_need_one_colon() -> None:
    assert texts.span_f1(["PER:a $$ LOC: b: c"], ["PER: a"]) == pytest.approx(100)
    assert texts.span_f1(["PER: a $$ PER: a"], ["PER: a"]) == pytest.approx(200 / 3)
    assert texts.span_f1([], []) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", "hello world"),
        ("a.b c.", "a.b c"),
        ("it's (so) [it is]\tx", "it s so it is x"),
        (" ?! what", "what"),
    ],
)
def test_transcripts(text: str, expected: str) -> None:
    assert texts.spoken(text) == expected


def test_error_rates_are_of_nfkc_and_can_exceed_100() -> None:
    assert texts.character_errors(["ﬁ"], ["fi"]) == 0
    assert texts.character_errors(["abcd"], ["x"]) == 400
    with pytest.raises(BadInput):
        texts.character_errors(["x"], [""])


def slow_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, start=1):
        corner, row[0] = row[0], place
        for column, wanted in enumerate(other, start=1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (sign != wanted))
    return row[-1]


@pytest.mark.parametrize("seed", range(40))
def test_distance_against_the_plain_table(seed: int) -> None:
    draw = random.Random(seed)
    one, other = ("".join(draw.choices("abç𝔞", k=draw.randint(0, 90))) for _ in range(2))
    assert texts.distance(one, other) == slow_distance(one, other)


def test_three_suggestions() -> None:
    assert texts.among_three([["a", "b", "c"], ["a", "b", "c"]], ["c", "d"]) == 50
    with pytest.raises(BadInput, match="exactly 3"):
        texts.among_three([["a"]], ["a"])


def test_chrf_by_hand() -> None:
    assert chrf(["abc"], ["abc"]) == 100
    assert chrf(["a b c"], ["abc"]) == 100
    assert chrf(["x"], ["abc"]) == 0 and chrf([""], [""]) == 0
    # 1-grams: 1 of 2 found, 1 of 1 wanted; longer ones do not exist on one side or are not counted.
    assert chrf(["ab"], ["a"]) == pytest.approx(100 * 5 * 0.5 * 1 / (4 * 0.5 + 1))


@pytest.mark.parametrize("seed", range(10))
def test_chrf_is_sacrebleus(seed: int) -> None:
    sacrebleu = pytest.importorskip("sacrebleu", reason="the reference is not installed")
    draw = random.Random(seed)
    targets = ["".join(draw.choices("ab ç\u3000", k=draw.randint(0, 12))) for _ in range(5)]
    found = ["".join(draw.choices("ab ç", k=draw.randint(0, 12))) for _ in range(5)]
    assert chrf(found, targets) == pytest.approx(sacrebleu.corpus_chrf(found, [targets]).score, abs=1e-9)


def test_a_repeated_candidate_earns_nothing_but_keeps_its_place() -> None:
    assert average_precision(["a", "b"], ["a", "a", "b"], 20) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(["a"], ["b", "a"], None) == 0.5
    with pytest.raises(BadInput):
        average_precision([], ["a"], 20)


def test_ranks_by_inner_product_with_equal_candidates_side_by_side() -> None:
    index = np.array([[1.0, 0], [0, 1], [1, 0], [9, 0]])
    found = rank(np.array([[1.0, 0]]), index, 9)[0]
    assert found[0] == 3 and set(found[1:3]) == {0, 2} and found[3] == 1
    assert rank(np.array([[0, 2.0], [-1, 0]]), index, 1) == [[1], [1]]
