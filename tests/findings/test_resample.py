"""Languages and items drawn again: against variance components by hand, and where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t

from xstilts.findings.resample import beyond_languages, bootstrap
from xstilts.findings.statistics import t_intervals


def test_languages_that_do_not_differ_leave_the_seeds_interval() -> None:
    by_seed = np.asarray([1.0, 2.0, 4.0])
    low, high = beyond_languages(np.repeat(by_seed[:, None], 5, axis=1)) or (0, 0)
    half = t.ppf(0.975, 2) * by_seed.std(ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((by_seed.mean() - half, by_seed.mean() + half))


def test_seeds_that_hardly_differ_leave_the_languages_interval() -> None:
    by_lang = np.asarray([1.0, 2.0, 4.0, 9.0])
    low, high = beyond_languages(by_lang[None] + np.asarray([[0.0], [1e-5], [2e-5]])) or (0, 0)
    half = t.ppf(0.975, 3) * by_lang.std(ddof=1) / 2
    assert (low, high) == pytest.approx((by_lang.mean() - half, by_lang.mean() + half), abs=1e-3)


@given(
    gains=arrays(
        float, st.tuples(st.integers(2, 10), st.integers(2, 12)), elements=st.integers(-400, 400).map(lambda n: n / 10)
    ),
    level=st.sampled_from([0.9, 0.95, 0.996]),
    items=st.sampled_from([0.0, 0.01, 2.0]),
)
@example(
    gains=np.asarray([[1.0, 4.0, -2.0, 3.0, 0.0], [2.0, 3.0, 0.0, 4.0, 1.0]]) * [[1.0], [1.2]], level=0.95, items=0.0
)
@settings(deadline=None, max_examples=200, derandomize=True)
def test_to_say_more_is_never_surer(gains: np.ndarray, level: float, items: float) -> None:
    """Other languages too, and then other items too: each interval holds the one before it."""
    means = gains.mean(axis=1)
    crossed, whole = beyond_languages(gains, level=level), beyond_languages(gains, level=level, items=items)
    low, high, _ = t_intervals(means.mean(), means.std(ddof=1), len(means), level=level)
    if np.isnan(low):
        assert crossed is None and whole is None
        return
    assert crossed is not None and whole is not None
    assert whole[0] - 1e-9 <= crossed[0] <= low + 1e-9 and high - 1e-9 <= crossed[1] <= whole[1] + 1e-9
    assert not items or whole[1] > crossed[1]


@pytest.mark.parametrize("shape", [(1, 5), (5, 1)])
def test_one_seed_or_one_language_says_nothing_of_others(shape: tuple[int, int]) -> None:
    assert beyond_languages(np.arange(5.0).reshape(shape)) is None


def test_what_does_not_vary_has_no_interval() -> None:
    assert beyond_languages(np.full((3, 4), 2.0)) is None


def test_the_bootstrap_repeats_itself_and_knows_its_seed() -> None:
    gains = np.random.default_rng(1).normal(2, 1, (5, 8))
    assert bootstrap(gains) == bootstrap(gains)
    assert bootstrap(gains) != bootstrap(gains, seed=1)


def test_the_bootstrap_agrees_with_its_own_formula() -> None:
    """With many seeds and languages the percentiles are those of a normal with both variances."""
    rng = np.random.default_rng(2)
    gains = 3 + rng.normal(0, 1, (60, 1)) + rng.normal(0, 2, (1, 80))
    sd = np.sqrt(gains.mean(axis=1).var() / 60 + gains.mean(axis=0).var() / 80)
    low, high = bootstrap(gains)
    assert (low, high) == pytest.approx((gains.mean() - 1.96 * sd, gains.mean() + 1.96 * sd), abs=0.05 * sd)
    fixed = bootstrap(gains, languages=False)
    assert fixed[1] - fixed[0] == pytest.approx(2 * 1.96 * np.sqrt(gains.mean(axis=1).var() / 60), rel=0.05)


def test_languages_of_one_family_are_drawn_together() -> None:
    gains = np.repeat(np.asarray([[0.0, 10.0]]), 4, axis=0).repeat(6, axis=1)
    apart = bootstrap(gains)
    together = bootstrap(gains, families=["a"] * 6 + ["b"] * 6)
    assert together == pytest.approx((0, 10))
    assert apart[1] - apart[0] < 7


def test_items_that_vary_most_leave_their_own_interval() -> None:
    gains = 3 + np.random.default_rng(3).normal(0, 0.1, (3, 4))
    low, high = beyond_languages(gains, items=10.0) or (0, 0)
    assert (low, high) == pytest.approx((gains.mean() - 19.6, gains.mean() + 19.6), rel=0.001)
