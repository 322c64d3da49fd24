"""Mask: rows of running text, pairs of translations, and scores over hidden tokens."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import Lines, Mask

LINES = [Lines("1", "The river runs past the old mill"), Lines("2", "Anna")]


def test_rows_are_whole_and_specials_are_marked(tokenizer: Tokenizer) -> None:
    rows = Mask().encode(LINES, tokenizer, max_length=60)
    theirs = tokenizer.encode_batch([one.text for one in LINES])
    assert rows.tokens.tolist() == [token for one in theirs for token in one.ids]
    assert rows.notes["special"].tolist() == [bool(sign) for one in theirs for sign in one.special_tokens_mask]
    assert rows.targets == {}


def test_long_text_goes_on_in_the_next_row(tokenizer: Tokenizer) -> None:
    rows = Mask().encode(LINES, tokenizer, max_length=6)
    assert rows.lengths.max() == 6 and rows.example.tolist().count(0) > 1
    whole = Mask().encode(LINES, tokenizer, max_length=60)
    assert rows.tokens[~rows.notes["special"]].tolist() == whole.tokens[~whole.notes["special"]].tolist()


def test_pairs_share_a_row(tokenizer: Tokenizer) -> None:
    one = Lines("1", "The river", "Der Fluss")
    rows = Mask().encode([one], tokenizer, max_length=60)
    theirs = tokenizer.encode("The river", "Der Fluss")
    assert rows.tokens.tolist() == theirs.ids
    assert rows.notes["special"].tolist() == [bool(sign) for sign in theirs.special_tokens_mask]
    with pytest.raises(BadInput, match="two tasks"):
        Mask().encode([one, *LINES], tokenizer, max_length=60)


def test_scores_are_nats_and_shares(roberta: Tokenizer) -> None:
    form = Mask()
    rows = form.encode(LINES, roberta, max_length=60)
    label = np.where(rows.notes["special"], -1, rows.tokens).astype(np.int64)
    label[1:3] = -1
    rows.targets["label"] = label
    size = roberta.get_vocab_size()
    blind = form.score(form.decode(rows, np.zeros((len(rows.tokens), size)), LINES), LINES)
    assert blind["loss"] == pytest.approx(math.log(size), rel=1e-5)
    outputs = 50 * np.eye(size)[rows.tokens]
    for given in (outputs, outputs[label >= 0]):
        perfect = form.score(form.decode(rows, given, LINES), LINES)
        assert perfect == pytest.approx({"loss": 0, "accuracy": 1}, abs=1e-6)
    assert math.isnan(form.chance(LINES))


def test_nothing_hidden_is_refused(roberta: Tokenizer) -> None:
    rows = Mask().encode(LINES, roberta, max_length=60)
    rows.targets["label"] = np.full(len(rows.tokens), -1)
    found = Mask().decode(rows, np.zeros((0, 9)), LINES)
    with pytest.raises(BadInput, match="No token was hidden"):
        Mask().score(found, LINES)


def test_check_refuses() -> None:
    with pytest.raises(BadInput, match="text is empty"):
        Mask().check(Lines("1", " "))
    with pytest.raises(BadInput, match="rate"):
        Mask(1.5).check(LINES[0])
