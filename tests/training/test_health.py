"""Verdicts on trainings."""

import math

import numpy as np
import pytest

from xstilts.training import Health
from xstilts.training.health import CHECK, FEW, ends, hopeless, looks, of_dev, of_losses, of_tasks, running, worse
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


FALLEN, STUCK = (1.1, 0.7), (1.1, 1.0)
COLLAPSED, CHANCE = Health("collapsed", "one answer"), Health("chance", "33.0")


@pytest.mark.parametrize(
    ("verdicts", "ends", "state"),
    [
        ({"a": COLLAPSED}, {"a": STUCK}, "collapsed"),
        ({"a": COLLAPSED}, {"a": FALLEN}, "collapsed"),
        ({"a": CHANCE}, {"a": STUCK}, "chance"),
        # Learnt, and no good on other examples: a result.
        ({"a": CHANCE}, {"a": FALLEN}, "ok"),
        # Too short to say anything.
        ({"a": COLLAPSED}, {}, "ok"),
        # One task of several that is not learnt is told, and no reason to begin again.
        ({"a": COLLAPSED, "b": Health()}, {"a": STUCK, "b": FALLEN}, "ok"),
        ({"a": COLLAPSED, "b": CHANCE}, {"a": STUCK, "b": STUCK}, "collapsed"),
        ({}, {"words": STUCK}, "ok"),
    ],
    ids=["collapsed", "prior-only", "stuck", "overfitted", "short", "one-of-two", "both", "words"],
)
def test_hopeless(verdicts: dict[str, Health], ends: dict[str, tuple[float, float]], state: str) -> None:
    assert hopeless(verdicts, ends).state == state


def test_running() -> None:
    falling = list(FALLING)
    assert running({"a": falling}, carry_on=False) == Health()
    assert running({"a": [*falling, math.nan]}, carry_on=True).state == "diverged"
    exploded = {"a": falling, "b": [1.0] * 30 + [9.0] * CHECK}
    assert running(exploded, carry_on=False).why.startswith("b: the loss rose")
    assert running(exploded, carry_on=True) == Health()
    # A jump in the first steps does not hide that nothing is left of the start.
    assert running({"a": [1.1] + [90.0] * 20 + [40.0] * 20}, carry_on=False).state == "diverged"


def test_ends_need_steps() -> None:
    assert ends({"a": [1.0] * (2 * FEW - 1), "b": FALLING}).keys() == {"b"}


def test_tasks_are_flat_together_and_diverge_alone() -> None:
    flat, falling, wild = [1.0] * 50, list(FALLING), [1.0] * 50 + [9.0] * 50
    assert of_tasks({"a": flat, "words": falling}).state == "ok"
    assert of_tasks({"a": flat, "b": flat}) == Health("flat", "a: the loss went from 1.000 to 1.000")
    assert of_tasks({"a": falling, "b": wild}).why.startswith("b: the loss rose")
    assert of_tasks({"a": flat}).why == of_losses(flat).why and of_tasks({}).state == "ok"


def test_looks_come_after_the_rise_and_never_early() -> None:
    assert looks(1000, 100) == {500, 750} and looks(1000, 600) == {750} and looks(50, 0) == set()
