"""The answer in words says what the numbers say."""

from __future__ import annotations

import polars as pl
import pytest
from findings_synthetic import synthetic

from xstilts.findings.gains import gains
from xstilts.findings.words import MARKS, MEANING, answer, answer_sentences, signed, summary_rows


@pytest.mark.parametrize(
    ("value", "text"), [(1.25, "+1.2"), (-0.64, "\N{MINUS SIGN}0.6"), (0.04, "0.0"), (-0.04, "0.0"), (0, "0.0")]
)
def test_signed(value: float, text: str) -> None:
    assert signed(value) == text


def test_every_state_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == set(MEANING)
    assert len(set(MARKS.values())) == len(MARKS)


def test_the_answer_names_what_is_sure(table: pl.DataFrame) -> None:
    opening, *told = answer(gains(table))
    assert "12 pairs" in opening.text
    assert told[0].state == "up" and told[0].text.startswith("squad1 helps lab-tatoeba: +8.4 points")
    hurt = next(one for one in told if one.state == "down")
    assert "mnli hurts lab-tatoeba" in hurt.text and "down in 12 of 12 languages" in hurt.text
    assert any("The pivot moves at least as much" in one.text for one in told)
    text = " ".join(one.text for one in told)
    assert all(f"{route} on {exam}" in text for route, exam in [("ccg", "lab-xquad"), ("squad1", "lab-xnli")])


def test_caveats(table: pl.DataFrame) -> None:
    text = " ".join(answer_sentences(gains(table)))
    assert "3 seeds" in text and "Holm" in text and "12 tests" in text and "pivot" in text
    holed = table.filter(~((pl.col("route") == "ccg") & (pl.col("lang") == "lab-mid")))
    assert "lab-panx lab-mid (ccg)" in " ".join(answer_sentences(gains(holed)))


def test_one_seed_is_said_first() -> None:
    assert answer_sentences(gains(synthetic(seeds=(4,))))[0].startswith("With one seed nothing is sure")


def test_nothing_to_answer(table: pl.DataFrame) -> None:
    found = gains(table.filter(pl.col("route") == "none"))
    assert answer_sentences(found) == [answer(found)[0].text]
    assert "No answer yet" in answer(found)[0].text
    assert summary_rows(found) == []


def test_summary_has_a_row_for_each_route(table: pl.DataFrame) -> None:
    holed = table.filter(~((pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx")))
    rows = summary_rows(gains(holed))
    assert [row["route"] for row in rows] == ["squad1", "mnli", "ccg"]
    assert rows[0]["lab-tatoeba"] == "+8.4 ± 2.4 ▲"
    assert rows[2]["lab-panx"] == "-"
