"""One's own files, in every format, by pattern."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from xstilts.errors import BadInput
from xstilts.forms import Classify, Lines, Mask, Question, Sentence, Span, Tag, Text
from xstilts.identity import digest
from xstilts.sources import Own, Questions, Running, Table, Texts, Words

FORM = Classify(labels=("order", "question"), fields=("text",))
POS = Tag(labels=("NOUN", "VERB", "DET"))
CONLLU = """\
# sent_id = s-1
# text = du chien dort
1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_
1\tde\t_\tDET\t_\t_\t_\t_\t_\t_
2\tchien\t_\tNOUN\t_\t_\t_\t_\t_\t_
2.1\tnul\t_\tVERB\t_\t_\t_\t_\t_\t_

# sent_id = s-2
1\tdort\t_\tVERB\t_\t_\t_\t_\t_\t_
"""
SQUAD = {
    "version": "2.0",
    "data": [
        {
            "title": "T",
            "paragraphs": [
                {
                    "context": "a b c",
                    "qas": [
                        {"id": "1", "question": "?", "answers": [{"text": "b", "answer_start": 2}]},
                        {"id": "2", "question": "!", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ],
}


def texts(folder: Path, name: str, content: str, **of_file: Any) -> Table:
    (folder / name).write_text(content, encoding="utf-8")
    return Table(form=FORM, place=Own(name, folder=str(folder), **of_file), columns=Texts())


WANTED = [Text("1", ('say "hi", now',), "order"), Text("2", ("why?",), "question")]


@pytest.mark.parametrize(
    ("name", "content", "of_file"),
    [
        ("x.jsonl", '{"text": "say \\"hi\\", now", "label": "order"}\n\n{"text": "why?", "label": 1}\n', {}),
        ("x.json", json.dumps([{"text": 'say "hi", now', "label": "order"}, {"text": "why?", "label": 1}]), {}),
        ("x.csv", 'text,label\n"say ""hi"", now",order\nwhy?,1\n', {}),
        ("x.csv", '\ufefftext,label\r\n"say ""hi"", now",order\r\nwhy?,1\r\n', {}),
        ("x.tsv", 'text\tlabel\nsay "hi", now\torder\nwhy?\t1\n', {}),
        ("x.tsv", 'say "hi", now\torder\nwhy?\t1\n', {"fields": ("text", "label")}),
        ("x.data", 'text\tlabel\nsay "hi", now\torder\nwhy?\t1\n', {"format": "tsv"}),
    ],
)
def test_text_formats_give_the_same_rows(tmp_path: Path, name: str, content: str, of_file: Any) -> None:
    assert list(texts(tmp_path, name, content, **of_file).read("en")) == WANTED


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", "text,label\nhello\n", "line 2: 1 cells where there are 2 columns"),
        ("x.csv", "text,text\na,b\n", "the column 'text' twice"),
        ("x.csv", "text,lable\nhello,order\n", "line 2: there is no column 'label'. Did you mean 'lable'"),
        ("x.csv", 'text,label\n"a\nb",order\nwhy,ordr\n', "line 4: .*Did you mean 'order'"),
        ("x.csv", 'text,label\n"a" b,order\n', "line 2"),
        ("x.jsonl", '{"text": "a", "label": "order", "text": "b"}\n', "x.jsonl, line 1: the field 'text' comes twice"),
        ("x.jsonl", '{"text": "12:30", "label": 1, "x": {"y": 1, "y": 2}}\n', "line 1: the field 'y' comes twice"),
        ("x.json", '[{"text": "a", "label": 1, "label": 0}]', "x.json: the field 'label' comes twice"),
        ("x.json", "3", "neither a list of objects"),
        ("x.json", '{"text": 1}\n{"text": 2}', "is no JSON"),
        ("x.doc", "hello", "no kind of data file"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        texts(tmp_path, name, content).read("en")


def test_conll_u_counts_words_as_ud_does(tmp_path: Path) -> None:
    (tmp_path / "fr.test.conllu").write_text(CONLLU)
    place = Own("{lang}.{split}.conllu", "test", str(tmp_path))
    rows = Table(form=POS, place=place, columns=Words("form", "upos", id="sent_id")).read("fr")
    assert list(rows) == [Sentence("s-1", ("de", "chien"), ("DET", "NOUN")), Sentence("s-2", ("dort",), ("VERB",))]


@pytest.mark.parametrize(
    ("content", "of_file"),
    [
        ("-DOCSTART- NOUN\n\ndog NOUN\n# NOUN\n\nruns VERB\n", {}),
        ("# id = 7 of 9\ndog\t_\tNOUN\n#\t_\tNOUN\n\n\nruns\t_\tVERB", {}),
        ("NOUN dog\nNOUN #\n\nVERB runs\n", {"fields": ("tag", "form")}),
    ],
)
def test_plain_conll(tmp_path: Path, content: str, of_file: Any) -> None:
    (tmp_path / "x.conll").write_text(content)
    columns = Words("form", "tag") if of_file else Words()
    rows = Table(form=POS, place=Own("x.conll", folder=str(tmp_path), **of_file), columns=columns).read("en")
    assert [(one.words, one.tags) for one in rows] == [(("dog", "#"), ("NOUN", "NOUN")), (("runs",), ("VERB",))]


def test_conll_u_plus_names_its_columns(tmp_path: Path) -> None:
    (tmp_path / "x.conllup").write_text("# global.columns = FORM UD:TAG\ndog\tNOUN\n\n")
    rows = Table(form=POS, place=Own("x.conllup", folder=str(tmp_path)), columns=Words("form", "tag")).read("en")
    assert rows[0].tags == ("NOUN",)


def test_sentences_without_an_empty_line_between(tmp_path: Path) -> None:
    table = Table(form=POS, place=Own("x.conll", folder=str(tmp_path)), columns=Words())
    (tmp_path / "x.conll").write_text("dog NOUN\nruns\n")
    with pytest.raises(BadInput, match="line 2: 1 columns where the line before has 2"):
        table.read("en")
    (tmp_path / "x.conll").write_text("\ndog\nruns\n")
    with pytest.raises(BadInput, match="line 2: 'dog' stands alone"):
        table.read("en")


def test_squad_json(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text(json.dumps(SQUAD))
    table = Table(
        form=Span(unanswerable=True), place=Own("{lang}.json", folder=str(tmp_path)), columns=Questions(title="title")
    )
    assert list(table.read("en")) == [
        Question("1", "?", "a b c", ("b",), (2,), "T", "en"),
        Question("2", "!", "a b c", (), (), "T", "en"),
    ]


def test_questions_without_places_are_anchored_when_told(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("question,context,answer\nwho?,a dog and a cat,cat\n")
    columns = Questions(answers="answer", starts="", id="")
    place = Own("q.csv", folder=str(tmp_path))
    table = Table(form=Span(), place=place, columns=columns, repair=("starts",))
    assert table.read("en")[0].starts == (12,)
    assert table.reading("en").repaired == {"starts": 1}


def test_a_file_is_its_content(tmp_path: Path) -> None:
    one = texts(tmp_path, "x.csv", "text,label\na,order\n").pin(["en"])
    other = texts(tmp_path, "y.csv", "text,label\na,order\n").pin(["en"])
    changed = texts(tmp_path, "y.csv", "text,label\nb,order\n").pin(["en"])
    assert digest(one) == digest(other) != digest(changed)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "en.train.csv").write_text("text,label\n")
    place = Own("{lang}.{split}.csv", "tran", str(tmp_path))
    with pytest.raises(BadInput, match=r"There is en\.train\.csv"):
        Table(form=FORM, place=place, columns=Texts()).read("en")
    with pytest.raises(BadInput, match="Between braces may stand lang"):
        Own("{language}.csv").path("en")


def test_squad_json_with_a_part_missing(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"data": [{"paragraphs": [{"context": "a"}]}]}')
    with pytest.raises(BadInput, match=r"data\[0\] is not as SQuAD has it: 'qas'"):
        Table(form=Span(), place=Own("en.json", folder=str(tmp_path)), columns=Questions()).read("en")


def test_running_text_and_its_translation(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("a b\n\n c\n")
    (tmp_path / "en.tsv").write_text("a\tb\n")
    plain = Table(form=Mask(), place=Own("en.txt", folder=str(tmp_path)), columns=Running())
    assert list(plain.read("en")) == [Lines("1", "a b"), Lines("2", "c")]
    beside = Own("en.tsv", folder=str(tmp_path), fields=("left", "right"))
    pair = Table(form=Mask(), place=beside, columns=Running("left", "right"))
    assert list(pair.read("en")) == [Lines("1", "a", "b")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", ""), ("x.csv", "text,label\n"), ("x.tsv", "text\tlabel\n\n"), ("x.jsonl", ""), ("x.jsonl", "\n\n"),
        ("x.json", "[]"), ("x.json", '{"data": []}'), ("x.txt", "\n"),
    ],
)  # fmt: skip
def test_a_file_without_rows_is_refused_by_its_name(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(BadInput, match=rf"{name} has no rows: it is empty"):
        texts(tmp_path, name, content).read("en")


def test_rows_that_are_all_left_out_are_no_data(tmp_path: Path) -> None:
    table = texts(tmp_path, "x.csv", "text,label\n,order\n ,question\n")
    with pytest.raises(BadInput, match=r"x\.csv has no rows in 'en': of 2, 2 are left out \(text\)"):
        msgspec.structs.replace(table, drop=("text",)).read("en")
