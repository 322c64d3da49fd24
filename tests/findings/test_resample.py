"""Languages and items drawn again: against variance components by hand, and where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from xstilts.findings.resample import beyond_languages, bootstrap


def test_languages_that_do_not_differ_leave_the_seeds_interval() -> None:
    by_seed = np.asarray([1.0, 2.0, 4.0])
    low, high = beyond_languages(np.repeat(by_seed[:, None], 5, axis=1)) or (0, 0)
    half = t.ppf(0.975, 2) * by_seed.std(ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((by_seed.mean() - half, by_seed.mean() + half))


def test_seeds_that_do_not_differ_leave_the_languages_interval() -> None:
    by_lang = np.asarray([1.0, 2.0, 4.0, 9.0])
    low, high = beyond_languages(np.repeat(by_lang[None], 3, axis=0)) or (0, 0)
    half = t.ppf(0.975, 3) * by_lang.std(ddof=1) / 2
    assert (low, high) == pytest.approx((by_lang.mean() - half, by_lang.mean() + half))


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


def test_noise_of_items_widens() -> None:
    gains = np.full((3, 4), 1.0)
    assert bootstrap(gains) == (1.0, 1.0)
    noise = np.random.default_rng(3).normal(0, 1, (4000, 4))
    low, high = bootstrap(gains, noise=noise, languages=False)
    assert (low, high) == pytest.approx((1 - 1.96 / 2, 1 + 1.96 / 2), abs=0.05)
