"""Text that a spreadsheet would run is guarded in every CSV file, and comes back as it was; numbers stay numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from findings_synthetic import synthetic
from hypothesis import given
from hypothesis import strategies as st

from xstilts.findings.gains import gains
from xstilts.findings.spreadsheet import guarded, unguarded
from xstilts.findings.table import read_table, write_table

FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "'=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(tmp_path: Path, text: str) -> None:
    table = synthetic().with_columns(pl.col("route").replace("squad1", text))
    for name, frame in (("scores", table), ("gains", gains(table))):
        path = write_table(frame, tmp_path / f"{name}.csv")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["route"] for row in rows} >= {f"'{text}"}
        assert not any(row["route"].startswith(tuple("=+-@\t\r\n")) for row in rows)
        losses = [row for row in rows if row.get("mean", "").startswith("-")]
        assert bool(losses) == (name == "gains") and all(float(row["mean"]) < 0 for row in losses)
    back = read_table(tmp_path / "scores.csv")
    assert set(back["route"]) == set(table["route"])


@given(st.lists(st.text(st.sampled_from("'=+-@\t\r\na1.e ＝"), max_size=6), min_size=1))
def test_every_text_comes_back(texts: list[str]) -> None:
    table = pl.DataFrame({"text": texts, "number": [-1.5] * len(texts)})
    safe = guarded(table)
    assert unguarded(safe).equals(table) and safe["number"].equals(table["number"])
    for text in safe["text"]:
        assert not text.startswith(tuple("=@\t\r\n＝")) and (text[:1] not in tuple("+-") or float(text) is not None)


def test_a_name_of_a_column_is_no_formula_either() -> None:
    table = pl.DataFrame({"=1+1": [1], "plain": [2]})
    assert guarded(table).columns == ["'=1+1", "plain"]
    assert unguarded(guarded(table)).columns == table.columns
