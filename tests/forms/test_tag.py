"""Tag: every word keeps its tag, however long the sentence and odd the word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import Rows, Sentence, Tag

POS = Tag(("NOUN", "VERB", "DET"))
SENTENCES = [
    Sentence("1", ("The", "river", "runs"), ("DET", "NOUN", "VERB")),
    Sentence("2", ("Anna",), ("NOUN",)),
    Sentence("3", ("the", "old", "mill") * 15, ("DET", "VERB", "NOUN") * 15),
    Sentence("4", ()),
    Sentence("5", ("Berg", "built", "Mühle", "老磨坊"), ("NOUN", "VERB", "NOUN", "NOUN")),
]


def perfect(form: Tag, rows: Rows) -> np.ndarray:
    """One-hot scores at labelled tokens, and a wrong label everywhere else."""
    labels = rows.targets["label"]
    return np.eye(len(form.labels) + 1)[labels][:, :-1] if len(labels) else np.zeros((0, len(form.labels)))


@pytest.mark.parametrize("length", [5, 16, 200])
def test_perfect_outputs_score_100(tokenizer: Tokenizer, length: int) -> None:
    for sentence in SENTENCES:
        POS.check(sentence)
    rows = POS.encode(SENTENCES, tokenizer, max_length=length)
    assert rows.lengths.max() <= length
    assert (rows.targets["label"] >= 0).sum() == sum(len(one.words) for one in SENTENCES)
    found = POS.decode(rows, perfect(POS, rows), SENTENCES)
    assert found == [list(one.tags) for one in SENTENCES]
    assert POS.score(found, SENTENCES) == {"f1": pytest.approx(100), "accuracy": 100}


def test_labels_stand_on_first_pieces(roberta: Tokenizer) -> None:
    one = SENTENCES[4]
    rows = POS.encode([one], roberta, max_length=60)
    theirs = roberta.encode(list(one.words), is_pretokenized=True)
    assert rows.tokens.tolist() == theirs.ids
    first = [
        place for place, word in enumerate(theirs.word_ids) if word is not None and word != theirs.word_ids[place - 1]
    ]
    assert np.flatnonzero(rows.targets["label"] >= 0).tolist() == first
    assert rows.notes["word"][first].tolist() == [0, 1, 2, 3]


def test_long_sentences_are_split_between_words_and_joined_in_order(roberta: Tokenizer) -> None:
    rows = POS.encode([SENTENCES[2], SENTENCES[0]], roberta, max_length=16)
    assert len(rows) > 3 and rows.example.tolist() == sorted(rows.example.tolist())
    word = rows.notes["word"]
    for begin in rows.starts[:-1]:
        assert word[begin] == -1 and word[begin + 1] >= 0
    assert word[word >= 0].tolist() == [*range(45), *range(3)]
    outputs = np.zeros((len(rows.tokens), 45))
    outputs[np.flatnonzero(word >= 0), word[word >= 0]] = 1
    numbered = Tag(tuple(str(place) for place in range(45)))
    assert numbered.decode(rows, outputs, [SENTENCES[2], SENTENCES[0]])[0] == list(numbered.labels)


def test_words_without_pieces_become_the_unknown_token(tokenizer: Tokenizer) -> None:
    one = Sentence("1", ("the", "", "\u200b", "mill"), ("DET", "NOUN", "VERB", "NOUN"))
    rows = POS.encode([one], tokenizer, max_length=30)
    unknown = tokenizer.token_to_id("<unk>") or tokenizer.token_to_id("[UNK]")
    assert unknown in rows.tokens
    assert POS.decode(rows, perfect(POS, rows), [one]) == [list(one.tags)]


def test_a_word_longer_than_a_row_loses_only_its_last_pieces(roberta: Tokenizer) -> None:
    one = Sentence("1", ("the", "xyzq" * 50, "mill"), ("DET", "NOUN", "VERB"))
    rows = POS.encode([one], roberta, max_length=10)
    assert rows.lengths.max() == 10
    assert POS.decode(rows, perfect(POS, rows), [one]) == [list(one.tags)]


def test_without_tags_there_are_no_targets(roberta: Tokenizer) -> None:
    assert POS.encode([Sentence("1", ("the",))], roberta, max_length=9).targets == {}


def test_only_empty_sentences(roberta: Tokenizer) -> None:
    empty = [Sentence("1", ()), Sentence("2", ())]
    rows = POS.encode(empty, roberta, max_length=9)
    assert POS.decode(rows, perfect(POS, rows), empty) == [[], []]
    assert POS.score([[], []], empty) == {"f1": 0, "accuracy": 0}


@pytest.mark.parametrize(
    ("example", "match"),
    [
        (Sentence("1", ("the", "mill"), ("DET",)), "1 tags for 2 words"),
        (Sentence("1", ("the",), ("DETT",)), "Did you mean 'DET'"),
    ],
)
def test_check_refuses(example: Sentence, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        POS.check(example)


def test_scoring_refuses_a_missing_tag() -> None:
    with pytest.raises(BadInput, match="Sentence '1': 2 predicted tags for 3"):
        POS.score([["DET", "NOUN"]], SENTENCES[:1])


def test_spans_false_scores_tags_alone() -> None:
    form = Tag(("A/B", "B"), spans=False)
    assert form.metrics == ("accuracy",)
    assert form.score([["A/B", "B"]], [Sentence("1", ("x", "y"), ("A/B", "A/B"))]) == {"accuracy": 50}


def test_chance() -> None:
    draw = np.random.default_rng(3)
    labels = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    tags = [tuple(draw.choice(labels, size=12).tolist()) for _ in range(200)]
    examples = [Sentence(str(place), ("x",) * 12, one) for place, one in enumerate(tags)]
    assert 3 < Tag(labels).chance(examples) < 25
    assert Tag(labels, spans=False).chance(examples) == pytest.approx(20, abs=2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.lists(st.text(alphabet="abmü中 \u200bไ", max_size=9), max_size=25), min_size=1, max_size=6),
    length=st.integers(3, 40),
)
def test_split_and_join_lose_nothing(tokenizer: Tokenizer, words: list[list[str]], length: int) -> None:
    draw = np.random.default_rng(0)
    examples = [
        Sentence(str(place), tuple(one), tuple(draw.choice(POS.labels, size=len(one)).tolist()))
        for place, one in enumerate(words)
    ]
    rows = POS.encode(examples, tokenizer, max_length=length)
    assert rows.lengths.max() <= length
    assert sorted(set(rows.example.tolist())) == list(range(len(words)))
    assert POS.decode(rows, perfect(POS, rows), examples) == [list(one.tags) for one in examples]
