"""Averages over exams: what a suite says, over the same scores on both sides, with its holes."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from xstilts.findings.averages import ALL, Average, Piece, average_gains, averages_of, of_suite
from xstilts.findings.gains import SCHEMA, gains, zero_shot
from xstilts.findings.table import COLUMNS
from xstilts.tasks.suites import Part, Suite

SUITE = Suite(
    name="small",
    title="Small",
    parts=(
        Part(task="a", exam="a", group="g", languages=("en", "de", "sw"), metrics=("accuracy",)),
        Part(task="b", exam="b", group="g", languages=("en", "de"), metrics=("exact", "f1")),
        Part(task="c", exam="c", group="h", languages=("de", "sw"), metrics=("f1",)),
    ),
)
BEFORE = {"accuracy": 50.0, "exact": 30.0, "f1": 40.0}
GAIN = {("a", "accuracy"): 3.0, ("b", "exact"): 1.0, ("b", "f1"): 5.0, ("c", "f1"): 6.0}


def rows(*, seeds: tuple[int, ...] = (1, 2, 3)) -> Iterator[tuple[object, ...]]:
    """Gains that grow by 1 a seed, by 2 in Swahili; metrics that no suite asks for stand beside."""
    for route in ("none", "mnli"):
        for part in SUITE.parts:
            for lang in part.languages:
                for seed in seeds:
                    for place, metric in enumerate((*part.metrics, "other")):
                        gain = GAIN.get((part.exam, metric), 99.0) + seed + 2 * (lang == "sw")
                        value = BEFORE.get(metric, 0.0) + (gain if route == "mnli" else 0)
                        yield (
                            "s", "x", route, part.exam, "span", lang, lang == "en", seed, metric, place == 0, value, 9,
                            "d", "ok", "", "last",
                        )  # fmt: skip


@pytest.fixture
def three() -> pl.DataFrame:
    return pl.DataFrame(list(rows()), schema=COLUMNS, orient="row")


def means(found: pl.DataFrame) -> dict[str, float]:
    return {name: pytest.approx(mean) for name, mean in found.select("exam", "mean").iter_rows()}


def test_a_suite_is_the_mean_of_its_parts_means(three: pl.DataFrame) -> None:
    found = average_gains(three, averages=of_suite(SUITE))
    assert found.schema == SCHEMA
    # On average over seeds 1, 2, 3 each gain is 2 more; Swahili's 2 are a third of a's mean and half of c's.
    a, b, c = 3 + 2 + 2 / 3, 3 + 2, 6 + 2 + 1
    assert dict(found.select("exam", "mean").iter_rows()) == means(
        pl.DataFrame({"exam": ["Small", "Small: g", "Small: h"], "mean": [(a + b + c) / 3, (a + b) / 2, c]})
    )
    assert found["scope"].to_list() == ["suite", "group", "group"]
    assert set(found["seeds"]) == {3} and set(found["correction"]) == {"holm"}
    assert found["sd"].to_list() == pytest.approx([1, 1, 1])
    assert found["left_out"].list.len().sum() == 0


def test_holes_leave_out_the_same_on_both_sides_and_take_the_name_away(three: pl.DataFrame) -> None:
    hole = (pl.col("exam") == "b") & (pl.col("lang") == "de") & (pl.col("metric") == "f1") & (pl.col("seed") == 2)
    for side in ("none", "mnli"):
        found = average_gains(three.filter(~(hole & (pl.col("route") == side))), averages=of_suite(SUITE)[:1])
        row = found.row(0, named=True)
        assert row["exam"] == "part of Small" and row["left_out"] == ["b de"]
        whole = average_gains(
            three.filter(~((pl.col("exam") == "b") & (pl.col("lang") == "de"))), averages=of_suite(SUITE)[:1]
        )
        assert row["mean"] == pytest.approx(whole["mean"][0])


def test_a_missing_exam_is_a_hole_by_its_name(three: pl.DataFrame) -> None:
    row = average_gains(three.filter(pl.col("exam") != "c"), averages=of_suite(SUITE)[:1]).row(0, named=True)
    assert row["exam"] == "part of Small" and row["left_out"] == ["c"] and row["languages"] == ["a", "b"]


def test_an_exam_without_one_seed_counts_in_none(three: pl.DataFrame) -> None:
    short = three.filter(~((pl.col("exam") == "c") & (pl.col("seed") == 3)))
    row = average_gains(short, averages=of_suite(SUITE)[:1]).row(0, named=True)
    assert row["seeds"] == 3 and row["left_out"] == ["c"]


def test_all_exams_are_the_mean_of_the_zero_shot_means(three: pl.DataFrame) -> None:
    found = average_gains(three)
    assert found["exam"].to_list() == [ALL]
    assert found["mean"][0] == pytest.approx(zero_shot(gains(three))["mean"].mean())


def test_which_suites_a_table_has(table: pl.DataFrame, three: pl.DataFrame) -> None:
    assert [one.name for one in averages_of(table)] == [ALL]
    assert [one.name for one in averages_of(three, {"small": SUITE})] == [ALL, "Small", "Small: g"]
    assert averages_of(three.filter(pl.col("exam") == "a"), {"small": SUITE}) == ()
    swapped = three.with_columns(pl.col("exam").replace({"a": "xquad", "b": "mlqa", "c": "tydiqa"}))
    assert "XTREME: qa" in [one.name for one in averages_of(swapped)]


def test_routes_and_sick_runs(three: pl.DataFrame) -> None:
    other = three.filter(pl.col("route") == "mnli").with_columns(route=pl.lit("squad"), value=pl.col("value") + 1)
    both = pl.concat([three, other])
    ill = both.with_columns(
        health=pl.when((pl.col("route") == "squad") & (pl.col("seed") == 3)).then(pl.lit("flat")).otherwise("health")
    )
    found = average_gains(ill, averages=of_suite(SUITE)[:1])
    assert found["route"].to_list() == ["mnli", "squad"] and set(found["family"]) == {2}
    assert found["sick"].to_list() == [0, 1]
    assert found["healthy_seeds"].to_list() == [3, 2]
    assert found["healthy_mean"][1] == pytest.approx(found["mean"][1] - 0.5)


def test_nothing_to_average(three: pl.DataFrame) -> None:
    absent = Average(name="no", scope="exams", pieces=(Piece("nowhere"),))
    assert average_gains(three, averages=(absent,)).is_empty()
    assert average_gains(three, averages=()).is_empty()
