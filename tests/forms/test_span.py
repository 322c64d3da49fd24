"""Span: answers come back character for character, from any window, in any script."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer

from xstilts.errors import BadInput, XstiltsError
from xstilts.forms import Question, Rows, Span
from xstilts.scoring.answers import mlqa_normal

MILL = "The river runs past the old mill and the quiet town. Anna Berg built it in 1887 and the town paid."


def question(context: str, answer: str, *, id: str = "1", ask: str = "Who built it?") -> Question:
    return Question(id, ask, context, (answer,), (context.index(answer),))


def perfect(rows: Rows) -> NDArray[np.float32]:
    """Logits as a network gives them that has learnt the targets by heart; windows without the answer are unsure."""
    outputs = np.full((len(rows.tokens), 2), -9.0, np.float32)
    for row, (start, end) in enumerate(zip(rows.targets["start"], rows.targets["end"], strict=True)):
        height = 9.0 if start else 0.0
        outputs[rows.starts[row] + start, 0] = height
        outputs[rows.starts[row] + end, 1] = height
    return outputs


@pytest.mark.parametrize("answer", ["Anna Berg", "The", "river", "paid.", "the quiet town", "1887"])
def test_perfect_logits_give_the_answer(tokenizer: Tokenizer, answer: str) -> None:
    form, one = Span(), question(MILL, answer)
    form.check(one)
    rows = form.encode([one], tokenizer, max_length=200)
    assert len(rows) == 1
    found = form.decode(rows, perfect(rows), [one])
    assert found == [answer]
    # "The" is empty in normal form: SQuAD 1 then counts an exact match without any overlap.
    assert form.score(found, [one]) == {"f1": 0 if answer == "The" else 100, "exact": 100}


@pytest.mark.parametrize(
    ("context", "answer"),
    [("河流经过老磨坊和安静的小镇", "老磨坊"), ("แม่น้ำไหลผ่านโรงสีเก่า", "โรงสี"), ("Die Mühle, alt.", "Mühle")],
)
def test_scripts_without_spaces_are_cut_at_characters(roberta: Tokenizer, context: str, answer: str) -> None:
    one = question(context, answer)
    rows = Span().encode([one], roberta, max_length=120)
    (found,) = Span().decode(rows, perfect(rows), [one])
    assert answer in found and len(found) <= len(answer) + 3


def test_chinese_by_single_characters_is_exact(bert: Tokenizer) -> None:
    one = question("河流经过老磨坊和安静的小镇", "老磨坊")
    rows = Span().encode([one], bert, max_length=64)
    assert Span().decode(rows, perfect(rows), [one]) == ["老磨坊"]


def test_the_answer_may_stand_in_a_later_window(tokenizer: Tokenizer) -> None:
    form = Span(stride=8)
    examples = [question(MILL, "Anna Berg", id="1"), question(MILL, "The river", id="2"), question("A mill", "mill")]
    rows = form.encode(examples, tokenizer, max_length=28)
    assert rows.lengths.max() <= 28
    assert sorted(set(rows.example.tolist())) == [0, 1, 2]
    of_first = rows.targets["start"][rows.example == 0]
    assert of_first[0] == 0 and of_first.any()
    assert form.decode(rows, perfect(rows), examples) == ["Anna Berg", "The river", "mill"]


def test_every_token_of_the_context_is_in_some_window(tokenizer: Tokenizer) -> None:
    one = question(MILL, "Anna")
    rows = Span(stride=7).encode([one], tokenizer, max_length=35)
    chars = rows.notes["chars"]
    covered = set()
    for begin, end in chars[chars[:, 0] >= 0].tolist():
        covered |= set(range(begin, end))
    assert {place for place, sign in enumerate(MILL) if not sign.isspace()} <= covered


def test_a_stride_longer_than_the_window_still_overlaps(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg")
    rows = Span(stride=10_000).encode([one], roberta, max_length=30)
    assert len(rows) > 2
    assert rows.targets["start"].any()


def test_a_long_question_leaves_half_of_the_row(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg", ask="Who " * 200)
    rows = Span().encode([one], roberta, max_length=64)
    assert rows.lengths.max() == 64
    assert (rows.notes["chars"][:, 0] >= 0).sum() >= 30


def test_no_span_is_longer_than_allowed_or_outside_the_context(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg")
    rows = Span().encode([one], roberta, max_length=200)
    context = np.flatnonzero(rows.notes["chars"][:, 0] >= 0)
    outputs = np.zeros((len(rows.tokens), 2), np.float32)
    outputs[context[0], 0] = 5
    outputs[context[20], 1] = 5
    outputs[context[2], 1] = 1
    outputs[2, :] = 50
    (short,) = Span(longest=4).decode(rows, outputs, [one])
    (long,) = Span().decode(rows, outputs, [one])
    chars = rows.notes["chars"]
    assert short == MILL[: chars[context[2], 1]].strip()
    assert long == MILL[: chars[context[20], 1]].strip()


def test_ties_go_to_the_first_and_shortest(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg")
    rows = Span().encode([one], roberta, max_length=200)
    first = rows.notes["chars"][rows.notes["chars"][:, 0] >= 0][0]
    assert Span().decode(rows, np.zeros((len(rows.tokens), 2)), [one]) == [MILL[first[0] : first[1]].strip()]


def test_no_answer_wins_only_if_it_scores_higher(roberta: Tokenizer) -> None:
    form = Span(unanswerable=True, stride=8)
    none = Question("2", "Who paid?", MILL)
    examples = [question(MILL, "Anna Berg"), none]
    for one in examples:
        form.check(one)
    rows = form.encode(examples, roberta, max_length=40)
    assert not rows.targets["start"][rows.example == 1].any()
    outputs = perfect(rows)
    assert form.decode(rows, outputs, examples) == ["Anna Berg", ""]
    assert form.score(["Anna Berg", ""], examples) == {"f1": 100, "exact": 100}
    flat = np.zeros_like(outputs)
    assert "" not in form.decode(rows, flat, examples)
    flat[rows.starts[:-1], 0] = 1
    assert form.decode(rows, flat, examples) == ["", ""]
    flat[rows.starts[0], 0] = 0
    assert form.decode(rows, flat, examples)[0] != ""


def test_an_empty_context_has_no_answer(roberta: Tokenizer) -> None:
    one = Question("1", "Who?", "", ("x",))
    rows = Span().encode([one, question(MILL, "Anna")], roberta, max_length=200)
    assert Span().decode(rows, np.ones((len(rows.tokens), 2)), [one, question(MILL, "Anna")])[0] == ""


def test_test_data_without_starts_has_no_targets(roberta: Tokenizer) -> None:
    one = Question("1", "Who?", MILL, ("Anna Berg",))
    Span().check(one)
    assert Span().encode([one], roberta, max_length=99).targets == {}


@pytest.mark.parametrize(
    ("example", "match"),
    [
        (Question("1", "Who?", MILL), "answers is empty"),
        (Question("1", "Who?", MILL, ("Anna",), (3,)), "does not stand there"),
        (Question("1", "Who?", MILL, ("Anna",), (-3,)), "does not stand there"),
        (Question("1", "Who?", MILL, ("Anna",), (1, 2)), "2 places for 1"),
        (Question("1", "Who?", " ", ("Anna",)), "context is empty"),
    ],
)
def test_check_refuses(example: Question, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        Span().check(example)


def test_the_best_reference_counts() -> None:
    one = Question("1", "Who?", MILL, ("Anna", "Anna Berg built"))
    assert Span().score(["the Anna Berg."], [one])["f1"] == pytest.approx(80)
    assert Span().score([None], [one]) == {"f1": 0, "exact": 0}


def test_chance_is_low_for_answers_and_high_where_most_have_none() -> None:
    asked = [question(MILL, "Anna Berg", id=str(place)) for place in range(50)]
    assert Span().chance(asked) < 25
    mostly = [*asked[:10], *(Question(str(place), "Who?", MILL) for place in range(90))]
    assert Span(unanswerable=True).chance(mostly) == 90


def test_questions_are_cut_at_their_own_length(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg", ask="Who " * 200)
    rows = Span(longest_question=10).encode([one], roberta, max_length=300)
    assert np.flatnonzero(rows.notes["chars"][:, 0] >= 0)[0] == 1 + 10 + 2
    assert (rows.notes["chars"][: rows.starts[1], 0] >= 0).sum() == len(roberta.encode(MILL, add_special_tokens=False))


def test_a_threshold_makes_silence_rarer(roberta: Tokenizer) -> None:
    one = question(MILL, "Anna Berg")
    rows = Span(unanswerable=True).encode([one], roberta, max_length=200)
    outputs = np.zeros((len(rows.tokens), 2), np.float32)
    outputs[0] = 1
    assert Span(unanswerable=True, threshold=1.9).decode(rows, outputs, [one]) == [""]
    assert Span(unanswerable=True, threshold=2.0).decode(rows, outputs, [one]) != [""]


def test_mlqa_compares_in_the_language_of_each_answer() -> None:
    form = Span(normal="mlqa")
    german = Question("1", "Wer?", "Der Fluss", ("Der Fluss",), lang="de")
    english = Question("2", "Who?", "Der Fluss", ("Der Fluss",), lang="en")
    for one in (german, english):
        form.check(one)
    assert form.score(["Fluss", "Fluss"], [german, english]) == pytest.approx({"f1": 250 / 3, "exact": 50})
    assert Span().score(["Fluss"], [german])["exact"] == 0
    assert form.score([None, "the Der, fluss"], [german, english])["exact"] == 50
    with pytest.raises(BadInput, match="lang is 'ru'"):
        form.check(Question("3", "Who?", "x", ("x",), lang="ru"))


@pytest.mark.parametrize(
    ("lang", "text", "normal"),
    [
        ("en", "The  Mill's", "mills"),
        ("es", "¿Los molinos?", "molinos"),
        ("vi", "Những con sông của tôi", "con sông tôi"),
        ("ar", "والنهر", "و نهر"),
        ("hi", "नदी।", "नदी"),
        ("zh", "在1887年建成，Anna", "在 1887 年 建 成 anna"),
    ],
)
def test_mlqa_normal(lang: str, text: str, normal: str) -> None:
    assert mlqa_normal(text, lang) == normal


def test_mlqa_names_its_languages() -> None:
    with pytest.raises(XstiltsError, match="There is no language of MLQA 'xx'"):
        mlqa_normal("x", "xx")


SCRIPTS = (
    "河流经过老磨坊。",
    "แม่น้ำไหลผ่าน",
    "النهر يجري",
    "강물이 흐른다.",
    "नदी बहती है।",
    "The mill, 1887!",
    "e\u0301ß😀 İ\u200c",
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(context=st.lists(st.sampled_from("".join(SCRIPTS)), min_size=1, max_size=120).map("".join), data=st.data())
def test_what_stands_between_two_tokens_comes_back_exactly(
    tokenizer: Tokenizer, context: str, data: st.DataObject
) -> None:
    chars = tokenizer.encode(context, add_special_tokens=False).offsets
    if not chars:
        return
    first = data.draw(st.integers(0, len(chars) - 1))
    last = data.draw(st.integers(first, min(len(chars) - 1, first + 5)))
    answer = context[chars[first][0] : chars[last][1]].strip()
    # The mark of a word's beginning stands over the word's first letter: half a token is no answer between two tokens.
    edges = (chars[first][0], chars[last][1])
    if not answer or any(begin < edge < end for begin, end in chars for edge in edges):
        return
    one = Question("1", "ab", context, (answer,), (context.index(answer, chars[first][0]),), lang="zh")
    form = Span(stride=6, normal="mlqa")
    form.check(one)
    for length in (26, 34, 400):
        rows = form.encode([one], tokenizer, max_length=length)
        # Windows begin 6 tokens apart and overlap by more than the answer is long: some window has all of it.
        assert rows.targets["start"].any()
        found = form.decode(rows, perfect(rows), [one])
        assert found == [answer]
        assert form.score(found, [one])["exact"] == 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    context=st.text(alphabet="ab e\u0301é ß中ไท่.,\t\u200c😀İ", min_size=1, max_size=90),
    data=st.data(),
    length=st.integers(24, 60),
)
def test_any_answer_is_found_again(tokenizer: Tokenizer, context: str, data: st.DataObject, length: int) -> None:
    begin = data.draw(st.integers(0, len(context) - 1))
    end = data.draw(st.integers(begin + 1, min(len(context), begin + 6)))
    one = Question("1", "ab", context, (context[begin:end],), (begin,))
    form = Span(stride=8)
    empty = Question("0", "a", "", ("x",), (0,))
    for size in (length, 400):
        rows = form.encode([empty, one], tokenizer, max_length=size)
        chars = rows.notes["chars"]
        seen = {place for first, last in chars[chars[:, 0] >= 0].tolist() for place in range(first, last)}
        asked = seen & set(range(begin, end))
        hits = np.flatnonzero(rows.targets["start"])
        assert asked or not len(hits)
        if size == 400:
            assert len(hits) == (1 if asked else 0)
        if len(hits):
            row = hits[0]
            first = chars[rows.starts[row] + rows.targets["start"][row]]
            last = chars[rows.starts[row] + rows.targets["end"][row]]
            assert first[1] > begin and last[0] < end
            assert asked <= set(range(first[0], last[1]))
            assert form.decode(rows, perfect(rows), [one, one])[1] == context[first[0] : last[1]].strip()
