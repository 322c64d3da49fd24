"""Verdicts on trainings."""

import math

import numpy as np
import pytest

from xstilts.training import Health
from xstilts.training.health import of_dev, of_losses, worse
from xstilts.training.record import thin

FALLING = list(np.linspace(1.1, 0.3, 100))


@pytest.mark.parametrize(
    ("losses", "state"),
    [
        (FALLING, "ok"),
        ([1.1, math.nan, 1.0], "diverged"),
        ([1.1, math.inf], "diverged"),
        ([1.1] * 50 + [9.0] * 50, "diverged"),
        ([1.1] * 100, "flat"),
        ([0.7, 1.2], "ok"),
        ([], "ok"),
    ],
)
def test_losses(losses: list[float], state: str) -> None:
    assert of_losses(losses).state == state


@pytest.mark.parametrize(
    ("predictions", "score", "state"),
    [
        (["a", "b", "c"] * 100, 80.0, "ok"),
        (["a"] * 300, 33.0, "collapsed"),
        (["a"] * 300, 100.0, "ok"),
        (["a", "b", "c"] * 100, 35.0, "chance"),
        (["a"] * 5, 33.0, "ok"),
        ([["O", "O"]] * 300, 70.0, "collapsed"),
    ],
)
def test_dev(predictions: list[object], score: float, state: str) -> None:
    verdict = of_dev(predictions, score=score, chance=100 / 3)
    assert verdict.state == state and bool(verdict.why) == (state != "ok")


def test_the_gravest_wins() -> None:
    verdicts = [Health(), Health("flat", "x"), Health("diverged", "y"), Health("collapsed", "z")]
    assert worse(*verdicts).why == "y" and worse(Health()) == Health()


def test_thinned_losses_keep_the_mean() -> None:
    losses = [float(i) for i in range(1001)]
    points = thin(losses)
    assert len(points) <= 200 and points[-1][0] == 1001
    weights = np.diff([0, *(step for step, _ in points)])
    assert np.average([loss for _, loss in points], weights=weights) == pytest.approx(np.mean(losses))
    assert thin([]) == [] and thin([2.0]) == [(1, 2.0)]
