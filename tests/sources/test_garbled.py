"""Text that was read in the wrong encoding once is found, and what only looks like it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import BadInput
from xstilts.forms import Classify, Tag
from xstilts.identity import digest
from xstilts.sources import Joined, Mirror, Own, Table, Texts, Words, reading
from xstilts.sources.garbled import garbled

FORM = Classify(labels=("no", "yes"), fields=("text",))
Write = Callable[..., Path]


def once(text: str, read_as: str) -> str:
    return text.encode().decode(read_as)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (once("déjà vu", "latin-1"), "'éjà vu'"),
        (once("It’s 5 °C", "cp1252"), "'’s 5 °C'"),
        (once("Париж, город", "latin-1"), "'Париж, г'"),
        (once("東京", "latin-1"), "'東京'"),
        (once("é", "latin-1"), "'é'"),
        ("attach\ufffd's", "U+FFFD"),
        ("a\0b\0", "UTF-16"),
    ],
)
def test_garbled_text_is_found_and_told_what_was_meant(text: str, said: str) -> None:
    assert said in garbled(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "déjà vu",
        "NÃO, MANHÃ",
        "«CAFÉ»",
        "„Spaß“",
        "Spaß“",
        "olé…»",
        "Þórður í Æ",
        "Париж",
        "東京",
        "हिन्दी",
        "👍🏽",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert garbled(text) == ""


def own(folder: Path, *lines: str, **rules: Any) -> Table:
    (folder / "x.csv").write_text("\n".join(["text,label", *lines, ""]), encoding="utf-8")
    return Table(form=FORM, place=Own("x.csv", folder=str(folder)), columns=Texts(), **rules)


def test_a_file_of_ones_own_is_refused_by_line_and_field(tmp_path: Path) -> None:
    lines = ["fine,no", f"{once('très', 'latin-1')},yes"]
    with pytest.raises(BadInput, match=r"x\.csv, line 3: .*text is garbled: .* where 'ès' was meant") as caught:
        own(tmp_path, *lines).read("en")
    assert "garbled = true" in caught.value.way_out
    done = reading(own(tmp_path, *lines, drop=("text",)), "en")
    assert (len(done.examples), done.dropped, done.garbled) == (1, {"text": 1}, ())
    done = reading(own(tmp_path, *lines, garbled=True), "en")
    assert len(done.examples) == 2 and [place.rpartition("/")[2] for place in done.garbled] == ["x.csv, line 3"]


def test_bearing_garbled_text_changes_no_identity(tmp_path: Path) -> None:
    tables = [own(tmp_path, "fine,no", garbled=one).pin(["en"]) for one in (False, True)]
    assert digest(tables[0]) == digest(tables[1])


def test_published_text_is_read_as_it_is_and_counted(mirror: Write) -> None:
    rows = [{"text": once(f"é {n}", "latin-1") if n < 3 else f"é {n}", "label": 0} for n in range(40)]
    mirror("t/en.test.jsonl.gz", *rows)
    table = Table(form=FORM, place=Mirror("t", "test"), columns=Texts())
    assert reading(Joined({"a": table}), "en").garbled == tuple(f"t/en.test.jsonl.gz, line {n}" for n in (1, 2, 3))
    mirror("t/en.test.jsonl.gz", *({"text": once(f"é {n}", "latin-1"), "label": 0} for n in range(40)))
    with pytest.raises(BadInput, match="line 1 and 39 other rows of 40 hold garbled text"):
        table.read("en")


def test_words_are_looked_at_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"tokens": ["a", "d\\u00c3\\u00a9"], "tags": ["N", "N"]}\n')
    table = Table(form=Tag(labels=("N",)), place=Own("x.jsonl", folder=str(tmp_path)), columns=Words())
    with pytest.raises(BadInput, match=r"line 1: .*words is garbled"):
        table.read("en")
