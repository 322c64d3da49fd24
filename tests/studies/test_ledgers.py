"""Ledgers in a study: named strictly, no part of any digest, and written into the store before the first result."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.studies import ledgers
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study, read_study

TEXT = """
name = "s"
encoder = "lab"
exams = ["lab-xnli"]
seeds = [1, 2]
intermediates = { mnli = "lab-mnli" }
"""


def own(folder: Path, text: str = "name = 'own'\n") -> Path:
    path = folder / "own.toml"
    path.write_text(text)
    return path


def test_a_study_names_files_and_shipped_ledgers(tmp_path: Path) -> None:
    path = own(tmp_path)
    found = read_study(TEXT + 'claims = ["own.toml", "phang2020-lab"]\n', folder=tmp_path)
    assert found.claims == (str(path.resolve()), "phang2020-lab")
    with pytest.raises(UnknownName, match="phang2020-lab"):
        read_study(TEXT + 'claims = ["phang2020-lap"]\n')
    with pytest.raises(BadInput, match="There is no ledger"):
        read_study(TEXT + 'claims = ["own.toml"]\n', folder=tmp_path / "elsewhere")


def test_claims_change_no_step() -> None:
    plain = plan(read_study(TEXT))
    claimed = plan(read_study(TEXT + 'claims = ["questions-lab"]\n'))
    assert [step.digest for step in plain.steps] == [step.digest for step in claimed.steps]


def test_they_are_fixed_once_and_again_when_they_change(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    path = own(tmp_path)
    study = msgspec.structs.replace(read_study(TEXT), claims=(str(path), "questions-lab"))
    assert [one.name for one in ledgers.fix(store, study, finished=0)] == ["own", "questions-lab"]
    assert ledgers.fix(store, study, finished=3) == []
    own(tmp_path, "# a remark\nname = 'own'\n")
    assert ledgers.fix(store, study, finished=3) == []
    own(tmp_path, "name = 'own'\nabout = 'else'\n")
    assert [one.name for one in ledgers.fix(store, study, finished=4)] == ["own"]
    known = ledgers.fixed(store, "s")
    assert [(one.name, one.finished) for one in known] == [("own", 0), ("questions-lab", 0), ("own", 4)]
    assert known[1].of is not None and known[1].of["name"] == "questions", "the ledger that it is of is kept too"
    assert ledgers.fixed(store, "another") == []


def test_a_study_without_claims_writes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    assert ledgers.fix(store, read_study(TEXT), finished=0) == []
    assert not (tmp_path / "runs").exists()


def test_the_ledger_of_a_ledger_counts_in_its_digest(tmp_path: Path) -> None:
    own(tmp_path)
    mapped = tmp_path / "map.toml"
    mapped.write_text("name = 'm'\nof = 'own.toml'\n")
    before = ledgers.written(mapped).digest
    own(tmp_path, "name = 'own'\nabout = 'else'\n")
    assert ledgers.written(mapped).digest != before


def test_shipped_ledgers_are_no_studies() -> None:
    assert {"phang2020", "phang2020-lab", "phang2020-remembered", "questions", "questions-lab"} <= set(
        ledgers.shipped_ledgers()
    )
    with pytest.raises(UnknownName):
        load_study("phang2020-lab")
