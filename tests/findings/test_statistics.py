"""The statistics keep their promises: against scipy, by hand, and in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control, nct, t, ttest_1samp

from xstilts.findings.statistics import (
    CORRECT,
    Correction,
    benjamini_hochberg,
    detectable,
    equivalence,
    estimate,
    family_level,
    holm,
    simultaneous,
    t_intervals,
    verdict,
)


def test_estimate_agrees_with_scipy() -> None:
    values = [1.2, 0.4, 2.1, 0.9, 1.6]
    found, theirs = estimate(values), ttest_1samp(values, 0)
    low, high = theirs.confidence_interval(0.95)
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)
    assert found.half == pytest.approx((high - low) / 2)
    assert found.median == 1.2


def test_one_seed_has_no_interval() -> None:
    found = estimate([3.0])
    assert (found.mean, found.low, found.p, found.half, found.seeds) == (3.0, None, None, None, 1)
    assert verdict(found.mean, found.p) == "one seed"


@pytest.mark.parametrize("value", [0.0, 2.0, 0.1])
def test_the_same_gain_in_every_seed_is_no_proof(value: float) -> None:
    found = estimate([value] * 3)
    assert (found.sd, found.low, found.p) == (0.0, None, 1.0)
    assert verdict(found.mean, found.p) == "unsure"


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_what_cannot_be_estimated_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        estimate(values)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([None, 0.02, None]) == [None, 0.02, None]
    assert holm([]) == []


@pytest.mark.parametrize("grain", [0.0, 0.5])
@pytest.mark.parametrize("seeds", [3, 5])
def test_no_effect_is_rarely_called_one(seeds: int, grain: float) -> None:
    """In a grid of twelve pairs without any effect: how often is any of them called up? With coarse scores too."""
    times = 1500
    noise = np.random.default_rng(11).normal(0, 1, (times, 12, seeds))
    sample = np.round(noise / grain) * grain if grain else noise
    mean = sample.mean(axis=2)
    ps = t_intervals(mean, sample.std(axis=2, ddof=1), seeds)[2].tolist()
    called = [
        {verdict(one, p) for one, p in zip(means, holm(row), strict=True)}
        for means, row in zip(mean.tolist(), ps, strict=True)
    ]
    assert sum("up" in one for one in called) / times <= 0.05
    assert sum(bool({"up", "down"} & one) for one in called) / times <= 0.05 + 0.015


def test_benjamini_hochberg_agrees_with_scipy() -> None:
    ps = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
    assert benjamini_hochberg(ps) == pytest.approx(false_discovery_control(ps).tolist())
    assert benjamini_hochberg([None, 0.02, None]) == [None, 0.02, None]
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize("method", ["holm", "bh"])
@pytest.mark.parametrize("effects", [0, 4, 12])
def test_shown_intervals_leave_out_zero_exactly_where_the_test_is_sure(method: Correction, effects: int) -> None:
    draw = np.random.default_rng(effects)
    for _ in range(200):
        samples = draw.normal(0, 1, (12, 4)) + 2.5 * (np.arange(12) < effects)[:, None]
        mean, sd = samples.mean(axis=1), samples.std(axis=1, ddof=1)
        corrected = CORRECT[method](t_intervals(mean, sd, 4)[2].tolist())
        low, high, _ = t_intervals(mean, sd, 4, level=family_level(method, corrected))
        sure = np.asarray([p is not None and p < 0.05 for p in corrected])
        assert ((low > 0) | (high < 0)).tolist() == sure.tolist()


def test_levels_of_families() -> None:
    assert family_level("holm", [0.5, 0.6, 0.7, 0.9]) == pytest.approx(1 - 0.05 / 4)
    assert family_level("holm", [0.01, 0.02, 0.7, None]) == pytest.approx(1 - 0.05 / 2)
    assert family_level("bh", [0.01, 0.02, 0.7, 0.8]) == pytest.approx(1 - 0.05 / 2)
    assert family_level("bh", [None]) == 0.95
    assert simultaneous(4) == pytest.approx(1 - 0.05 / 4)


def test_no_difference_is_shown_not_assumed() -> None:
    near, far = [0.1, -0.1, 0.05, 0.0], [2.0, -2.0, 1.5, 0.3]
    found = equivalence(near, 0.5)
    assert found.p is not None and found.within is not None
    theirs = [
        ttest_1samp(near, -0.5, alternative="greater").pvalue,
        ttest_1samp(near, 0.5, alternative="less").pvalue,
    ]
    assert found.p == pytest.approx(max(theirs))
    # The smallest margin that would do is the one at which p is exactly 5%.
    assert equivalence(near, found.within).p == pytest.approx(0.05)
    unknown = equivalence(far, 0.5)
    assert unknown.p is not None and unknown.p > 0.05
    assert equivalence([1.0], 0.5).p is None and equivalence([0.0, 0.0], 0.5).p is None
    with pytest.raises(ValueError, match="above zero"):
        equivalence(near, 0.0)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_what_can_be_detected_agrees_with_the_noncentral_t(seeds: int, level: float) -> None:
    size = float(detectable(2.0, seeds, level=level))
    bar = t.ppf(0.5 + level / 2, seeds - 1)
    assert nct.sf(bar, seeds - 1, size / 2.0 * math.sqrt(seeds)) == pytest.approx(0.8, abs=1e-3)


def test_what_cannot_be_detected_has_no_size() -> None:
    assert np.isnan(detectable([1.0, 0.0], [1, 3])).all()
