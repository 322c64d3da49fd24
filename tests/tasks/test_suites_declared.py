"""Suites know their holes, and a submission that is written and read again is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.forms import Choice, Line, Question, Sentence, Text
from xstilts.tasks import exam, suite, suites
from xstilts.tasks.submission import export, file_of, parse, render, reread
from xstilts.tasks.suites import Part

NLI = [Text(str(i), ("p", "h"), label) for i, label in enumerate(("entailment", "neutral", "contradiction"))]
SAME = [Text(str(i), ("a", "b"), label) for i, label in enumerate(("different", "same", "same"))]
TAGGED = [Sentence("1", ("a", "b"), ("DET", "NOUN")), Sentence("2", ("c",), ("VERB",))]
ASKED = [Question("q1", "?", "Ann “so”", ("Ann",), (0,)), Question("q2", "?", "老磨坊", ("磨",), (1,))]
CHOSEN = [Choice("0", "p", ("x", "y"), 1), Choice("1", "p", ("x", "y"), 0)]
SEARCHED = [
    Line("query-1", "the cat", "query", gold=("index-1",)), Line("query-2", "a dog", "query", gold=("index-2",)),
    Line("index-1", "die Katze", "index"), Line("index-2", "ein Hund", "index"),
]  # fmt: skip
MINED = [
    Line("dev/de-1", "a", "query", "dev", ("dev/en-1",)), Line("dev/en-1", "b", "index", "dev"),
    Line("test/de-1", "c", "query", "test", ("test/en-7",)), Line("test/de-2", "d", "query"),
    Line("test/en-7", "e", "index"),
]  # fmt: skip
CASES: dict[str, tuple[list[Any], list[Any], str, str]] = {
    "xnli": (NLI, ["entailment", "neutral", "neutral"], "xnli/test-de.tsv", "entailment\nneutral\nneutral\n"),
    "pawsx": (SAME, ["same", "different", "same"], "pawsx/test-de.tsv", "1\n0\n1\n"),
    "udpos": (TAGGED, [["DET", "NOUN"], ["AUX"]], "udpos/test-de.tsv", "DET\nNOUN\n\nAUX\n"),
    "panx": (TAGGED, [["O", "B-PER"], ["O"]], "panx/test-de.tsv", "O\nB-PER\n\nO\n"),
    "xquad": (ASKED, ["Ann “so”", "老"], "xquad/test-de.json", '{\n "q1": "Ann “so”",\n "q2": "老"\n}\n'),
    "bucc2018": (MINED, [None, None, "test/en-7", None, None], "bucc2018/test-de.tsv", "de-1\ten-7\n"),
    # "a dog" stands before "the cat" once the English side is sorted, and its line is the second of the other side.
    "tatoeba": (SEARCHED, ["index-1", "index-2", None, None], "tatoeba/test-de.tsv", "1\n0\n"),
}


def part_of(task: str, name: str = "xtreme") -> Part:
    return next(part for part in suite(name).parts if part.task == task)


@pytest.mark.parametrize("task", CASES)
def test_every_file_is_as_the_leaderboard_wants_it_and_can_be_read_again(task: str) -> None:
    examples, said, path, text = CASES[task]
    assert file_of(part_of(task), "de") == path
    assert render(part_of(task), said, examples) == text
    assert parse(part_of(task), text, examples) == said


def test_xcopa_is_written_as_json_lines() -> None:
    part = part_of("xcopa", "xtreme-r")
    text = render(part, [1, 1], CHOSEN)
    assert file_of(part, "qu") == "xcopa/test-qu.jsonl"
    assert text == '{"id": "0", "label": 1}\n{"id": "1", "label": 1}\n'
    assert parse(part, text, CHOSEN) == [1, 1]


def test_rankings_are_lists_of_ids(tmp_path: Path) -> None:
    part = part_of("mewslix", "xtreme-r")
    examples = [Line("m1", "a", "query", gold=("Q2",)), Line("Q2", "b", "index"), Line("Q3", "c", "index")]
    text = render(part, [["Q3", "Q2"], None, None], examples)
    assert json.loads(text) == {"m1": ["Q3", "Q2"]} and file_of(part, "ja") == "mewslix/test-ja.json"
    assert parse(part, text, examples) == [["Q3", "Q2"], None, None]
    for wrong in ("{}", '{"m1": "Q3"}'):
        with pytest.raises(BadInput):
            parse(part, wrong, examples)
    said = {"lareqa": {"de": [["x"]]}, "mewslix": {"ja": [["Q3", "Q2"], None, None]}}
    _, odd = export(tmp_path, suite("xtreme-r"), said, {"lareqa": {"de": examples[:1]}, "mewslix": {"ja": examples}})
    assert odd == ["lareqa de: XTREME-R has no place for it in a submission"]
    assert set(reread(tmp_path, suite("xtreme-r"), {"lareqa": {"de": []}, "mewslix": {"ja": examples}})) == {"mewslix"}


def test_a_folder_goes_out_and_comes_back_and_its_holes_are_said(tmp_path: Path) -> None:
    examples = {task: {"de": rows} for task, (rows, *_) in CASES.items()}
    said = {task: {"de": predictions} for task, (_, predictions, *_) in CASES.items()}
    standing, odd = export(tmp_path, suite("xtreme"), said, examples)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("test-*")) == sorted(
        path for *_, path, _ in CASES.values()
    )
    assert reread(tmp_path, suite("xtreme"), examples) == said
    assert not standing.whole and standing.called.startswith("a part of XTREME: 0 of 9 exams, 7 of")
    assert "tydiqa: nothing" in standing.lines
    assert "xnli de: 3 rows, and the leaderboard has 5,010" in odd
    for task, by_lang in reread(tmp_path, suite("xtreme"), examples).items():
        form = exam(task).form
        assert form.score(by_lang["de"], examples[task]["de"]) == form.score(said[task]["de"], examples[task]["de"])


def test_a_whole_suite_bears_its_name() -> None:
    one = suite("xtreme")
    there = {part.exam: part.languages for part in one.parts}
    assert one.complete(there).called == "XTREME"
    assert one.complete(there | {"xnli": ("en",)}).holes == {
        "xnli": one.parts[0].languages[:4] + one.parts[0].languages[5:]
    }
    assert one.groups == {
        "classification": ("xnli", "pawsx"), "tagging": ("udpos", "panx"), "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("bucc2018", "tatoeba"),
    }  # fmt: skip
    assert len(suite("xtreme-r").languages) == 50
    with pytest.raises(UnknownName, match="'xtreme'"):
        suite("xtrem")
    assert set(suites()) == {"xtreme", "xtreme-r"}


@pytest.mark.parametrize(
    ("task", "text", "wrong"),
    [
        ("xnli", "neutral\n", "x.tsv:2: the file ends here, with 1 lines for 3"),
        ("xnli", "neutral\n" * 4, "x.tsv:4: a line too many"),
        ("xnli", "neutral\n\nneutral\n", "x.tsv:2: '' is none of entailment, neutral"),
        ("xnli", "neutral\nentails\nneutral\n", "x.tsv:2: 'entails' is none of entailment, neutral"),
        ("xnli", "neutral\nneutral\tx\nneutral\n", "x.tsv:2: 'neutral\\\\tx' is none of"),
        ("pawsx", "1\n0\n2\n", "x.tsv:3: '2' is none of 0, 1"),
        ("pawsx", "1\n1.0\n0\n", "x.tsv:2: '1.0' is none of 0, 1"),
        ("udpos", "DET\n\nVERB\n", "x.tsv:2: here ends a sentence of 1 tags, and '1' has 2 words"),
        ("udpos", "DET\nNOUN\n\n\nVERB\n", "x.tsv:4: here ends a sentence of 0 tags"),
        ("udpos", "DET\nNOUN\n\nVERBS\n", "x.tsv:4: 'VERBS' is no tag"),
        ("udpos", "DET\nNOUN\n", "x.tsv:3: the file ends here, with 1 sentences for 2"),
        ("udpos", "DET\nNOUN\n\nVERB\n\nX\n", "x.tsv:7: a sentence too many: there are 2"),
        ("panx", "DET\nNOUN\n\nO\n", "x.tsv:1: 'DET' is no tag"),
        ("xquad", '{"q1": "Ann"}', "x.tsv: there is no answer for 'q2'; 1 of 2 are missing"),
        ("xquad", '{"q1": "Ann", "q2": "", "q3": ""}', "x.tsv: 'q3' is no question of these 2"),
        ("xquad", '{"q1": "Ann", "q2": null}', "x.tsv: the answer to 'q2' is no text but NoneType"),
        ("xquad", '{"q1": "Ann", "q2": "", "q1": ""}', "'q1' comes twice"),
        ("xquad", '{"q1": "Ann",\n"q2": ', "x.tsv:2: it is not valid JSON"),
        ("xquad", "[1]", "no JSON object"),
        ("bucc2018", "de-1\ten-9\n", "x.tsv:1: 'en-9' is no id"),
        ("bucc2018", "de-1\ten-7\nde-9\ten-7\n", "x.tsv:2: 'de-9' is no id"),
        ("bucc2018", "de-1 en-7\n", "x.tsv:1: 'de-1 en-7' is no pair"),
        ("bucc2018", "de-1\ten-7\nde-1\ten-7\n", "x.tsv:2: 'de-1' has a translation before"),
        ("tatoeba", "1\n7\n", "x.tsv:2: '7' is no number from 0 to 1"),
        ("tatoeba", "1\n-1\n", "x.tsv:2: '-1' is no number"),
        ("tatoeba", "1\n\u00b2\n", "x.tsv:2: '²' is no number"),
    ],
)
def test_what_does_not_fit_is_refused(task: str, text: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        parse(part_of(task), text, CASES[task][0], where="x.tsv")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"label": 1}\n{"label": 7}\n', "x:2: the label 7 is no number from 0 to 1"),
        ('{"label": 1}\n{"label": true}\n', "x:2: the label True is no number"),
        ('{"label": 1}\n{"id": "1"}\n', "x:2: the label None"),
        ('{"label": 1}\n1\n', "x:2: it is no JSON object but int"),
        ('{"label": 1}\n{"label": 1, "label": 0}\n', "x:2: it is no JSON that can be read .'label' comes twice"),
        ('{"label": 1}\n', "x:2: the file ends here"),
    ],
)
def test_choices_that_do_not_fit_are_refused(text: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        parse(part_of("xcopa", "xtreme-r"), text, CHOSEN, where="x")


def test_ends_of_lines_and_of_files_do_not_matter() -> None:
    for task in ("xnli", "pawsx", "udpos", "panx", "bucc2018", "tatoeba"):
        examples, said, _, text = CASES[task]
        for other in (text.replace("\n", "\r\n"), text.rstrip("\n")):
            assert parse(part_of(task), other, examples) == said, (task, other)
    # The benchmark's own script ends every sentence so.
    assert parse(part_of("udpos"), CASES["udpos"][3] + "\n", TAGGED) == CASES["udpos"][1]


def test_predictions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="1 predictions for 3"):
        render(part_of("xnli"), ["neutral"], NLI)
    with pytest.raises(BadInput, match="1 tags for 2 words"):
        render(part_of("panx"), [["O"], ["O"]], TAGGED)
    with pytest.raises(UnknownName, match="lareqa"):
        render(part_of("lareqa", "xtreme-r"), [], [])
