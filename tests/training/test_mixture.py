"""Mixtures: the published shares, schedules as drawn, and streams that know nothing of what came before."""

import numpy as np
import pytest

from xstilts.errors import BadStudy
from xstilts.training import Mixture
from xstilts.training.streams import number, stream

NINE = {
    "anli-plus": 1_104_934, "mnli": 392_702, "qqp": 363_846, "squad1": 87_599, "squad2": 130_319,
    "hellaswag": 39_905, "ccg": 38_015, "cosmosqa": 25_262, "commonsenseqa": 9_741,
}  # fmt: skip


def test_nine_tasks_of_phang_2020() -> None:
    shares = Mixture().probabilities(list(NINE.values()))
    capped = [min(size, 2**17) for size in NINE.values()]
    np.testing.assert_allclose(shares, np.array(capped) / sum(capped))
    assert shares.sum() == pytest.approx(1)
    assert shares.round(3).tolist() == [0.181, 0.181, 0.181, 0.121, 0.18, 0.055, 0.053, 0.035, 0.013]


def test_other_rules() -> None:
    np.testing.assert_allclose(Mixture(rule="uniform").probabilities([1, 9]), [0.5, 0.5])
    np.testing.assert_allclose(Mixture(rule="temperature", temperature=2.0).probabilities([1, 9]), [0.25, 0.75])
    np.testing.assert_allclose(Mixture(rule="fixed", shares=(1, 3)).probabilities([5, 5]), [0.25, 0.75])
    np.testing.assert_allclose(Mixture(cap=None).probabilities([10**6, 10**6 * 3]), [0.25, 0.75])


@pytest.mark.parametrize(
    ("mixture", "sizes"),
    [
        (Mixture(), []),
        (Mixture(), [3, 0]),
        (Mixture(rule="fixed", shares=(1.0,)), [3, 3]),
        (Mixture(rule="temperature", temperature=0.0), [3, 3]),
    ],
)
def test_impossible_mixtures_are_told(mixture: Mixture, sizes: list[int]) -> None:
    with pytest.raises(BadStudy):
        mixture.probabilities(sizes)


def test_schedule_follows_the_shares_and_the_seed() -> None:
    mixture, sizes = Mixture(cap=6000), [10_000, 3_000, 1_000]
    turns = mixture.schedule(sizes, steps=20_000, seed=3)
    np.testing.assert_allclose(np.bincount(turns) / 20_000, [0.6, 0.3, 0.1], atol=0.012)
    assert np.array_equal(turns, mixture.schedule(sizes, steps=20_000, seed=3))
    assert not np.array_equal(turns, mixture.schedule(sizes, steps=20_000, seed=4))


def test_streams_are_apart() -> None:
    draws = {
        stream(1, "order").integers(2**60), stream(1, "mix").integers(2**60), stream(2, "order").integers(2**60),
        stream(1, "order", "a").integers(2**60), stream(1, "order", 1).integers(2**60), number(1, "head"),
    }  # fmt: skip
    assert len(draws) == 6
    assert number(1, "head", "mnli") == number(1, "head", "mnli")
