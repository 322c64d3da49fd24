"""Gains: paired by seed, over the same languages on both sides, judged as families."""

from __future__ import annotations

import polars as pl
import pytest
from findings_synthetic import GAIN, PIVOT, synthetic
from scipy.stats import t as student

from xstilts.errors import BadInput, UnknownName
from xstilts.findings.gains import SCHEMA, gains, held_to, leaning, pivots, zero_shot
from xstilts.findings.words import state


def cell(found: pl.DataFrame, route: str, exam: str) -> dict[str, object]:
    return zero_shot(found).filter((pl.col("route") == route) & (pl.col("exam") == exam)).row(0, named=True)


def test_known_gains_are_found(table: pl.DataFrame) -> None:
    found = gains(table)
    assert found.schema == SCHEMA
    assert cell(found, "squad1", "lab-tatoeba")["verdict"] == "up"
    assert cell(found, "mnli", "lab-tatoeba")["verdict"] == "down"
    assert cell(found, "squad1", "lab-xnli")["verdict"] == "unsure"
    assert cell(found, "squad1", "lab-xquad")["mean"] == pytest.approx(6, abs=1.5)
    assert set(zero_shot(found)["family"]) == {12}
    assert len(zero_shot(found)) == len(GAIN) * 4


def test_noise_that_a_seed_shares_cancels(table: pl.DataFrame) -> None:
    shifted = table.with_columns(value=pl.col("value") + 5 * pl.col("seed"))
    before, after = gains(table), gains(shifted)
    assert after["mean"].to_list() == pytest.approx(before["mean"].to_list())
    assert after["verdict"].to_list() == before["verdict"].to_list()


def test_the_pivot_stands_apart(table: pl.DataFrame) -> None:
    found = gains(table)
    assert all(PIVOT not in langs for langs in zero_shot(found)["languages"])
    assert ("squad1", "lab-xquad") in pivots(found)
    assert ("squad1", "lab-tatoeba") not in pivots(found)
    moved = table.with_columns(value=pl.when("pivot").then(0.0).otherwise("value"))
    beside = ["pivot_mean", "beyond", "beyond_low", "beyond_high"]
    assert zero_shot(gains(moved)).drop(beside).equals(zero_shot(found).drop(beside))


def test_a_hole_leaves_its_language_out_on_both_sides(table: pl.DataFrame) -> None:
    hole = (pl.col("route") == "none") & (pl.col("exam") == "lab-panx") & (pl.col("lang") == "lab-mid")
    holed = table.filter(~(hole & (pl.col("seed") == 2)))
    row = cell(gains(holed), "ccg", "lab-panx")
    assert row["left_out"] == ["lab-mid"]
    assert "lab-mid" not in row["languages"]  # type: ignore[operator]
    assert row["seeds"] == 3
    without = gains(table.filter(pl.col("lang") != "lab-mid"))
    assert row["mean"] == pytest.approx(cell(without, "ccg", "lab-panx")["mean"])


def test_a_score_that_is_no_number_is_a_hole(table: pl.DataFrame) -> None:
    bad = (pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx") & (pl.col("lang") == "lab-mid")
    for value in (float("nan"), None):
        broken = table.with_columns(value=pl.when(bad).then(pl.lit(value)).otherwise("value"))
        assert cell(gains(broken), "ccg", "lab-panx")["left_out"] == ["lab-mid"]


def test_a_missing_seed_is_missing_on_both_sides(table: pl.DataFrame) -> None:
    found = gains(table.filter(~((pl.col("route") == "none") & (pl.col("seed") == 3))))
    assert set(found["seeds"]) == {2}


def test_one_seed() -> None:
    found = gains(synthetic(seeds=(1,)))
    assert set(found["verdict"]) == {"one seed"}
    assert found["low"].null_count() == len(found)
    assert set(found["family"]) == {0}


def test_gains_without_spread_are_unsure(table: pl.DataFrame) -> None:
    first = table.filter(pl.col("seed") == 1)
    same = pl.concat([first.with_columns(seed=pl.lit(seed, pl.Int64)) for seed in (1, 2, 3)])
    found = gains(same)
    assert set(found["verdict"]) == {"unsure"}
    assert not any(leaning(row) for row in found.iter_rows(named=True))


def test_sick_runs_count_unless_asked_otherwise(table: pl.DataFrame) -> None:
    sick = (pl.col("route") == "none") & (pl.col("exam") == "lab-xnli") & (pl.col("seed") == 1)
    ill = table.with_columns(health=pl.when(sick).then(pl.lit("collapsed")).otherwise("health"))
    kept, clean = gains(ill), gains(ill, healthy=True)
    assert cell(kept, "mnli", "lab-xnli")["sick"] == 1
    assert cell(kept, "mnli", "lab-xnli")["seeds"] == 3
    assert cell(clean, "mnli", "lab-xnli")["seeds"] == 2
    assert cell(kept, "mnli", "lab-panx")["sick"] == 0


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
def test_what_is_within_a_margin_agrees_with_all_that_is_printed(table: pl.DataFrame, margin: float) -> None:
    """The sign, the margin that is printed, the interval beside it, and whether the gain is sure: one rule for all."""
    plain, found = gains(table), held_to(gains(table), margin)
    assert found.drop("margin", "same").equals(plain.drop("margin", "same"))
    assert plain["same"].null_count() == len(plain) and set(found["margin"]) == {margin}
    for row in found.iter_rows(named=True):
        assert row["same"] == (row["within"] < margin)
        assert row["within"] >= max(abs(row["shown_low"]), abs(row["shown_high"]), abs(row["high"])) - 1e-9
        if row["same"]:
            assert -margin < row["shown_low"] < row["shown_high"] < margin
            assert state(row) == {"up": "small up", "down": "small down", "unsure": "same"}[row["verdict"]]
        else:
            assert state(row) not in ("same", "small up", "small down")


def test_the_margin_is_corrected_for_all_that_was_looked_at(table: pl.DataFrame) -> None:
    """The far end of a t interval at Bonferroni's level, by scipy."""
    row = cell(gains(table), "ccg", "lab-xnli")
    half = student.ppf(1 - 0.05 / 12 / 2, 2) * row["sd"] / 3**0.5  # type: ignore[operator]
    assert row["within"] == pytest.approx(abs(row["mean"]) + half)  # type: ignore[arg-type]


@pytest.mark.parametrize("seeds", [(1, 2), (1, 2, 3)])
@pytest.mark.parametrize("spread", [0.3, 3.0])
def test_what_is_said_of_other_languages_holds_what_is_printed(seeds: tuple[int, ...], spread: float) -> None:
    """Else a gain could be sure for all languages, and unsure for the ones at hand."""
    for row in zero_shot(gains(synthetic(seeds=seeds, spread=spread))).iter_rows(named=True):
        assert row["general_low"] <= row["shown_low"] + 1e-9 and row["shown_high"] - 1e-9 <= row["general_high"]
        assert row["general_low"] <= row["low"] and row["high"] <= row["general_high"]


def test_nothing_to_judge_by_is_within_no_margin() -> None:
    assert not held_to(gains(synthetic(seeds=(1,))), 50)["same"].any()


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_decides_nothing_is_refused(table: pl.DataFrame, margin: float) -> None:
    with pytest.raises(BadInput, match="decides nothing"):
        held_to(gains(table), margin)


def test_what_cannot_be_compared_is_refused(table: pl.DataFrame) -> None:
    with pytest.raises(UnknownName, match="squad1"):
        gains(table, baseline="squad")
    with pytest.raises(BadInput, match="Two scores"):
        gains(pl.concat([table, table.head(1)]))
    with pytest.raises(BadInput, match="mixes"):
        gains(pl.concat([table, table.with_columns(encoder=pl.lit("other"))]))


def test_another_baseline(table: pl.DataFrame) -> None:
    found = gains(table, baseline="mnli")
    assert set(found["baseline"]) == {"mnli"} and set(gains(table)["baseline"]) == {"none"}
    assert "none" in set(found["route"])
    assert "mnli" not in set(found["route"])


def test_only_the_baseline(table: pl.DataFrame) -> None:
    assert gains(table.filter(pl.col("route") == "none")).is_empty()
