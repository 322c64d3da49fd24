"""What a setting may be chosen on: never a row that a score comes from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.tasks import exam
from xstilts.tasks.development import development


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XSTILTS_DATA", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pair = {"source_sentence": "ahoj", "target_sentence": "hello"}
    for lang in ("cs", "de", "pl"):
        write(tmp_path, f"tatoeba/{lang}.test", pair)
    write(tmp_path, "bucc2018/zh.validation.source", {"id": "zh-1", "text": "你好"})
    write(tmp_path, "bucc2018/zh.validation.target", {"id": "en-1", "text": "hello"})
    write(tmp_path, "bucc2018/zh.validation.gold", {"source_id": "zh-1", "target_id": "en-1"})
    return tmp_path


def write(folder: Path, name: str, *rows: dict[str, str]) -> None:
    path = folder / f"{name}.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.mark.parametrize("name", ["lab-tatoeba", "lab-bucc2018"])
def test_the_lab_draws_rows_that_no_exam_has(name: str) -> None:
    one = exam(name)
    found = {line.text for line in development(one, "lab-near").examples if line.side == "query"}
    assert found and not found & {line.text for line in one.test.read("lab-near")}
    with pytest.raises(BadInput, match="between lab-piv"):
        development(one, "lab-piv")


def test_lines_of_part_dev_need_no_test_file(mirror: Path) -> None:
    found = development(exam("bucc2018"), "zh")
    assert [line.part for line in found.examples] == ["dev", "dev"] and 'part "dev"' in found.what
    with pytest.raises(BadInput):
        exam("bucc2018").test.read("zh")


@pytest.mark.parametrize("lang", ["de", "pl"])
def test_test_rows_are_refused_and_languages_without_an_exam_are_named(mirror: Path, lang: str) -> None:
    # Polish is of XTREME-R's Tatoeba alone, and just as much tested.
    with pytest.raises(BadInput, match=r"test rows.*not tested \(cs\)"):
        development(exam("tatoeba"), lang)


def test_a_language_that_nothing_is_tested_in_will_do(mirror: Path) -> None:
    assert len(development(exam("tatoeba"), "cs").examples) == 2


def test_what_cannot_be_is_refused(mirror: Path) -> None:
    with pytest.raises(BadInput, match="no retrieval exam"):
        development(exam("lab-xquad"), "lab-near")
    with pytest.raises(UnknownName):
        development(exam("lab-tatoeba"), "lab-neer")
