"""Rules: what they say agrees with the intervals that are shown, and with the textbook."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress, permutation_test, spearmanr, ttest_1samp

from xstilts.findings.claims import rules
from xstilts.findings.claims.rules import Evidence

VALUES = st.lists(st.floats(-20, 20).map(lambda value: round(value, 2)), min_size=2, max_size=8)
MARGINS = st.sampled_from([0.0, 0.5, 2.0, 5.0])
LEVELS = st.sampled_from([0.8, 0.95, 0.99])


def decided(found: Evidence, level: float) -> str:
    if found.p >= 1 - level:
        return "open"
    return "shown" if found.shown < found.refuted else "refuted"


def clear(found: Evidence, level: float, *edges: float) -> tuple[float, float] | None:
    """The interval, unless an end touches an edge so nearly that rounding decides."""
    ends = found.interval(level)
    near = ends is None or any(abs(end - edge) < 1e-6 for end in (*ends, found.estimate) for edge in edges)
    return None if near else ends


@given(VALUES, MARGINS, LEVELS)
@settings(max_examples=150, deadline=None)
def test_a_direction_is_read_off_its_interval(values: list[float], margin: float, level: float) -> None:
    found = rules.direction(values, margin)
    ends = clear(found, level, 0.0, margin)
    if ends is not None:
        expected = "shown" if ends[0] > 0 and found.estimate >= margin else "refuted" if ends[1] < margin else "open"
        assert decided(found, level) == expected


@given(VALUES, MARGINS, LEVELS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_an_absence_is_read_off_its_interval(values: list[float], margin: float, level: float, equal: bool) -> None:
    found = rules.absence(values, margin, equal=equal)
    ends = clear(found, level, margin, -margin)
    if ends is not None:
        low, high = ends
        shown = high < margin and (not equal or low > -margin)
        refuted = low > margin or (equal and high < -margin)
        assert decided(found, level) == ("shown" if shown else "refuted" if refuted else "open")


@given(VALUES, st.floats(-5, 5), st.sampled_from([0.5, 2.0]), LEVELS)
@settings(max_examples=150, deadline=None)
def test_a_magnitude_is_read_off_its_interval(values: list[float], size: float, margin: float, level: float) -> None:
    found = rules.magnitude(values, size, margin)
    ends = clear(found, level, size - margin, size + margin)
    if ends is not None:
        low, high = ends
        shown, refuted = low > size - margin and high < size + margin, high < size - margin or low > size + margin
        assert decided(found, level) == ("shown" if shown else "refuted" if refuted else "open")


def test_one_sided_p_values_are_the_textbooks() -> None:
    values = [1.2, 0.4, 2.1, 0.9, 1.6]
    assert rules.above(values, 0.5) == pytest.approx(ttest_1samp(values, 0.5, alternative="greater").pvalue)
    assert rules.below(values, 0.5) == pytest.approx(ttest_1samp(values, 0.5, alternative="less").pvalue)


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0, 3.0]], ids=["one-seed", "no-spread"])
def test_one_value_shows_nothing(values: list[float]) -> None:
    for found in (rules.direction(values, 1), rules.absence(values, 1), rules.magnitude(values, 3, 1)):
        assert (found.p, found.interval(0.95)) == (1.0, None)


def test_so_many_of_n() -> None:
    def cell(shown: float, refuted: float) -> Evidence:
        return Evidence(estimate=0.0, n=5, shown=shown, refuted=refuted)

    cells = [cell(0.001, 0.9), cell(0.004, 0.8), cell(0.2, 0.3), cell(0.9, 0.002)]
    p = {need: rules.several(cells, need, [1.0, 2.0]) for need in (1, 2, 3, 4)}
    assert [p[need].shown for need in (1, 2, 3, 4)] == pytest.approx([0.004, 0.012, 0.4, 0.9])
    # To contradict "3 of 4", two cells must be contradicted: the second smallest, three times.
    assert p[3].refuted == pytest.approx(min(1, 3 * 0.3))
    assert p[4].refuted == pytest.approx(4 * 0.002)
    assert [rules.needed(word, 9) for word in ("all", "most", "any")] == [9, 5, 1]
    assert rules.needed("most", 4) == 3


def test_a_ranking_needs_every_contrast_and_falls_by_one() -> None:
    good, bad = [2.0, 2.5, 2.2, 2.4], [-2.0, -2.5, -2.2, -2.4]
    sure = rules.ranking({"m-o": good, "m-p": [value + 1 for value in good]})
    assert decided(sure, 0.95) == "shown"
    assert sure.note == "m-o"
    mixed = rules.ranking({"m-o": good, "m-p": bad})
    assert decided(mixed, 0.95) == "refuted"
    assert mixed.refuted == pytest.approx(2 * rules.below(bad, 0))
    assert decided(rules.ranking({"m-o": good, "m-p": [-0.1, 0.2, 0.1, -0.2]}), 0.95) == "open"
    assert decided(rules.ranking({"m-o": bad}, margin=5), 0.95) == "open"


def test_rank_correlation_is_spearmans_with_a_permutation_p() -> None:
    like = np.array([0, 0, 0, 0.5, 0.5, 0.5, 1, 1])
    gains = np.array([0.1, -0.3, 0.4, 1.0, 0.2, 0.9, 2.0, 1.5])
    found = rules.rank_correlation(like[:, None], gains[:, None], 0.3)
    assert found.estimate == pytest.approx(spearmanr(like, gains).statistic)
    exact = permutation_test(
        (gains,), lambda x: spearmanr(like, x).statistic, permutation_type="pairings", alternative="greater",
        n_resamples=2000, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found.shown == pytest.approx(exact.pvalue, abs=0.01)
    assert (found.n, found.unit, found.interval(0.95)) == (8, "task", None)
    turned = rules.rank_correlation(like[:, None], -gains[:, None], 0.3)
    assert decided(turned, 0.95) == "refuted"


def test_an_exam_to_which_all_tasks_are_alike_does_not_count() -> None:
    like, gains = np.array([[0.0, 1], [0, 0], [0, 0.5], [0, 0]]), np.array([[5.0, 3], [1, 0], [2, 1], [9, -1]])
    assert rules.rank_correlation(like, gains, 0).estimate == pytest.approx(
        spearmanr(like[:, 1], gains[:, 1]).statistic
    )
    assert rules.rank_correlation(like[:, :1], gains[:, :1], 0).p == 1.0


def test_a_slope_is_the_textbooks() -> None:
    x, y = [0.1, 0.4, 0.5, 0.8, 1.0], [1.0, 2.2, 1.9, 3.5, 3.4]
    found, theirs = rules.slope(x, y, 0.0), linregress(x, y)
    assert found.estimate == pytest.approx(theirs.slope)
    assert found.error == pytest.approx(theirs.stderr)
    assert found.shown == pytest.approx(theirs.pvalue / 2)
    assert found.unit == "family" and found.df == 3
    assert rules.slope([0, 1, 2], [0, 1, 2], 0.5).p == 1.0, "points on a line have no spread: no proof"


def test_the_estimate_must_reach_the_margin() -> None:
    values = [0.9, 1.0, 1.1, 0.95, 1.05]
    assert decided(rules.direction(values, 0.5), 0.95) == "shown"
    assert math.isclose(rules.direction(values, 2.0).shown, 1.0)
    assert decided(rules.direction(values, 2.0), 0.95) == "refuted"
