"""Classify and Choose: rows, predictions, scores and refusals."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import AnyForm, Choice, Choose, Classify, Mask, Match, Retrieve, Span, Tag, Text

NLI = Classify(("entailment", "neutral", "contradiction"))
PAIRS = [
    Text("1", ("The river runs", "The mill"), "neutral"),
    Text("2", ("Anna Berg built the mill in 1887", "Anna built it"), "entailment"),
    Text("3", ("", "the town"), "contradiction"),
    Text("4", ("quiet", "old"), "neutral"),
]
CHOICES = [
    Choice("1", "The river", ("runs", "built the old quiet mill in 1887"), 0),
    Choice("2", "Anna", ("river", "built it"), 1),
    Choice("3", "Who?", ("Anna", "it"), 1),
]


def test_rows_and_targets(tokenizer: Tokenizer) -> None:
    rows = NLI.encode(PAIRS, tokenizer, max_length=12)
    assert len(rows) == 4 and rows.lengths.max() == 12
    assert rows.targets["label"].tolist() == [1, 0, 2, 1]
    assert rows.tokens.dtype == np.int32
    assert rows.example.tolist() == [0, 1, 2, 3]


def test_one_text(tokenizer: Tokenizer) -> None:
    form = Classify(("good", "bad"), fields=("text",))
    rows = form.encode([Text("1", ("The river",))], tokenizer, max_length=12)
    assert rows.tokens.tolist() == tokenizer.encode("The river").ids
    assert rows.targets == {}


def test_perfect_outputs_score_100_and_ties_go_to_the_first(roberta: Tokenizer) -> None:
    rows = NLI.encode(PAIRS, roberta, max_length=32)
    found = NLI.decode(rows, np.eye(3)[rows.targets["label"]], PAIRS)
    assert NLI.score(found, PAIRS) == {"accuracy": 100}
    assert NLI.decode(rows, np.zeros((4, 3)), PAIRS) == ["entailment"] * 4
    assert NLI.chance(PAIRS) == 50


@pytest.mark.parametrize(
    ("example", "match"),
    [
        (Text("7", ("one",), "neutral"), "texts has 1"),
        (Text("7", ("one", "two"), "neutrall"), "Did you mean 'neutral'"),
        (Text("7", ("one", "two")), "label"),
        (Text("7", ("one", 2), "neutral"), "hypothesis"),  # type: ignore[arg-type]
        (Text("", ("one", "two"), "neutral"), "id"),
        (CHOICES[0], "Expected an example of kind Text"),
    ],
)
def test_check_names_the_field(example: Text, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        NLI.check(example)


def test_check_accepts_good_examples() -> None:
    for pair in PAIRS:
        NLI.check(pair)
    for choice in CHOICES:
        Choose(2).check(choice)


def test_scoring_needs_one_prediction_each() -> None:
    with pytest.raises(BadInput, match="3 predictions for 4"):
        NLI.score(["neutral"] * 3, PAIRS)
    with pytest.raises(BadInput, match="no examples"):
        NLI.score([], [])


def test_options_become_a_group_of_rows(tokenizer: Tokenizer) -> None:
    form = Choose(2)
    rows = form.encode(CHOICES, tokenizer, max_length=20)
    assert rows.example.tolist() == rows.notes["group"].tolist() == [0, 0, 1, 1, 2, 2]
    assert rows.targets["label"].tolist() == [0, 0, 1, 1, 1, 1]
    first = rows.tokens[: rows.starts[1]].tolist()
    assert first == tokenizer.encode("The river", "runs").ids
    assert rows.lengths.max() == 20


def test_the_best_option_wins_and_ties_go_to_the_first(roberta: Tokenizer) -> None:
    form = Choose(2)
    rows = form.encode(CHOICES, roberta, max_length=40)
    scores = np.array([1.0, 0.0, 0.0, 3.0, 2.0, 2.0])
    assert form.decode(rows, scores[:, None], CHOICES) == [0, 1, 0]
    assert form.decode(rows, scores, CHOICES) == [0, 1, 0]
    assert form.score([0, 1, 1], CHOICES) == {"accuracy": 100}
    assert form.chance(CHOICES) == 50


def test_a_long_row_loses_the_end_of_its_prompt_and_nothing_of_its_option(tokenizer: Tokenizer) -> None:
    options = ("Anna built it", "Berg built the mill in the town")
    one = Choice("1", "The river runs past the old mill", options, 1)
    whole = [tokenizer.encode(text, add_special_tokens=False).ids for text in (one.prompt, *options)]
    frame = len(tokenizer.encode("a", "a").ids) - 2 * len(tokenizer.encode("a", add_special_tokens=False).ids)
    length = frame + len(whole[2]) + 1
    rows = Choose(2).encode([one], tokenizer, max_length=length)
    parts = [rows.tokens[a:b].tolist() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)]
    for row, option in zip(parts, whole[1:], strict=True):
        prompt = length - frame - len(option)
        assert row[1 : 1 + prompt] == whole[0][:prompt] and row[-1 - len(option) : -1] == option
    tight = Choose(2).encode([one], tokenizer, max_length=frame + 3)
    assert tight.tokens[1] == whole[0][0] and tight.tokens[frame + 3 - 3 : frame + 2].tolist() == whole[1][:2]


def test_examples_may_have_different_numbers_of_options(roberta: Tokenizer) -> None:
    form = Choose()
    examples = [Choice("1", "The", ("a", "b", "c"), 2), Choice("2", "old", ("a", "b"), 0)]
    for one in examples:
        form.check(one)
    rows = form.encode(examples, roberta, max_length=40)
    assert rows.example.tolist() == [0, 0, 0, 1, 1] and rows.targets["label"].tolist() == [2, 2, 2, 0, 0]
    assert form.decode(rows, np.array([0.0, 1, 2, 4, 3]), examples) == [2, 0]
    assert form.chance(examples) == pytest.approx(100 * (1 / 3 + 1 / 2) / 2)
    with pytest.raises(BadInput, match="at least 2"):
        form.check(Choice("1", "The", ("a",), 0))
    with pytest.raises(BadInput, match="from 0 to 1"):
        form.check(Choice("1", "The", ("a", "b"), 2))


@pytest.mark.parametrize("label", [2, -1, None])
def test_choice_labels_must_point_at_an_option(label: int | None) -> None:
    with pytest.raises(BadInput, match="label"):
        Choose(2).check(Choice("1", "The", ("a", "b"), label))


@pytest.mark.parametrize(
    "form",
    [
        NLI,
        Choose(4),
        Span(unanswerable=True, stride=64),
        Tag(("A", "B"), spans=False),
        Retrieve("mine"),
        Mask(0.3),
        Match(),
    ],
)
def test_every_form_survives_json_with_its_type(form: AnyForm) -> None:
    data = msgspec.json.encode(form)
    assert msgspec.json.decode(data)["type"] == type(form).__name__.lower()
    assert msgspec.json.decode(data, type=AnyForm) == form
    assert hash(form) == hash(msgspec.json.decode(data, type=AnyForm))
