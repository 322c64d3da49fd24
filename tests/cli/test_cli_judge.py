"""xstilts judge: verdicts with their reasons, when a ledger was fixed, what was changed since, and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

LEDGER = """
name = "mine"
about = "What [bold]we[/bold] expect."
fidelity = "close"
differs = ["everything"]
[names]
routes = ["squad1", "mnli"]
exams = ["lab-xquad", "lab-panx"]
[claim.C1]
statement = "Reading helps reading."
provenance = "ours"
kind = "direction"
cells = { routes = ["squad1"], exams = ["lab-xquad"] }
margin = { points = 1, why = "less does not matter" }
[claim.C2]
statement = "Reading helps names by nine points."
provenance = "ours"
kind = "magnitude"
cells = { routes = ["squad1"], exams = ["lab-panx"] }
value = 9
margin = { points = 1, why = "as before" }
[claim.C3]
statement = "Inference helps reading."
provenance = "ours"
kind = "direction"
cells = { routes = ["mnli"], exams = ["lab-xquad"] }
margin = { points = 1, why = "as before" }
"""


@pytest.fixture
def claims(study: Path) -> Path:
    """A ledger beside the study, which names it."""
    path = study.parent / "mine.toml"
    path.write_text(LEDGER)
    study.write_text(study.read_text().replace("[intermediates]", 'claims = ["mine.toml"]\n[intermediates]'))
    return path


def test_judge_says_what_is_so_and_why(claims: Path, study: Path, finished: Path, xstilts: Any) -> None:
    said = xstilts("judge", study, "--store", finished)
    assert said.code == 0, said.err
    assert "mine: 3 claims, 1 reproduced, 2 not tested" in said.out
    assert "What [bold]we[/bold] expect." in said.out
    assert "Fidelity: close. What differs: everything." in said.out
    assert "before the first result" in said.out
    assert "C1 reproduced: The interval lies above 0" in said.out
    assert "C2 not tested: A size is tested only where the experiment is the same" in said.out
    assert "C3 not tested: 0 of 1 cells are there: missing route mnli." in said.out
    assert "languages are invented" in said.out


def test_a_later_change_is_an_amendment(claims: Path, study: Path, finished: Path, xstilts: Any) -> None:
    claims.write_text(LEDGER.replace('points = 1, why = "less', 'points = 0.1, why = "less'))
    said = xstilts("judge", study, "--store", finished)
    assert "Amended: C1: margin.points was 1.0, is 0.1" in said.out
    other = claims.with_name("other.toml")
    other.write_text(LEDGER.replace('"mine"', '"other"'))
    assert "nothing shows that its claims stood" in xstilts("judge", study, "--store", finished, "--claims", other).out


def test_judge_as_json(claims: Path, study: Path, finished: Path, xstilts: Any) -> None:
    (found,) = json.loads(xstilts("judge", study, "--store", finished, "--json").out)
    assert found["counts"] == {"reproduced": 1, "contradicted": 0, "inconclusive": 0, "not tested": 2}
    assert found["standing"]["results"] == 0
    first = found["judgement"]["verdicts"][0]
    assert first["low"] < first["estimate"] < first["high"]
    assert (first["n"], first["unit"], first["margin"]) == (3, "seed", 1.0)
    assert first["cells"] == ["squad1 → lab-xquad"]


def test_a_table_is_judged_without_a_study(
    claims: Path, study: Path, finished: Path, tmp_path: Path, xstilts: Any
) -> None:
    table = tmp_path / "scores.csv"
    assert xstilts("compare", study, "--store", finished, "--scores", table).code == 0
    said = xstilts("judge", table, "--claims", claims)
    assert "C1 reproduced" in said.out, said.err
    assert "names no ledger" in xstilts("judge", table).err
    both = tmp_path / "both.csv"
    rows = table.read_text().splitlines()
    place = rows[0].split(",").index("encoder")
    other = [",".join([*cells[:place], "other", *cells[place + 1 :]]) for cells in (row.split(",") for row in rows[1:])]
    both.write_text("\n".join([*rows, *other]) + "\n")
    assert "2 values of encoder" in xstilts("judge", both, "--claims", claims).err
    assert "C1 reproduced" in xstilts("judge", both, "--claims", claims, "--encoder", "other").out
    assert "encoder in this table 'othre'" in xstilts("judge", both, "--claims", claims, "--encoder", "othre").err


def test_a_slip_in_a_ledger_stops_a_study_before_it_begins(
    claims: Path, study: Path, tmp_path: Path, pretended: None, xstilts: Any
) -> None:
    assert "claims: 3 of mine" in xstilts("plan", study).out
    claims.write_text(LEDGER.replace('exams = ["lab-panx"]', 'exams = ["lab-panks"]'))
    for verb in (("plan", study), ("run", study, "--store", tmp_path / "fresh")):
        said = xstilts(*verb)
        assert said.code == 1
        assert "claim C2: There is no exam 'lab-panks'. Did you mean 'lab-panx'" in said.err
    assert not (tmp_path / "fresh" / "runs").exists()
