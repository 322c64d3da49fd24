"""Rows assembled from pieces are the rows that the tokenizer itself would give."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import encoding

TEXTS = ["The river runs past the old mill", "Anna", "", "河流经过老磨坊", "Who built the mill in 1887?", "Anna"]


def rows_of(joined: encoding.Joined) -> list[list[int]]:
    rows = joined.rows
    return [rows.tokens[a:b].tolist() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)]


def copy(tokenizer: Tokenizer) -> Tokenizer:
    return Tokenizer.from_str(tokenizer.to_str())


@pytest.mark.parametrize("length", [4, 6, 9, 14, 200])
def test_single_texts_equal_the_tokenizers_own(tokenizer: Tokenizer, length: int) -> None:
    ours = rows_of(encoding.join_texts(tokenizer, np.arange(6), (TEXTS,), max_length=length))
    other = copy(tokenizer)
    other.enable_truncation(length)
    assert ours == [one.ids for one in other.encode_batch(TEXTS)]


@pytest.mark.parametrize("length", [6, 7, 8, 9, 10, 13, 17, 200])
def test_pairs_equal_the_tokenizers_own_longest_first(tokenizer: Tokenizer, length: int) -> None:
    pairs = [(a, b) for a in TEXTS for b in TEXTS]
    columns = [[a for a, _ in pairs], [b for _, b in pairs]]
    joined = encoding.join_texts(tokenizer, np.arange(len(pairs)), columns, max_length=length)
    other = copy(tokenizer)
    other.enable_truncation(length)
    theirs = other.encode_batch(pairs)
    assert rows_of(joined) == [one.ids for one in theirs]
    segments = joined.rows.notes.get("segments", np.zeros(len(joined.rows.tokens), int))
    assert segments.tolist() == [number for one in theirs for number in one.type_ids]


def test_segments_are_noted_only_where_they_say_something(roberta: Tokenizer, bert: Tokenizer) -> None:
    for tokenizer, has in ((roberta, False), (bert, True)):
        joined = encoding.join_texts(tokenizer, np.arange(1), (["river"], ["mill"]), max_length=20)
        assert ("segments" in joined.rows.notes) is has


def test_the_tokenizers_own_truncation_and_padding_are_ignored_and_kept(roberta: Tokenizer) -> None:
    other = copy(roberta)
    other.enable_truncation(5, stride=1)
    other.enable_padding(pad_id=1, pad_token="<pad>")
    before = other.truncation, other.padding
    ours = encoding.join_texts(other, np.arange(6), (TEXTS,), max_length=100)
    assert (other.truncation, other.padding) == before
    assert rows_of(ours) == [one.ids for one in roberta.encode_batch(TEXTS)]


def test_no_room_names_the_length_that_would_do(roberta: Tokenizer) -> None:
    with pytest.raises(BadInput, match="at least 6"):
        encoding.join_texts(roberta, np.arange(1), (["a"], ["b"]), max_length=5)


def test_windows_cover_everything_and_overlap() -> None:
    lengths, rooms, steps = np.array([0, 5, 10, 23]), np.array([10, 10, 10, 10]), np.array([4, 4, 4, 4])
    text, skip, keep = encoding.windows(lengths, rooms, steps)
    assert text.tolist() == [0, 1, 2, 3, 3, 3, 3, 3]
    assert skip.tolist() == [0, 0, 0, 0, 4, 8, 12, 16]
    assert keep.tolist() == [0, 5, 10, 10, 10, 10, 10, 7]


def test_many_chunks_give_the_same_pieces(roberta: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encoding.pieces(roberta, TEXTS, offsets=True)
    monkeypatch.setattr(encoding, "CHUNK", 2)
    parts = encoding.pieces(roberta, TEXTS, offsets=True)
    assert whole.ids.tolist() == parts.ids.tolist()
    assert whole.offsets is not None and parts.offsets is not None
    assert whole.offsets.tolist() == parts.offsets.tolist()
    assert whole.begins[1] == whole.begins[5]


def test_no_texts_give_no_rows(roberta: Tokenizer) -> None:
    assert len(encoding.join_texts(roberta, np.arange(0), ([],), max_length=10).rows) == 0
