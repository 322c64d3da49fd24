"""`doctor --data` and `--suite`: what loads, from where, under which licence, and the exit code that says it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import polars
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))

import hub_server

from xstilts.cli import datachecks
from xstilts.errors import Absent
from xstilts.languages import benchmarks
from xstilts.sources.commits import remember_commit
from xstilts.sources.table import _memory
from xstilts.tasks import exam, suite, task


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("XSTILTS_DATA", str(folder))
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("XSTILTS_TASKS", raising=False)
    monkeypatch.delenv("XSTILTS_CCGBANK", raising=False)
    _memory.kept.clear()
    return folder


def write(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    path = folder / f"{name}.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))


PAIR = {"premise": "p", "hypothesis": "h", "label": 0}


def xnli(folder: Path) -> None:
    for lang in benchmarks.XTREME["xnli"]:
        write(folder, f"xnli/{lang}.test", PAIR)
    for split in ("train", "validation"):
        write(folder, f"mnli/en.{split}", PAIR | {"premise": split})


def only(monkeypatch: pytest.MonkeyPatch, *exams: str) -> None:
    """A suite of these exams alone."""
    whole = suite("xtreme")
    small = msgspec.structs.replace(whole, parts=tuple(part for part in whole.parts if part.exam in exams))
    monkeypatch.setattr("xstilts.cli.doctor.suite", lambda name: small)


def test_a_whole_suite_is_well(xstilts, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xnli(mirror)
    only(monkeypatch, "xnli")
    said = xstilts("doctor", "--suite", "xtreme")
    assert said.code == 0, said
    assert "ok   exam xnli: 15 of 15 languages load: 15 examples from xnli · licence: CC BY-NC 4.0" in said.out
    assert "ok   task mnli: train 1 example from mnli; dev 1 example from mnli" in said.out
    assert "XTREME is whole." in said.out


def test_a_hole_or_a_wrong_row_fails_the_suite(xstilts, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xnli(mirror)
    (mirror / "xnli/ur.test.jsonl.gz").unlink()
    write(mirror, "xnli/sw.test", PAIR, PAIR | {"label": 7})
    only(monkeypatch, "xnli")
    said = xstilts("doctor", "--suite", "xtreme")
    assert said.code == 1
    assert "13 of 15 languages load" in said.out
    assert "ur: not here but on the Hub (facebook/xnli@" in said.out
    assert "sw: label is 7, which is not among the labels" in said.out and "xnli/sw.test.jsonl.gz, line 2" in said.out
    assert "not XTREME but a part of it" in said.out and "is whole" not in said.out


def test_xtreme_r_names_what_is_not_here(xstilts, mirror: Path) -> None:
    said = xstilts("doctor", "--suite", "xtreme-r")
    assert said.code == 1
    assert "fail exam lareqa: 0 of 11 languages load" in said.out and "this version" not in said.out
    assert "fail exam udpos-xr: 0 of 38 languages load" in said.out
    assert "'xtreme-r'" in xstilts("doctor", "--suite", "xtreme-e").err


def test_all_data_is_looked_at_and_what_is_missing_is_no_failure(xstilts, mirror: Path) -> None:
    xnli(mirror)
    said = xstilts("doctor", "--data")
    assert said.code == 0
    assert "warn task ccg: train not here; dev not here" in said.out and "XSTILTS_CCGBANK" in said.out
    assert "ok   exam xnli: 15 of 15" in said.out and "lab-" not in said.out
    write(mirror, "xnli/ur.test", PAIR | {"hypothesis": " "})
    said = xstilts("doctor", "--data")
    assert said.code == 1
    assert "ur: hypothesis is blank" in said.out


def test_the_summary_counts_and_reads_nothing(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xnli(mirror)
    write(mirror, "xnli/ur.test", {"nothing": "right"})
    (found,) = datachecks.summary()
    assert found.state == "ok"
    assert "1 task of" in found.found and "languages of 1 exam of" in found.found
    monkeypatch.delenv("XSTILTS_DATA")
    (found,) = datachecks.summary()
    assert "no mirror is set" in found.found


def asked(lang: str, *answers: str) -> dict[str, Any]:
    said = {"text": [*answers], "answer_start": [0 for _ in answers]}
    return {"id": f"{lang}-1", "title": "t", "question": "q?", "context": "a b", "answers": said}


def test_withheld_answers_are_judged_alike_by_show_doctor_and_reading(xstilts, mirror: Path) -> None:
    write(mirror, "tydiqa/en.test", asked("english", ""))
    write(mirror, "tydiqa/fi.test", asked("finnish", "a"))
    said = xstilts("doctor", "--data")
    assert said.code == 0, said
    assert "warn exam tydiqa: 1 of 9 languages load: 1 example from tydiqa; " in said.out
    assert "; en: here without the answers; " in said.out
    assert "tydiqa/en.test.jsonl.gz is here without its answers" in said.out
    said = xstilts("show", "tydiqa", "--lang", "en")
    assert said.code == 0 and "1 of 9 languages" in said.out
    assert "No examples: tydiqa/en.test.jsonl.gz is here without its answers" in said.out
    with pytest.raises(Absent, match=r"en\.test\.jsonl\.gz, line 1: the answers are withheld"):
        exam("tydiqa").test.read("en")


def test_the_file_that_is_missing_is_the_one_that_is_named(xstilts, mirror: Path) -> None:
    for part, row in (("questions", {}), ("candidates", {})):
        write(mirror, f"lareqa/en.test.{part}", row)
    said = xstilts("doctor", "--suite", "xtreme-r")
    told = said.out[said.out.index("exam lareqa") :].splitlines()[1]
    assert "has no lareqa/es.test.questions.jsonl.gz. (19 more of its files are not here.)" in told


def test_garbled_text_that_is_published_is_told_of(xstilts, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xnli(mirror)
    write(mirror, "xnli/en.test", PAIR, PAIR | {"premise": "attach\ufffd"})
    only(monkeypatch, "xnli")
    said = xstilts("doctor", "--suite", "xtreme")
    assert said.code == 0
    assert "garbled as published: 1 row, the first xnli/en.test.jsonl.gz, line 2" in said.out
    assert "Garbled, and read as published: 1" in xstilts("show", "xnli", "--lang", "en").out


def test_a_task_file_that_cannot_be_read_stops_nothing_else(
    xstilts, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.toml").write_text('name = "bad')
    monkeypatch.setenv("XSTILTS_TASKS", str(tmp_path / "own"))
    said = xstilts("list", "tasks")
    assert said.code == 0 and "lab-mnli" in said.out
    assert "! bad.toml is passed over:" in said.out and "is not valid TOML" in said.out
    assert xstilts("show", "lab-mnli").code == 0
    assert "not valid TOML" in xstilts("show", "bad").err
    said = xstilts("doctor", "--data")
    assert said.code == 1 and "fail task file bad.toml:" in said.out


def test_the_mirror_has_a_revision_and_what_the_hub_lacks_is_said_where_to_put(xstilts, mirror: Path) -> None:
    xnli(mirror)
    assert f"ok   mirror: {mirror}: it has no MANIFEST.json" in xstilts("doctor", "--suite", "xtreme").out
    (mirror / "MANIFEST.json").write_text('{"files": [{"file": "xnli/ur.test.jsonl.gz", "rows": 1}]}')
    said = xstilts("doctor", "--suite", "xtreme").out
    manifest = hashlib.sha256((mirror / "MANIFEST.json").read_bytes()).hexdigest()
    assert f"1 file held to MANIFEST.json, which is sha256 {manifest[:12]}" in said
    told = said[said.index("exam bucc2018") :].splitlines()[1]
    assert "comparable.limsi.fr" in told and "{lang}.test.gold.jsonl.gz (source_id, target_id)" in told
    assert "comparable.limsi.fr" in xstilts("show", "bucc2018").out
    assert "en.train.jsonl.gz" in xstilts("show", "mewslix").out


def test_a_branch_of_the_hub_is_shown_with_the_commit_last_seen(xstilts, mirror: Path) -> None:
    assert "facebook/xnli@refs/convert/parquet, commit not looked up yet" in xstilts("show", "xnli").out
    remember_commit("dataset", "facebook/xnli", "refs/convert/parquet", "a" * 40)
    assert "facebook/xnli@refs/convert/parquet, last seen at aaaaaaaaaaaa" in xstilts("show", "xnli").out


def test_what_was_read_from_the_hub_stands_with_its_commit_and_whether_it_is_gated(
    xstilts, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    datachecks._gated.cache_clear()
    out = io.BytesIO()
    polars.DataFrame({"premise": ["p"], "hypothesis": ["h"], "label": [0]}).write_parquet(out)
    with hub_server.served() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for split in ("train", "validation"):
            for number in (0, 1):
                hub.put("stanfordnlp/snli", f"plain_text/{split}/{number:04d}.parquet", out.getvalue())
        hub.refs["stanfordnlp/snli", "refs/convert/parquet"] = hub_server.COMMIT
        check = datachecks.task_check(task("snli"), online=True)
        assert check.state == "ok", check
        assert f"train 2 examples from stanfordnlp/snli@{hub_server.COMMIT[:12]} on the Hub" in check.found
        assert "stanfordnlp/snli is not gated" in check.found
        hub.gated.add("facebook/anli")
        hub.put("facebook/anli", "plain_text/train_r1/0000.parquet", out.getvalue())
        hub.refs["facebook/anli", "refs/convert/parquet"] = hub_server.COMMIT
        check = datachecks.task_check(task("anli"), online=True)
        assert check.state == "fail" and "is gated: the Hub gives it only to those who asked" in check.way_out


def test_files_of_ones_own_are_told_by_their_folder(
    xstilts, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'name = "mine"\nfiles = "{lang}.{split}.csv"\nlanguages = ["en", "th"]\n'
        '[form]\ntype = "classify"\nlabels = ["a", "b"]\nfields = ["text"]\n'
    )
    for name, text in (("en.train", "x"), ("en.dev", "y"), ("en.test", "z"), ("th.test", "ฝนจะตกไหม")):
        (folder / f"{name}.csv").write_text(f"text,label\n{text},a\n", "utf-8")
    monkeypatch.setenv("XSTILTS_TASKS", str(folder))
    said = xstilts("doctor", "--data").out.replace("\n", "")
    assert f"task mine: train 1 example from {folder}; dev 1 example from {folder} · licence" in said
    assert f"exam mine: 2 of 2 languages load: 2 examples from {folder} · licence" in said
    shown = xstilts("show", "mine", "--lang", "th").out
    assert "All test examples in th (Thai)" in shown and "ฝนจะตกไหม" in shown and "--encoder" in shown


def test_an_exam_tells_how_many_rows_are_here(xstilts, mirror: Path) -> None:
    files = []
    for lang, count in (("de", 2), ("th", 3)):
        write(mirror, f"xnli/{lang}.test", *[PAIR] * count)
        content = (mirror / f"xnli/{lang}.test.jsonl.gz").read_bytes()
        files.append(
            {"file": f"xnli/{lang}.test.jsonl.gz", "rows": count, "sha256": hashlib.sha256(content).hexdigest()}
        )
    assert "2 of 15 languages\n" in "\n".join(map(str.rstrip, xstilts("show", "xnli").out.splitlines()))
    (mirror / "MANIFEST.json").write_text(json.dumps({"files": files}))
    assert "2 of 15 languages, 5 rows" in xstilts("show", "xnli").out
