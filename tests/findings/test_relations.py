"""Correlations, lines and levels against other people's programs and against known worlds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from xstilts.errors import BadInput
from xstilts.findings.relations import least_squares, random_intercepts, ranks, spearman


def test_spearman_is_scipys() -> None:
    rng = np.random.default_rng(1)
    for n in (3, 5, 13, 80):
        x, y = rng.normal(size=n), rng.integers(0, 5, n).astype(float)
        wanted = stats.spearmanr(x, y)
        found = spearman(x.tolist(), y.tolist())
        assert (found.rho, found.p, found.n) == (pytest.approx(wanted.statistic), pytest.approx(wanted.pvalue), n)
        assert ranks(y).tolist() == stats.rankdata(y).tolist()


def test_spearman_of_nothing_is_nothing() -> None:
    assert spearman([1, 2, None, 4], [4, None, 3, 2]).n == 2
    assert spearman([1, 1, 1, 1], [1, 2, 3, 4]).rho is None
    perfect = spearman([1, 2, 3, 4], [10, 20, 30, 40])
    assert perfect.rho == 1 and perfect.p == 0


def test_least_squares_finds_the_line_and_its_errors() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    y = 3 + 2 * x + rng.normal(size=60)
    found, wanted = least_squares(y.tolist(), {"x": x.tolist()}), stats.linregress(x, y)
    slope = found.slopes["x"]
    assert (slope.value, slope.error, slope.p) == pytest.approx((wanted.slope, wanted.stderr, wanted.pvalue))
    assert found.slopes["intercept"].value == pytest.approx(wanted.intercept) and found.n == 60


def test_rows_with_holes_are_left_out() -> None:
    full = least_squares([1, 2, 4, 8], {"x": [0, 1, 2, 3]})
    holed = least_squares([1, 2, None, 4, 8, 9], {"x": [0, 1, 7, 2, 3, None]})
    assert holed == full and holed.n == 4


def test_levels_of_their_own_are_found() -> None:
    """Each language at a level far from the others: a plain line is fooled, and this one is not."""
    rng = np.random.default_rng(3)
    groups = [f"l{place}" for place in range(20) for _ in range(30)]
    level = {f"l{place}": value for place, value in enumerate(rng.normal(0, 8, 20))}
    x = np.array([rng.normal() + level[one] / 4 for one in groups])
    y = np.array([50 + 1.5 * one + level[name] + rng.normal() for one, name in zip(x, groups, strict=True)])
    fooled = least_squares(y.tolist(), {"x": x.tolist()}).slopes["x"]
    slope = (found := random_intercepts(y.tolist(), {"x": x.tolist()}, groups)).slopes["x"]
    assert abs(fooled.value - 1.5) > 1
    assert abs(slope.value - 1.5) < 3 * slope.error < 0.3
    assert found.groups == 20 and 4 < found.between < 12 and 0.9 < found.within < 1.1


def test_a_balanced_design_has_its_textbook_errors() -> None:
    """Every group with the same x: REML is the analysis of variance then, known in closed form."""
    rng = np.random.default_rng(4)
    groups, per = 12, 10
    x = np.tile(np.arange(per, dtype=float), groups)
    names = np.repeat(np.arange(groups), per)
    y = 2 + 0.5 * x + rng.normal(0, 3, groups)[names] + rng.normal(0, 1, groups * per)
    found = random_intercepts(y.tolist(), {"x": x.tolist()}, names.tolist())
    centred = x - per / 2 + 0.5
    slope = float(centred @ y / (centred @ centred))
    means = np.array([y[names == one].mean() for one in range(groups)])
    rest = y - means[names] - slope * centred
    within = float(rest @ rest) / (groups * (per - 1) - 1)
    between = means.var(ddof=1) - within / per
    assert found.slopes["x"].value == pytest.approx(slope)
    assert found.within**2 == pytest.approx(within, rel=1e-4) and found.between**2 == pytest.approx(between, rel=1e-3)
    assert found.slopes["x"].error == pytest.approx((within / (centred @ centred)) ** 0.5, rel=1e-3)


def test_groups_that_do_not_differ_leave_a_plain_line() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=200)
    y = x + np.tile([1.0, -1.0], 100)
    plain = least_squares(y.tolist(), {"x": x.tolist()}).slopes["x"]
    found = random_intercepts(y.tolist(), {"x": x.tolist()}, [place // 2 for place in range(200)])
    assert found.between < 0.01
    assert found.slopes["x"].value == pytest.approx(plain.value, abs=1e-3)
    assert found.slopes["x"].error == pytest.approx(plain.error, rel=1e-2)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(BadInput, match="too few"):
        least_squares([1, 2], {"x": [1, 2]})
    with pytest.raises(BadInput, match="never varies"):
        least_squares([1, 2, 3, 4], {"x": [1, 1, 1, 1]})
    with pytest.raises(BadInput, match="follows from the others"):
        random_intercepts([1, 2, 3, 5, 6], {"x": [1, 2, 3, 4, 5], "y": [2, 4, 6, 8, 10]}, list("aabbb"))
