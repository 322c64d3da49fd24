"""Labels that only the data know; a task in another language; documents held out; exactly so many rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import Absent, BadInput, UnknownName
from xstilts.identity import digest
from xstilts.sources.table import _memory, reading
from xstilts.tasks import pinned, task, tasks
from xstilts.tasks.reading import ENGLISH

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("XSTILTS_DATA", str(folder))
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("XSTILTS_TASKS", "XSTILTS_CCGBANK"):
        monkeypatch.delenv(name, raising=False)
    _memory.kept.clear()

    def write(name: str, *rows: dict[str, Any]) -> Path:
        path = folder / f"{name}.jsonl.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))
        return path

    return write


def sentence(*tags: str) -> dict[str, Any]:
    return {"tokens": [f"w{i}" for i in range(len(tags))], "tags": list(tags)}


def pair(label: int) -> dict[str, Any]:
    return {"premise": f"p{label}", "hypothesis": "h", "label": label}


def test_labels_are_those_of_all_the_files(mirror: Write) -> None:
    assert task("deptag").form.labels == ()
    for part in ("atis", "lines", "partut"):
        mirror(f"en_deptag/en.train.{part}", sentence("N", part))
    mirror("en_deptag/en.validation.lines", sentence("V"))
    found = task("deptag")
    assert found.form.labels == ("N", "V", "atis", "lines", "partut")
    assert [one.tags for one in found.train.read("en")] == [("N", "atis"), ("N", "lines"), ("N", "partut")]
    assert found.dev.read("en")[0].tags == ("V",)
    assert digest(pinned(found)) == digest(pinned(task("deptag")))
    before = digest(pinned(found))
    mirror("en_deptag/en.validation.lines", sentence("V", "X"))
    assert task("deptag").form.labels[2] == "X"
    assert digest(pinned(task("deptag"))) != before


def test_a_task_whose_files_are_not_here_says_so_when_it_is_read() -> None:
    with pytest.raises(BadInput, match=r"LDC2005T13.*XSTILTS_CCGBANK"):
        task("ccg").train.read("en")
    with pytest.raises(BadInput, match=r"en_deptag/en\.train\.atis"):
        task("deptag").train.read("en")


def test_a_translated_task_reads_the_mirror(mirror: Write) -> None:
    mirror("qqp/de.train", {"question1": "Was?", "question2": "Wie?", "label": 0})
    with pytest.raises(Absent, match=r"no qqp/de\.validation\.jsonl\.gz"):
        task("qqp@de").dev.read("de")
    mirror("qqp/de.validation", {"question1": "Wo?", "question2": "Wo denn?", "label": 1})
    found = task("qqp@de")
    assert (found.name, found.lang) == ("qqp@de", "de")
    assert found.train.read("de")[0].texts == ("Was?", "Wie?")
    assert found.dev.read("de")[0].label == "same"
    with pytest.raises(Absent, match=r"It has qqp/de\.train"):
        task("qqp@sw").train.read("sw")


def test_a_translated_task_never_reads_a_file_of_another_language() -> None:
    found = task("mnli@de")
    mirrored, place = (table.place for table in found.train.tables)
    assert mirrored.file("de", "") == "mnli/de.train.jsonl.gz"
    assert place.repo == "facebook/xnli"
    assert place.paths == ("{lang}/train/*.parquet",)


def test_lab_tasks_are_drawn_in_any_lab_language() -> None:
    found = task("lab-qqp@lab-far-sov")
    assert found.lang == "lab-far-sov"
    assert len(found.dev.read(found.lang)) == len(task("lab-qqp").dev.read("lab-piv"))
    with pytest.raises(BadInput, match="no rows in 'de'"):
        task("lab-qqp@de")


def test_slips_in_such_names_are_answered() -> None:
    with pytest.raises(UnknownName, match="'mnli'"):
        task("mnly@de")
    with pytest.raises(UnknownName, match="German"):
        task("mnli@germn")
    with pytest.raises(BadInput, match="anyway"):
        task("mnli@en")


def question(number: int) -> dict[str, Any]:
    # Ten questions a document, as if the ids had been shortened: they repeat.
    return {
        "id": str(number % 7), "title": f"T{number // 10}", "question": "Who?", "context": f"Ann {number}.",
        "answers": {"text": ["Ann"], "answer_start": [0]},
    }  # fmt: skip


def test_tydiqa_is_exactly_its_english_part_and_holds_out_whole_documents(mirror: Write) -> None:
    mirror("tydiqa/en.train", *map(question, range(ENGLISH)))
    found = task("tydiqa")
    train, dev = reading(found.train, "en"), reading(found.dev, "en")
    assert len(train.examples) + len(dev.examples) == ENGLISH
    assert not {one.title for one in train.examples} & {one.title for one in dev.examples}
    assert 0.05 < len(dev.examples) / ENGLISH < 0.15
    assert train.dropped == {"where": len(dev.examples)}
    assert found.dev.read("en") == task("tydiqa").dev.read("en")
    assert digest(pinned(found)) == digest(pinned(task("tydiqa")))
    mirror("tydiqa/en.train", *map(question, range(49_881)))
    _memory.kept.clear()
    with pytest.raises(BadInput, match=r"49,881 rows in 'en', and the official file has 3,696"):
        task("tydiqa").train.read("en")


def test_pairs_without_a_gold_label_are_left_out_and_counted(mirror: Write) -> None:
    mirror("snli/en.train", pair(0), pair(-1), pair(2))
    done = reading(tasks()["snli"].train, "en")
    assert [one.label for one in done.examples] == ["entailment", "contradiction"]
    assert done.dropped == {"label": 1}


def test_anli_plus_is_its_parts_one_after_the_other(mirror: Write) -> None:
    mirror("snli/en.validation", pair(0))
    mirror("mnli/en.validation", pair(1))
    for part in ("r1", "r2", "r3"):
        mirror(f"anli/en.dev_{part}", pair(2))
    ids = [one.id for one in task("anli-plus").dev.read("en")]
    assert ids == ["snli/1", "mnli/1", "anli/r1/1", "anli/r2/1", "anli/r3/1"]


def test_dates_are_no_names(mirror: Write) -> None:
    from xstilts.tasks import exam

    mirror("masakhaner/sw.test", {"tokens": ["Juni", "Nairobi"], "ner_tags": ["B-DATE", "B-LOC"]})
    assert exam("masakhaner").test.read("sw")[0].tags == ("O", "B-LOC")
