"""The statistics keep their promises: against scipy, by hand, and in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from xstilts.findings.statistics import estimate, holm, verdict


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


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_intervals_cover_what_they_promise(seeds: int) -> None:
    draw = np.random.default_rng(seeds)
    times = 6000
    inside = 0
    for sample in draw.normal(0.7, 1.3, (times, seeds)).tolist():
        found = estimate(sample)
        assert found.low is not None and found.high is not None
        inside += found.low <= 0.7 <= found.high
    assert inside / times == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize("grain", [0.0, 0.5])
@pytest.mark.parametrize("seeds", [3, 5])
def test_no_effect_is_rarely_called_one(seeds: int, grain: float) -> None:
    """In a grid of twelve pairs without any effect: how often is any of them called up? With coarse scores too."""
    draw = np.random.default_rng(11)
    times, ups, downs = 1500, 0, 0
    for _ in range(times):
        noise = draw.normal(0, 1, (12, seeds))
        sample = np.round(noise / grain) * grain if grain else noise
        found = [estimate(row) for row in sample.tolist()]
        called = [verdict(one.mean, p) for one, p in zip(found, holm([one.p for one in found]), strict=True)]
        ups += "up" in called
        downs += "down" in called
    assert ups / times <= 0.05
    assert (ups + downs) / times <= 0.05 + 0.015
