"""Figures of published tables come out of the package's functions, to the digits that are given.

XSTILTS_TABLES names the folder of tables with its `figures.json`, or they stand in shared/tables beside the repository;
else these tests skip. `bench/published_figures.py` holds the declarations and prints the comparison.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import published_figures as bench  # noqa: E402

from xstilts.findings.replay import bring, published, read_table  # noqa: E402
from xstilts.findings.replay.tables import is_result_table  # noqa: E402
from xstilts.studies.records.store import Store  # noqa: E402


def folder() -> Path | None:
    """Where the tables are, if they are here."""
    named = os.environ.get("XSTILTS_TABLES")
    place = Path(named) if named else ROOT.parent / "shared" / "tables"
    return place if (place / "figures.json").is_file() else None


TABLES = folder()
GIVEN = json.loads((TABLES / "figures.json").read_text("utf-8")) if TABLES else {}
SLOW = {"litmus_sumeval", "mteb_bitext"}
pytestmark = pytest.mark.skipif(not GIVEN, reason="no published tables: set XSTILTS_TABLES to their folder")


@pytest.fixture(scope="module")
def tables() -> bench.Tables:
    """Each table is read once."""
    assert TABLES is not None
    return bench.Tables(TABLES)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in bench.FIGURES]
)
def test_the_figures_come_out(name: str, tables: bench.Tables) -> None:
    rows = list(bench.agreement(GIVEN[name], bench.FIGURES[name](tables)))
    assert [(place, given, ours) for place, given, ours, agrees in rows if not agrees] == []
    assert rows


def test_no_table_of_figures_is_passed_over() -> None:
    assert set(GIVEN) == set(bench.FIGURES)


@pytest.mark.slow
def test_every_table_goes_through_a_store(tmp_path: Path) -> None:
    assert TABLES is not None
    store = Store(tmp_path)
    tables = [read_table(path) for path in sorted(TABLES.glob("*.csv.gz")) if is_result_table(path)]
    assert all(table.licence and table.source for table in tables)
    assert bring(store, tables).scores == sum(len(table.rows) for table in tables)
    for table in tables:
        found = published(store, table.rows[0].study)
        assert sorted(found["value"]) == sorted(row.score for row in table.rows)


def test_a_figure_that_is_off_is_seen() -> None:
    given = {"mean": 1.25, "names": ["a"], "table": [{"route": "r", "x": [1.0, 0.5, 1.5]}]}
    ours = {"mean": 1.254, "names": ["a"], "table": [{"route": "r", "x": [1.0, 0.5, 1.5]}]}
    assert all(agrees for *_, agrees in bench.agreement(given, ours))
    for wrong in ({**ours, "mean": 1.26}, {**ours, "names": ["b"]}, {**ours, "table": []}, {"mean": 1.25}):
        assert not all(agrees for *_, agrees in bench.agreement(given, wrong))
