"""The answer in words says what the numbers say."""

from __future__ import annotations

import polars as pl
import pytest
from findings_synthetic import synthetic

from xstilts.findings.gains import gains, held_to, zero_shot
from xstilts.findings.holes import unfinished
from xstilts.findings.words import (
    MARKS,
    MEANING,
    answer,
    answer_sentences,
    between,
    caveats,
    from_margin,
    interval,
    signed,
    state,
)


@pytest.mark.parametrize(
    ("value", "text"), [(1.25, "+1.2"), (-0.64, "\N{MINUS SIGN}0.6"), (0.04, "0.0"), (-0.04, "0.0"), (0, "0.0")]
)
def test_signed(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.02, 57.2, "+0.0 to +57.2"),
        (-57.2, -0.04, "\N{MINUS SIGN}57.2 to \N{MINUS SIGN}0.0"),
        (-0.01, 0.01, "\N{MINUS SIGN}0.0 to +0.0"),
        (0, 1.26, "0.0 to +1.3"),
    ],
)
def test_the_end_of_an_interval_shows_on_which_side_of_zero_it_is(low: float, high: float, text: str) -> None:
    assert between(low, high) == text


def test_no_sure_gain_is_shown_with_an_interval_that_seems_to_hold_zero(table: pl.DataFrame) -> None:
    row = gains(table).filter(route="squad1", exam="lab-tatoeba", scope="zero-shot").row(0, named=True)
    assert state(row) == "up"
    assert interval(row | {"shown_low": 0.03}).startswith("+0.0 to ")


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


def test_over_another_route_nothing_is_said_of_helping(table: pl.DataFrame) -> None:
    """`none hurts` would be read as: nothing does. And what is below another route may still help."""
    opening, *told = answer(gains(table, baseline="squad1"))
    assert "of route and exam, each held against squad1:" in opening.text
    text = " ".join(one.text for one in told)
    assert "no stage (none) is below squad1 in lab-tatoeba: −" in text and "mnli is below squad1 in" in text
    assert not any(word in text for word in ("helps", "hurts", "none is", "none on"))


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


def test_a_margin_that_was_declared_is_told_of(table: pl.DataFrame) -> None:
    found = gains(table)
    wide = answer(held_to(found, 50))
    assert {one.state for one in wide} == {"", "small up", "small down", "same"}
    sure = zero_shot(found)["verdict"].value_counts()
    ups, downs, rest = (dict(sure.iter_rows()).get(name, 0) for name in ("up", "down", "unsure"))
    assert f"{ups} sure gains ({ups} of them within the margin)" in wide[0].text
    assert f"{rest} surely within the margin, none unsure. The margin is 50 points." in wide[0].text and downs
    assert wide[1].text.startswith("squad1 helps lab-tatoeba")
    assert "surely smaller than the margin of 50" in wide[1].text
    listed = next(one.text for one in wide if one.state == "same")
    assert listed.startswith("Surely smaller than the margin, either way:") and "ccg on lab-xnli" in listed


def test_without_the_sick_runs_a_gain_is_held_to_the_margin_too(table: pl.DataFrame) -> None:
    sick = (pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx") & (pl.col("seed") == 2)
    ill = table.with_columns(health=pl.when(sick).then(pl.lit("flat")).otherwise("health"))
    found = gains(ill)
    within = zero_shot(found).filter(route="ccg", exam="lab-panx")["healthy_within"].item()
    for margin, words in (
        (within * 1.01, "unsure, within the margin, 2 healthy"),
        (within * 0.99, "unsure, 2 healthy"),
    ):
        assert words in " ".join(caveats(held_to(found, margin)))


def test_the_margin_in_words_is_one_that_is_shown(table: pl.DataFrame) -> None:
    """Rounding to the nearest would print margins at which nothing is shown."""
    for row in gains(table).iter_rows(named=True):
        assert row["within"] - 1e-6 <= float(from_margin(row)) < row["within"] + 0.01


def test_sick_runs_are_told_of_with_and_without(table: pl.DataFrame) -> None:
    sick = (pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx") & (pl.col("seed") == 2)
    ill = table.with_columns(health=pl.when(sick).then(pl.lit("flat")).otherwise("health"))
    told = next(text for text in caveats(gains(ill)) if "counted in" in text)
    assert "ccg on lab-panx (without them +" in told and "unsure, 2 healthy seeds)" in told


def test_how_large_a_gain_would_have_been_seen(table: pl.DataFrame) -> None:
    found = gains(table)
    unsure = zero_shot(found).filter(pl.col("verdict") == "unsure")["detectable"]
    low, high = unsure.min(), unsure.max()
    assert f"a true gain of {low:.1f} to {high:.1f} points" in " ".join(caveats(found))


def beside_the_pivot(table: pl.DataFrame, more: float) -> pl.DataFrame:
    """The pivot is given a gain that differs from the mean of the others by `more`, plus a little noise a seed."""
    langs = table.filter(~pl.col("pivot"))
    mean = langs.group_by("route", "exam", "seed").agg(home=pl.col("value").mean() - more)
    near = table.join(mean, on=["route", "exam", "seed"], how="left", maintain_order="left")
    noise = pl.when(route="none").then(0.0).otherwise(0.2 * (pl.col("seed") - 2))
    lowered = pl.col("home") - pl.when(pl.col("route") == "none").then(-more).otherwise(0.0)
    return near.with_columns(value=pl.when("pivot").then(lowered + noise).otherwise("value")).drop("home")


def told_of(table: pl.DataFrame, begins: str) -> str:
    return next(one.text for one in answer(gains(table)) if one.text.startswith(begins))


@pytest.mark.parametrize(
    ("more", "words"), [(0.05, "gain more than that is not sure (−0.4 to +0.5)"), (-50.0, "this may be the task")]
)
def test_a_gain_that_only_follows_the_pivot_is_told_of(table: pl.DataFrame, more: float, words: str) -> None:
    assert words in told_of(beside_the_pivot(table, more), "squad1 helps lab-xquad")


def test_a_loss_beside_the_pivots_is_a_loss(table: pl.DataFrame) -> None:
    losses = beside_the_pivot(table, 0.05).with_columns(value=100 - pl.col("value"))
    assert "lose more than that is not sure (−0.5 to +0.4)" in told_of(losses, "squad1 hurts lab-xquad")


def test_what_is_missing_is_named_and_whole_exams_apart() -> None:
    gone = [f"none → x, seed {seed}" for seed in range(9)]
    assert unfinished([], []) == []
    assert unfinished(gone[:1], []) == ["Not finished: one result is missing (none → x, seed 0)."]
    counted, exams = unfinished(gone, ["x", "y"])
    assert counted.startswith("Not finished: 9 results are missing (none → x, seed 0, ") and counted.endswith("5, …).")
    assert exams == "Of x and y nothing is there: no average over exams has them in it."
