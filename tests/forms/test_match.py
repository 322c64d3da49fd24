"""Match: rows of both sides, keys of equal texts, the nearest text as the answer."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import Head, Match, Pair

PAIRS = [
    Pair("1", "Who built the mill", "Anna Berg built it", "Anna Berg built it in 1887"),
    Pair("2", "the river", "The river runs", wrong=("The mill", "Anna")),
    Pair("3", "the river", "Der Fluss"),
    Pair("4", "old mill", "The river runs"),
]


def test_rows_are_query_then_right_then_wrong(tokenizer: Tokenizer) -> None:
    for one in PAIRS:
        Match().check(one)
    rows = Match().encode(PAIRS, tokenizer, max_length=60)
    assert rows.example.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 3, 3]
    assert rows.targets["role"].tolist() == [0, 1, 0, 1, 2, 2, 0, 1, 0, 1]
    key = rows.targets["key"]
    assert key[2] == key[6] and key[3] == key[9] and len(set(key.tolist())) == 8
    texts = [rows.tokens[a:b].tolist() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)]
    assert texts[0] == tokenizer.encode(PAIRS[0].query).ids
    assert texts[1] == tokenizer.encode(PAIRS[0].right, PAIRS[0].second).ids
    assert texts[5] == tokenizer.encode("Anna").ids


def test_queries_may_be_shorter_than_texts(tokenizer: Tokenizer) -> None:
    rows = Match(longest_query=6).encode(PAIRS, tokenizer, max_length=20)
    query = rows.targets["role"] == 0
    assert rows.lengths[query].max() == 6 and rows.lengths[~query].max() > 6


def test_the_nearest_text_of_all_is_the_answer(roberta: Tokenizer) -> None:
    form = Match()
    rows = form.encode(PAIRS, roberta, max_length=60)
    # Texts of the same key get the same vector, and queries that of their right text.
    vectors = np.eye(20)[rows.targets["key"]]
    asked = rows.targets["role"] == 0
    vectors[asked] = vectors[np.flatnonzero(rows.targets["role"] == 1)] * 7
    found = form.decode(rows, vectors, PAIRS)
    assert found == [one.right for one in PAIRS]
    assert form.score(found, PAIRS) == {"accuracy": 100}
    assert form.score(["", "The river runs", "", ""], PAIRS) == {"accuracy": 25}
    assert form.chance(PAIRS) == 20


def test_its_head_is_its_settings() -> None:
    assert Match(pooling="mean", scale=20.0, dense=False).head == Head("embed", pooling="mean", scale=20.0)
    with pytest.raises(BadInput, match="scale"):
        Match(scale=0)


@pytest.mark.parametrize(
    ("example", "match"),
    [
        (Pair("1", " ", "x"), "query is empty"),
        (Pair("1", "x", ""), "right is empty"),
        (Pair("1", "x", "y", wrong=("y",)), "names the right text too"),
    ],
)
def test_check_refuses(example: Pair, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        Match().check(example)
