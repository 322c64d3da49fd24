"""What is wrong with a row is said with file, line and field; what is to be done with such rows must be declared."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import BadInput
from xstilts.forms import Choice, Choose, Classify, Line, Question, Retrieve, Sentence, Span, Tag, Text
from xstilts.identity import NoStableForm, digest
from xstilts.sources import (
    Asked,
    Joined,
    Mined,
    Mirror,
    Odd,
    Options,
    Parallel,
    Questions,
    Table,
    Texts,
    Where,
    Words,
    pin,
    reading,
)  # fmt: skip
from xstilts.sources.check import anchor

NLI = Classify(labels=("entailment", "neutral", "contradiction"))
PAIR = {"premise": "p", "hypothesis": "h", "label": 0}
ASKED = {"id": "1", "question": "q", "context": "a b c", "answers": {"text": ["b"], "answer_start": [2]}}
TAGS = Tag(labels=("N", "V"))


def texts(**rules: Any) -> Table:
    return Table(form=NLI, place=Mirror("t", "train"), columns=rules.pop("columns", Texts()), **rules)


def questions(**rules: Any) -> Table:
    return Table(form=Span(), place=Mirror("t", "train"), columns=Questions(), **rules)


def refused(source: Any, *words: str) -> None:
    with pytest.raises(BadInput) as caught:
        source.read("en")
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**PAIR, "label": 3}, ("line 2", "label is 3", "0 to 2")),
        ({**PAIR, "label": "entailmnt"}, ("line 2", "Did you mean 'entailment'?")),
        ({**PAIR, "label": -1}, ("line 2", "label is -1")),
        ({**PAIR, "premise": 7}, ("line 2", "premise must be text, not int")),
        ({**PAIR, "premise": None}, ("line 2", "premise must be text")),
        ({**PAIR, "premise": " "}, ("line 2", "premise is blank")),
        ({"premis": "p", "hypothesis": "h", "label": 0}, ("line 2", "no column 'premise'", "Did you mean 'premis'?")),
    ],
)
def test_a_wrong_pair_is_refused_by_file_line_and_field(mirror: Any, row: Any, words: tuple[str, ...]) -> None:
    mirror("t/en.train.jsonl.gz", PAIR, row)
    refused(texts(), "t/en.train.jsonl.gz", *words)


def test_ids_must_be_unique(mirror: Any) -> None:
    mirror("t/en.train.jsonl.gz", {**PAIR, "id": "x"}, {**PAIR, "id": "x"})
    refused(texts(columns=Texts(id="id")), "line 2: the id 'x' is also that of", "line 1.")
    done = reading(texts(columns=Texts(id="id"), drop=("id",)), "en")
    assert (len(done.examples), done.dropped) == (1, {"id": 1})


def test_rows_are_dropped_only_where_declared_and_are_counted(mirror: Any) -> None:
    mirror("t/en.train.jsonl.gz", PAIR, {**PAIR, "label": -1}, {**PAIR, "premise": ""}, PAIR)
    refused(texts(drop=("label",)), "line 3", "premise")
    done = reading(texts(drop=("label", "premise")), "en")
    assert [one.id for one in done.examples] == ["1", "4"]
    assert (done.rows, done.dropped) == (4, {"label": 1, "premise": 1})
    assert len(reading(texts(drop=("label",), blank=True), "en").examples) == 3


def test_an_answer_that_stands_elsewhere_is_refused_or_put_right_when_told(mirror: Any) -> None:
    wrong = {**ASKED, "id": "2", "answers": {"text": ["b"], "answer_start": [3]}}
    nowhere = {**ASKED, "id": "3", "answers": {"text": ["z"], "answer_start": [0]}}
    mirror("t/en.train.jsonl.gz", ASKED, wrong)
    refused(questions(), "line 2", "starts says 3")
    done = reading(questions(repair=("starts",)), "en")
    assert [one.starts for one in done.examples] == [(2,), (2,)]
    assert done.repaired == {"starts": 1}
    mirror("t/en.train.jsonl.gz", ASKED, wrong, nowhere)
    refused(questions(repair=("starts",)), "line 3", "'z' does not stand there")
    assert reading(questions(repair=("starts",), drop=("starts",)), "en").dropped == {"starts": 1}


def test_an_answer_is_anchored_at_the_nearest_place() -> None:
    asked = Question("1", "q", "x b x x x b x", answers=("b", "b"), starts=(9, 0))
    assert anchor(asked).starts == (10, 2)
    assert anchor(Question("1", "q", "x b", answers=("b",))).starts == (2,)
    right = Question("1", "q", "x b", answers=("b",), starts=(2,))
    assert anchor(right) is right


def test_tags_that_do_not_match_the_words(mirror: Any) -> None:
    table = Table(form=TAGS, place=Mirror("t", "train"), columns=Words(prefix="{lang}:"))
    mirror("t/en.train.jsonl.gz", {"tokens": ["en:a", "b"], "tags": [0, "V"]})
    assert table.read("en")[0] == Sentence("1", ("a", "b"), ("N", "V"))
    for bad, said in (
        ({"tokens": ["a", "b"], "tags": ["N"]}, "1 tags for 2 words"),
        ({"tokens": ["a"], "tags": ["X"]}, "tags is 'X'"),
        ({"tokens": [""], "tags": ["N"]}, "words is blank"),
        ({"tokens": [], "tags": []}, "words is blank"),
        ({"tokens": [3], "tags": ["N"]}, "words must be text"),
        ({"tokens": "ab", "tags": "N", "x": 1}, ""),
    ):
        mirror("t/en.train.jsonl.gz", bad)
        if said:
            refused(table, "line 1", said)


def test_options_from_columns_lists_and_templates_and_every_way_to_count(mirror: Any) -> None:
    def read(columns: Options, row: Mapping[str, Any]) -> Choice:
        mirror("t/en.train.jsonl.gz", dict(row))
        (found,) = Table(form=Choose(2), place=Mirror("t", "train"), columns=columns).read("en")
        assert isinstance(found, Choice)
        return found

    row = {"p": "P", "a": "A1", "b": "B1", "list": ["x", "y"], "n": {"text": ["u", "v"]}, "q": "cause"}
    assert read(Options("p", ("a", "b")), row | {"label": 1}) == Choice("1", "P", ("A1", "B1"), 1)
    assert read(Options("p", ("list",), counts="1"), row | {"label": "2"}).label == 1
    assert read(Options("p", ("{q} {list}",), counts="A"), row | {"label": "B"}).options == ("cause x", "cause y")
    assert read(
        Options("{p} {q}", ("n.text",), counts="text", words={"q": {"cause": "Why?"}}), row | {"label": "v"}
    ) == (Choice("1", "P Why?", ("u", "v"), 1))
    for columns, label, said in (
        (Options("p", ("a", "b")), 2, "label is 2"),
        (Options("p", ("a", "b")), "A", "not a number from 0"),
        (Options("p", ("a",)), 0, "has 1 options where 2"),
        (Options("p", ("a", "b"), words={"q": {"x": "y"}}), 0, "q is 'cause'"),
    ):
        with pytest.raises(BadInput, match=said):
            read(columns, row | {"label": label})


def test_two_columns_become_queries_and_an_index(mirror: Any) -> None:
    table = Table(form=Retrieve("search"), place=Mirror("t", "test"), columns=Parallel("x", "y"))
    mirror("t/en.test.jsonl.gz", {"x": "one", "y": "uno"}, {"x": "two", "y": "dos"})
    rows = table.read("en")
    assert [one.side for one in rows] == ["query", "query", "index", "index"]
    assert rows[1].gold == (rows[3].id,)
    mirror("t/en.test.jsonl.gz", {"x": "one", "y": " "}, {"x": "two", "y": "dos"})
    refused(table, "line 1", "text is empty")
    done = reading(
        Table(form=Retrieve("search"), place=Mirror("t", "test"), columns=Parallel("x", "y"), drop=("text",)), "en"
    )
    assert [one.id for one in done.examples] == ["query-2", "index-2"]
    assert done.dropped == {"text": 1, "gold": 1}


def test_three_files_are_mined_and_a_share_is_set_apart(mirror: Any) -> None:
    mirror("t/en.test.source.jsonl.gz", *({"id": f"s{i}", "text": f"s {i}"} for i in range(200)))
    mirror("t/en.test.target.jsonl.gz", *({"id": f"t{i}", "text": f"t {i}"} for i in range(200)))
    mirror("t/en.test.gold.jsonl.gz", *({"source_id": f"s{i}", "target_id": f"t{i}"} for i in range(0, 200, 2)))
    form = Retrieve("mine")
    rows = Table(form=form, place=Mirror("t", "test"), columns=Mined(dev=0.3)).read("en")
    part = {one.id: one.part for one in rows}
    assert all(part[one.id] == part[one.gold[0]] for one in rows if one.gold)
    assert 30 < sum(one.part == "dev" for one in rows if one.side == "query") < 90
    mirror("t/en.test.gold.jsonl.gz", {"source_id": "s1", "target_id": "t900"})
    refused(Table(form=form, place=Mirror("t", "test"), columns=Mined()), "'t900' is no line of the index")
    mirror("t/en.test.gold.jsonl.gz", {"source_id": "s900", "target_id": "t1"})
    refused(Table(form=form, place=Mirror("t", "test"), columns=Mined()), "no source line 's900'")


def test_questions_with_a_pool_of_several_languages(mirror: Any) -> None:
    for lang, gold in (("en", "c1"), ("de", "c2")):
        mirror(f"t/{lang}.test.questions.jsonl.gz", {"id": "1", "question": "q?", "answer_candidate_id": gold})
        mirror(
            f"t/{lang}.test.candidates.jsonl.gz",
            *({"candidate_id": f"c{i}", "sentence": f"{lang} {i}"} for i in (1, 2)),
        )
    rows = Table(form=Retrieve("search"), place=Mirror("t", "test"), columns=Asked(pool=("en", "de"))).read("de")
    assert rows[0] == Line("query:1", "q?", "query", gold=("en:c1", "de:c2"))
    assert len(rows) == 5


def test_only_some_rows_of_a_file(mirror: Any) -> None:
    mirror("t/en.train.jsonl.gz", {**PAIR, "lang": "english"}, {**PAIR, "lang": "arabic"})
    done = reading(texts(where=Where("lang", codes={"en": "english"})), "en")
    assert (len(done.examples), done.dropped) == (1, {"where": 1})
    assert len(texts(where=Where("lang", starts="ara")).read("en")) == 1


def a_text(row: Mapping[str, Any]) -> Text | None:
    return None if row["label"] == 2 else Text(str(row["n"]), (row["premise"], row["hypothesis"]), "neutral")


def test_a_function_reads_odd_data_and_its_name_is_its_identity(mirror: Any) -> None:
    mirror("t/en.train.jsonl.gz", {**PAIR, "n": 7}, {**PAIR, "n": 8, "label": 2})
    done = reading(texts(columns=Odd(a_text)), "en")
    assert ([one.id for one in done.examples], done.dropped) == (["7"], {"none": 1})
    assert digest(Odd(a_text)) == digest(Odd(a_text)) != digest(Odd(a_text, behaviour=2))
    with pytest.raises(BadInput, match="no name of its own"):
        Odd(lambda row: None)


def test_columns_must_fit_the_form() -> None:
    with pytest.raises(BadInput, match="Use Questions"):
        Table(form=Span(), place=Mirror("t", "train"), columns=Texts())


def test_joined_sources_keep_their_rows_apart(mirror: Any) -> None:
    mirror("t/en.train.jsonl.gz", PAIR)
    both = Joined({"one": texts(), "two": texts()})
    assert [one.id for one in both.read("en")] == ["one/1", "two/1"]
    assert digest(pin(both, ["en"])) == digest(pin(both, ["en"]))


def test_a_table_is_its_files_and_rules_once_it_is_pinned(mirror: Any, tmp_path: Path) -> None:
    path = mirror("t/en.train.jsonl.gz", PAIR)
    with pytest.raises(NoStableForm, match="Pin it first"):
        digest(texts())
    first = texts().pin(["en"])
    assert digest(first) == digest(texts().pin(["en"])) != digest(texts(drop=("label",)).pin(["en"]))
    assert digest(texts(columns=Texts(id="label")).pin(["en"])) != digest(first)
    elsewhere = Table(form=NLI, place=Mirror("u", "dev"), columns=Texts())
    mirror("u/en.dev.jsonl.gz", PAIR)
    assert digest(elsewhere.pin(["en"])) == digest(first), "where a file lies is no part of what it is"
    mirror("t/en.train.jsonl.gz", PAIR, PAIR)
    assert digest(texts().pin(["en"])) != digest(first)
    with pytest.raises(BadInput, match=r"changed since.*plans anew"):
        first.read("en")
    path.unlink()
    with pytest.raises(BadInput, match="Put it back"):
        first.read("en")


def test_a_mirror_that_lacks_a_file_names_the_nearest(mirror: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror("t/en.train.jsonl.gz", PAIR)
    with pytest.raises(BadInput, match=r"has no t/de.train.jsonl.gz. It has t/en.train"):
        texts().read("de")
    monkeypatch.delenv("XSTILTS_DATA")
    refused(texts(), "no mirror is set", "XSTILTS_DATA")
    monkeypatch.setenv("XSTILTS_DATA", "/nowhere")
    refused(texts(), "no such folder")


def test_a_mirror_is_held_to_its_manifest(mirror: Any) -> None:
    path = mirror("t/en.train.jsonl.gz", PAIR)
    folder = path.parent.parent
    (folder / "MANIFEST.json").write_text('{"files": [{"file": "t/en.train.jsonl.gz", "sha256": "00ff", "rows": 1}]}')
    refused(texts(), "not the file that MANIFEST.json lists")
    (folder / "MANIFEST.json").write_text('{"files": [{"file": "t/en.train.jsonl.gz", "rows": 2, "licence": "x"}]}')
    refused(texts(), "has 1 rows, where the manifest says 2")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"not gzip", ("no whole gzip file",)),
        (gzip.compress(b'{"premise": "p"}\n' * 50)[:-9], ("no whole gzip file",)),
        (gzip.compress(b'{"premise": "p", "hypothesis": "h", "label": 0}\n{"premise"\n'), ("line 2", "JSON object")),
        (gzip.compress(b"[1]\n"), ("line 1", "JSON object")),
        (gzip.compress('{"premise": "é"}\n'.encode("latin-1")), ("line 1", "0xe9", "UTF-8")),
        (gzip.compress("x".encode("utf-16")), ("UTF-16",)),
    ],
    ids=("plain", "cut", "half a row", "a list", "Latin-1", "UTF-16"),
)
def test_files_that_are_not_what_they_should_be(mirror: Any, raw: bytes, words: tuple[str, ...]) -> None:
    mirror("t/en.train.jsonl.gz").write_bytes(raw)
    refused(texts(), "t/en.train.jsonl.gz", *words)
