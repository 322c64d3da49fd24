"""The statistics keep their promises: a small run of bench/coverage.py, and the page that tells of a large one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TOLERANCE = 3.5
"""Standard errors that a rate may be off: seeds are fixed, so what passes once passes always."""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_bench", ROOT / "bench" / "coverage.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def slack(rate: float, draws: int) -> float:
    return TOLERANCE * (rate * (1 - rate) / draws) ** 0.5


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_t_intervals_cover_and_percentiles_do_not(bench: ModuleType, seeds: int) -> None:
    found = bench.covered(bench.NOISE["normal"], seeds, 1000)
    assert found["t"] == pytest.approx(0.95, abs=slack(0.95, 1000))
    promised = {3: 0.75, 5: 0.84, 10: 0.90}[seeds]
    assert found["percentiles"] == pytest.approx(promised, abs=slack(promised, 1000) + 0.01)


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("noise", ["in steps of 0.5 sd", "one run in 20 fails"])
def test_coarse_scores_and_failing_runs_make_no_false_gains(bench: ModuleType, noise: str, seeds: int) -> None:
    assert bench.covered(bench.NOISE[noise], seeds, 600)["t"] > 0.93 - slack(0.93, 600)


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("real", [0, 4, 12])
def test_holm_rarely_calls_any_pair_falsely(bench: ModuleType, real: int, seeds: int) -> None:
    found = bench.family("holm", 12, real, 3.0, seeds, 1500)
    assert found["any false"] <= 0.05 + slack(0.05, 1500)
    assert found["missed of sure"] <= 0.05 + slack(0.05, 1500)
    assert found["all hold (Bonferroni)"] >= 0.95 - slack(0.95, 1500)
    if real and seeds == 10:
        assert found["found of real"] > 0.99


@pytest.mark.parametrize("real", [0, 12])
def test_few_of_the_languages_called_are_called_falsely(bench: ModuleType, real: int) -> None:
    found = bench.family("bh", 36, real, 3.0, 5, 800, 0.5)
    assert found["false of sure"] <= 0.05 + slack(0.05, 800)
    assert found["missed of sure"] <= 0.05 + slack(0.05, 800)
    if real:
        assert found["found of real"] > 0.9


@pytest.mark.parametrize("langs", [5, 10, 40])
@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize(("of_langs", "of_seeds"), [(2.0, 1.0), (0.2, 1.0)])
def test_what_is_said_of_other_languages_and_items_holds(
    bench: ModuleType, of_langs: float, of_seeds: float, seeds: int, langs: int
) -> None:
    found = bench.languages(of_langs, of_seeds, seeds, langs, 400)
    assert found["languages too"] >= 0.94 - slack(0.94, 400)
    assert found["items too"] >= 0.945 - slack(0.945, 400)
    if of_langs > of_seeds and seeds == 10:
        assert found["seeds alone"] < 0.9


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_no_difference_is_rarely_shown_where_there_is_one(bench: ModuleType, seeds: int) -> None:
    assert bench.no_difference(1.0, 1.0, seeds, 2000) <= 0.025 + slack(0.025, 2000)
    assert bench.no_difference(0.0, 1.0, 10, 2000) > 0.6


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize(("margin", "at_it"), [(1.0, 6), (3.0, 12)])
def test_rarely_is_any_pair_of_a_family_falsely_within_the_margin(
    bench: ModuleType, margin: float, at_it: int, seeds: int
) -> None:
    found = bench.margins(margin, at_it, seeds, 1500)
    assert found["any false"] <= 0.05 + slack(0.05, 1500)
    if (margin, seeds) == (3.0, 10):
        # What a level that widens with every sure gain would do: why the margin has a level of its own.
        assert found["at Holm's level"] > 0.2


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_detectable_gain_is_found_four_times_of_five(bench: ModuleType, seeds: int) -> None:
    assert bench.power(seeds, 2000) == pytest.approx(0.8, abs=slack(0.8, 2000))


def test_items_drawn_again_cover(bench: ModuleType) -> None:
    assert bench.items(200, 200)["percentiles"] >= 0.94 - slack(0.94, 200)


def test_the_page_shows_the_rates_that_were_computed(bench: ModuleType) -> None:
    told = json.loads(bench.RESULT.read_text())
    text = bench.PAGE.read_text(encoding="utf-8")
    assert told["draws"] == bench.DRAWS == 4000 and "4,000 studies" in text
    assert bench.page(text, told["rates"]) == text
    assert set(told["rates"]) == set(bench.TABLES)
    assert set(told["rates"]["families"]) == {f"{name}, {n} seeds" for name in bench.FAMILIES for n in bench.SEEDS}
    with pytest.raises(ValueError, match="no place"):
        bench.page(text.replace("<!-- same -->", ""), told["rates"])
