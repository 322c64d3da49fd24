"""Labels, chunks and answers against values worked out by hand, and against the reference's known answers."""

from __future__ import annotations

import random

import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.scoring.answers import answer_scores, best_match, mlqa, mlqa_normal, squad_normal
from xstilts.scoring.chunks import chunk_scores, chunks
from xstilts.scoring.labels import accuracy
from xstilts.scoring.sets import set_scores
from xstilts.scoring.squad2 import squad2_scores


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


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "«Der» Hund, das Haus!", "hund haus"),
        ("zh", "上海2020年 abc，def", "上 海 2020 年 abcdef"),
        ("es", "La casa de los unos", "casa de"),
        ("vi", "của tôi là", "tôi"),
        ("ar", "الكتاب ال كبير", "كتاب كبير"),
        ("hi", "[गाँव] the।", "गाँव the"),
        ("en", "An apple—the  A+B", "applethe ab"),
        ("zh", "㐀〇龥", "㐀〇 龥"),
    ],
)
def test_mlqa_normal_forms(language: str, text: str, expected: str) -> None:
    assert mlqa_normal(text, language) == expected


def test_mlqa_knows_its_seven_languages_only() -> None:
    with pytest.raises(UnknownName, match="'fr'"):
        mlqa_normal("x", "fr")
    assert answer_scores([None], [["x"]], normal=mlqa("fr")) == {"f1": 0, "exact": 0}


def test_nothing_to_compare_with_is_refused() -> None:
    for refused in (lambda: accuracy([], []), lambda: answer_scores([], []), lambda: best_match("x", [])):
        with pytest.raises(BadInput):
            refused()


def test_squad2_by_hand() -> None:
    golds = {"a": ["mill"], "b": [], "c": ["the"]}
    found = squad2_scores({"a": "old mill", "b": "", "c": ""}, golds)
    assert found["total"] == 3 and found["NoAns_total"] == 1 and found["HasAns_total"] == 2
    assert found["exact"] == pytest.approx(200 / 3) and found["HasAns_f1"] == pytest.approx(100 * (2 / 3 + 1) / 2)
    assert "best_f1" not in found
    silenced = squad2_scores(
        {"a": "mill", "b": "x", "c": "x"}, golds, silence={"c": 0.5, "a": 0.2, "b": 0.9}, threshold=0.5
    )
    # b is silenced and unanswerable: right. c has an answer, though only an empty one, and is at the threshold: wrong.
    assert silenced["exact"] == pytest.approx(200 / 3)
    assert silenced["best_exact"] == pytest.approx(200 / 3) and silenced["best_exact_thresh"] == 0.2


def test_squad2_thresholds_follow_the_order_of_the_file_among_equals() -> None:
    golds, said = {"a": ["mill"], "b": []}, {"a": "mill", "b": "x"}
    assert squad2_scores(said, golds, silence={"a": 0.3, "b": 0.3})["best_exact"] == 100
    assert squad2_scores(said, golds, silence={"b": 0.3, "a": 0.3})["best_exact"] == 50


def test_squad2_wants_everything() -> None:
    for said, silence in (({}, None), ({"a": "x"}, {})):
        with pytest.raises(BadInput, match="'a'"):
            squad2_scores(said, {"a": ["x"]}, silence=silence)


def _by_the_book(tags: list[str]) -> set[tuple[str, int, int]]:
    """The chunks, tag by tag, as the rule is usually told: with a memory of where the last one began."""
    found, begin, before = set(), 0, ("O", "")
    for place, tag in enumerate([*tags, "O"]):
        letter, kind = tag[:1], tag.split("-")[-1]
        other = before[1] != kind and before[0] not in "O."
        if before[0] in "ES" or (before[0] in "BI" and letter in "BSO") or other:
            found.add((before[1], begin, place - 1))
        if letter in "BS" or (before[0] in "ESO" and letter in "EI") or (before[1] != kind and letter not in "O."):
            begin = place
        before = (letter, kind)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_chunks_of_random_tags(seed: int) -> None:
    draw = random.Random(seed)
    names = ["O", "B-PER", "I-PER", "E-PER", "S-ORG", "I-ORG", "B", "I", "-", "O-PER", "X-O", ".", "NOUN", "SYM", "é-x"]
    tags = draw.choices(names, k=draw.randint(0, 40))
    assert set(chunks(tags)) == _by_the_book(tags)
    assert len(chunks(tags)) == len(set(chunks(tags)))
