"""`doctor --leaks`, and what the record and the report say of test rows that were trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from xstilts.findings.account import _leaks
from xstilts.sources.table import _memory
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.recording import accounts
from xstilts.studies.study import load_study
from xstilts.tasks import neighbours

TOML = """
name = "{name}"
files = "{name}/{{lang}}.{{split}}.csv"
languages = ["en", "sw"]
[form]
type = "classify"
labels = ["order", "question"]
fields = ["text"]
"""
STUDY = """
name = "small"
encoder = "lab"
exams = ["intents"]
seeds = [1]
[intermediates]
other = "other"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tasks of one's own. A row of `other`'s training data is the second test row of intents in Swahili."""
    monkeypatch.setattr(neighbours, "_added", {})
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XSTILTS_TASKS", str(tmp_path))
    monkeypatch.delenv("XSTILTS_DATA", raising=False)
    _memory.kept.clear()
    for name in ("intents", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.toml").write_text(TOML.format(name=name))
        for part in ("en.train", "en.dev", "en.test", "sw.test"):
            (tmp_path / name / f"{part}.csv").write_text(
                f"text,label\ngo {name} {part},order\nwhy {name} {part},question\n"
            )
    (tmp_path / "other" / "en.train.csv").write_text("text,label\nhello,order\nWhy intents SW.test?,order\n")
    (tmp_path / "small.toml").write_text(STUDY)
    return tmp_path


def test_a_test_row_in_training_data_is_named_by_file_and_line(xstilts, folder: Path) -> None:
    said = xstilts("doctor", "--leaks", "other", "intents")
    assert said.code == 0, said.err
    assert "warn other → intents: 1 of its test rows stand in the training data: sw 1" in said.out
    assert (
        f"{folder}/intents/sw.test.csv, line 3 is {folder}/other/en.train.csv, line 3: 'why intents sw.test'"
        in said.out
    )
    assert "2 tasks with 2 exams" in said.out


def test_a_study_is_compared_with_its_own(xstilts, folder: Path) -> None:
    said = xstilts("doctor", "--leaks", folder / "small.toml")
    assert "warn other → intents: 1 of" in said.out and "2 tasks with 1 exam," in said.out


def test_clean_data_is_said_to_be_clean(xstilts, folder: Path) -> None:
    (folder / "other" / "en.train.csv").write_text("text,label\nhello,order\n")
    said = xstilts("doctor", "--leaks", folder / "small.toml")
    assert said.code == 0 and "warn" not in said.out
    assert "no test row stands in training or development data" in said.out and "Nothing leaks." in said.out


def test_development_rows_are_told_apart(xstilts, folder: Path) -> None:
    (folder / "intents" / "en.dev.csv").write_bytes((folder / "intents" / "en.test.csv").read_bytes())
    said = xstilts("doctor", "--leaks", folder / "small.toml")
    assert "intents → intents: 2 of its test rows stand in the development data: en 2" in said.out


def test_names_that_are_nothing_and_rows_that_are_not_here(xstilts, folder: Path) -> None:
    said = xstilts("doctor", "--leaks", "intent")
    assert said.code == 1 and "'intents'" in said.err
    said = xstilts("doctor", "intents")
    assert said.code == 1 and "--leaks" in said.err
    said = xstilts("doctor", "--leaks", "ccg", "intents")
    assert "not compared: ccg: no rows" in said.out


def test_the_record_of_a_test_and_the_report_tell_of_it(folder: Path) -> None:
    planned = plan(load_study(folder / "small.toml"))
    tests = [step for step in planned.steps if step.exam]
    found = {step.label: accounts(step, planned)["intents, test"] for step in tests}
    after = next(data for label, data in found.items() if label.startswith("other"))
    alone = next(data for label, data in found.items() if label.startswith("none"))
    assert (after["sw"].leaks, after["en"].leaks) == ({"other": 1}, {})
    assert alone["sw"].leaks == {}
    run = Run(digest="d", kind="test", label="l", study="s", encoder="e", n={"sw": 2}, data={"intents, test": after})
    assert list(_leaks([run, run])) == ["intents: test rows that stand in the training data of other: 1 of 2 in sw."]


def test_training_rows_that_went_elsewhere_spoil_no_record(folder: Path) -> None:
    planned = plan(load_study(folder / "small.toml"))
    (folder / "other" / "en.train.csv").unlink()
    test = next(step for step in planned.steps if step.exam and step.label.startswith("other"))
    assert accounts(test, planned)["intents, test"]["sw"].leaks == {}
