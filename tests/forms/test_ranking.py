"""Rankings: the measures by hand and against a random order, and Retrieve("rank") from lines to scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import Line, Retrieve
from xstilts.scoring.ranking import average_precision, random_precision, reciprocal_rank

RANK = Retrieve("rank", depth=3)
POOL = [Line(name, f"text {name}", "index") for name in "abcde"]
ASKED = [Line("q1", "one", "query", gold=("a",)), Line("q2", "two", "query", gold=("b", "c"))]


def test_measures_by_hand() -> None:
    assert reciprocal_rank(("c",), ["a", "b", "c"], 3) == 1 / 3
    assert reciprocal_rank(("c",), ["a", "b", "c"], 2) == 0
    assert average_precision(("b", "c"), ["a", "b", "c"], 3) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert average_precision(("b", "c"), ["b", "b", "c"], 3) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(tuple("abcdef"), ["a", "b", "c"], 3) == 1


@given(st.integers(1, 6), st.integers(6, 12), st.integers(1, 8))
def test_a_random_order_gets_what_is_expected_of_it(targets: int, candidates: int, k: int) -> None:
    draw = np.random.default_rng(0)
    gold = set(range(targets))
    found = [average_precision(gold, draw.permutation(candidates).tolist(), k) for _ in range(400)]
    assert np.mean(found) == pytest.approx(random_precision(targets, candidates, k), abs=0.09)


def test_rankings_are_of_the_whole_pool_and_as_deep_as_said(tokenizer: Tokenizer) -> None:
    lines = [*ASKED, *POOL]
    for line in lines:
        RANK.check(line)
    vectors = np.zeros((7, 5), np.float32)
    vectors[2:] = np.diag([1.0, 2, 3, 4, 5])
    vectors[0] = [5, 4, 3, 0, 0]
    vectors[1] = [0, 1, 1, 0, 9]
    rows = RANK.encode(lines, tokenizer, max_length=40)
    found = RANK.decode(rows, vectors, lines)
    assert found == [["a", "b", "c"], ["e", "b", "c"], *[None] * 5]
    assert RANK.metrics == ("map@3", "mrr@3")
    assert RANK.score(found, lines) == pytest.approx({"map@3": 100 * (1 + 7 / 12) / 2, "mrr@3": 75})
    assert RANK.score([["a"], None, *[None] * 5], lines) == {"map@3": 50, "mrr@3": 50}
    by_product = Retrieve("rank", depth=3, cosine=False).decode(rows, vectors, lines)
    assert by_product[0] == ["c", "b", "a"]
    assert RANK.chance(lines) == pytest.approx(50 * (random_precision(1, 5, 3) + random_precision(2, 5, 3)))


def test_a_perfect_ranking_scores_100_however_many_are_right() -> None:
    pool = [Line(str(i), "x", "index") for i in range(40)]
    for golds in (1, 3, 30):
        gold = tuple(str(i) for i in range(golds))
        lines = [Line("q", "x", "query", gold=gold), *pool]
        form = Retrieve("rank")
        said = [list(gold[:20]), *[None] * 40]
        assert form.score(said, lines) == {"map@20": 100, "mrr@20": 100}
        assert form.chance(lines) < 80


def test_texts_are_read_with_their_seconds_and_queries_cut_shorter(tokenizer: Tokenizer) -> None:
    lines = [
        Line("i1", "Anna Berg", "index", second="Anna Berg built the mill"),
        Line("q", "Who built the mill in 1887?", "query", gold=("i1",)),
        Line("i2", "The river", "index"),
    ]
    form = Retrieve("rank", longest_query=7)
    rows = form.encode(lines, tokenizer, max_length=60)
    texts = [rows.tokens[a:b].tolist() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)]
    assert rows.example.tolist() == [0, 1, 2]
    theirs = tokenizer.encode(lines[0].text, lines[0].second)
    assert texts[0] == theirs.ids
    assert len(texts[1]) == 7 and texts[1][:6] == tokenizer.encode(lines[1].text).ids[:6]
    assert texts[2] == tokenizer.encode("The river").ids
    if any(theirs.type_ids):
        assert rows.notes["segments"][: len(theirs.ids)].tolist() == theirs.type_ids
        assert not rows.notes["segments"][len(theirs.ids) :].any()


def test_a_query_without_gold_is_refused() -> None:
    with pytest.raises(BadInput, match="gold is empty"):
        RANK.check(Line("q", "x", "query"))


@pytest.mark.parametrize("kind", ["search", "rank"])
def test_no_lines_give_no_rows(roberta: Tokenizer, kind: str) -> None:
    form = Retrieve(kind)  # type: ignore[arg-type]
    rows = form.encode([], roberta, max_length=20)
    assert len(rows) == 0 and form.decode(rows, np.zeros((0, 4)), []) == []
