"""Real data in the layout of the mirror: every row is read and checked. Skipped where there is no mirror at hand."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import Absent
from xstilts.files import read_json
from xstilts.forms import AnyForm, Choose, Classify, Mask, Retrieve, Span, Tag
from xstilts.sources import Asked, Mined, Mirror, Options, Parallel, Questions, Running, Table, Texts, Words, reading

NEAR = Path(__file__).parents[3] / "shared" / "data"
"""Where data may lie beside a checkout."""
DATA = Path(os.environ.get("XSTILTS_DATA") or NEAR)
pytestmark = pytest.mark.skipif(
    not (DATA / "MANIFEST.json").is_file(), reason=f"no mirror: XSTILTS_DATA is not set, and {NEAR} is not there"
)

NLI = Classify(labels=("entailment", "neutral", "contradiction"))
PARAPHRASE = Classify(labels=("different", "paraphrase"), fields=("sentence1", "sentence2"))
UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
POS = Tag(labels=tuple(UPOS.split()), spans=False)
NER = Tag(labels=("O", *(f"{b}-{kind}" for kind in ("PER", "ORG", "LOC") for b in "BI")))
DATED = Tag(labels=(*NER.labels, "B-DATE", "I-DATE"))
CAUSE = Options(
    "{premise} {question}",
    ("choice1", "choice2"),
    words={"question": {"cause": "What was the cause?", "effect": "What happened as a result?"}},
    id="idx",
)
COSMOS = Options("{context} {question}", ("answer0", "answer1", "answer2", "answer3"), id="id")

CASES: list[tuple[str, str, str, AnyForm, Any]] = [
    ("xnli", "test", "", NLI, Texts(id="idx")),
    ("mnli", "validation", "", NLI, Texts(id="idx")),
    ("mnli", "train", "", NLI, Texts(id="idx")),
    ("pawsx", "test", "", PARAPHRASE, Texts(id="id")),
    ("squad", "validation", "", Span(), Questions(title="title")),
    ("squad_v2", "validation", "", Span(unanswerable=True), Questions()),
    ("mlqa", "test", "", Span(), Questions()),
    ("tydiqa", "train", "", Span(), Questions(id="")),
    ("hellaswag", "validation", "", Choose(4), Options("ctx", ("endings",), id="ind")),
    ("cosmos_qa", "validation", "", Choose(4), COSMOS),
    ("commonsense_qa", "validation", "", Choose(5), Options("question", ("choices.text",), "answerKey", "A", id="id")),
    ("copa", "validation", "", Choose(2), CAUSE),
    ("copa", "train", "balanced", Choose(2), CAUSE),
    ("udpos", "test", "", POS, Words(tags="upos")),
    ("panx", "test", "", NER, Words(tags="ner_tags")),
    ("masakhaner", "test", "", DATED, Words(tags="ner_tags")),
    ("tatoeba", "test", "", Retrieve("search"), Parallel("target_sentence", "source_sentence")),
]
MANY = 4
"""Languages of a set that are read: enough to see what is wrong, few enough for every day."""


@cache
def manifest() -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = read_json(DATA / "MANIFEST.json")["files"]
    return files


def rows_by_lang(task: str, split: str, part: str) -> dict[str, int]:
    end = ".".join(piece for piece in (split, part) if piece) + ".jsonl.gz"
    found = {
        one["language"]: one["rows"]
        for one in manifest()
        if one["file"] == f"{task}/{one['language']}.{end}" and not (task == "mlqa" and "-" in one["language"])
    }
    return dict(list(found.items())[:MANY])


@pytest.fixture(autouse=True)
def here(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSTILTS_DATA", str(DATA))


@pytest.mark.parametrize(
    ("task", "split", "part", "form", "columns"), CASES, ids=[f"{one[0]}-{one[1]}{one[2]}" for one in CASES]
)
def test_every_row_becomes_a_good_example(task: str, split: str, part: str, form: AnyForm, columns: Any) -> None:
    table = Table(form=form, place=Mirror(task, split, part), columns=columns)
    counts = rows_by_lang(task, split, part)
    assert counts
    for lang, rows in counts.items():
        done = reading(table, lang)
        assert done.rows == rows
        assert len(done.examples) == rows * (2 if isinstance(columns, Parallel) else 1)
        assert (done.dropped, done.repaired) == ({}, {})


@pytest.mark.parametrize(
    ("task", "split", "lang", "columns"),
    [("bucc2018", "validation", "zh", Mined(part="dev")), ("ntrex_mining", "test", "de", Mined(dev=0.3))],
)
def test_mining_reads_three_files(task: str, split: str, lang: str, columns: Mined) -> None:
    done = reading(Table(form=Retrieve("mine"), place=Mirror(task, split), columns=columns), lang)
    counts = {part: rows_by_lang(task, split, part)[lang] for part in ("source", "target", "gold")}
    assert len(done.examples) == counts["source"] + counts["target"]
    assert sum(len(one.gold) for one in done.examples) == counts["gold"]


def test_lareqa_pools_the_candidates_of_all_languages() -> None:
    pool = ("de", "en", "zh")
    done = reading(Table(form=Retrieve("search"), place=Mirror("lareqa", "test"), columns=Asked(pool=pool)), "de")
    asked = [one for one in done.examples if one.side == "query"]
    assert len(asked) == rows_by_lang("lareqa", "test", "questions")["de"]
    assert all(len(one.gold) == len(pool) for one in asked)


@pytest.mark.parametrize(
    ("task", "end", "columns"), [("text/ntrex", "tsv.gz", ("id", "text")), ("text/wikiann", "txt.gz", ())]
)
def test_running_text(task: str, end: str, columns: tuple[str, ...]) -> None:
    table = Table(form=Mask(), place=Mirror(task, "text", end=end, fields=columns), columns=Running())
    (wanted,) = (one["rows"] for one in manifest() if one["file"] == f"{task}/de.text.{end}")
    assert len(table.read("de")) == wanted


def test_answers_that_the_data_withholds_are_refused() -> None:
    table = Table(form=Span(), place=Mirror("tydiqa", "test"), columns=Questions())
    with pytest.raises(Absent, match="line 1: the answers are withheld"):
        table.read("ar")
