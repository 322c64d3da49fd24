"""Mixtures: the published shares, schedules as drawn, and streams that know nothing of what came before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xstilts.errors import BadStudy
from xstilts.identity import canonical
from xstilts.training import Mixture
from xstilts.training.mixture import bounded
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


def test_portions_stand_whatever_the_rule_gives_the_others() -> None:
    mixture = Mixture(portions={"mlm": 0.5}, cap=None)
    np.testing.assert_allclose(mixture.probabilities([100, 300, 10**9], ["a", "b", "mlm"]), [0.125, 0.375, 0.5])
    np.testing.assert_allclose(Mixture(portions={"a": 0.3, "b": 0.7}).probabilities([1, 1], ["a", "b"]), [0.3, 0.7])
    for portions in ({"a": 1.0}, {"a": 0.8, "b": 0.8}):
        with pytest.raises(BadStudy, match="Portions"):
            Mixture(portions=portions).probabilities([1, 1, 1], ["a", "b", "c"])


def test_running_text_beside_a_task_has_the_papers_shares() -> None:
    """Phang et al.: text without end counts as the cap, so it has half of the steps beside MNLI, most beside CSQA."""
    for name, share in {"mnli": 0.5, "squad1": 0.6, "hellaswag": 0.77, "cosmosqa": 0.84, "commonsenseqa": 0.93}.items():
        assert Mixture().probabilities([NINE[name], 10**9])[1] == pytest.approx(share, abs=0.005)


def test_languages_by_their_size_to_a_power_within_bounds() -> None:
    sizes = {"en": 8000, "de": 800, "sw": 80}
    shares = Mixture().languages(sizes, alpha=1.0)
    assert shares == pytest.approx({lang: size / 8880 for lang, size in sizes.items()})
    smoothed = Mixture(alpha=0.3).languages(sizes, alpha=1.0)
    assert smoothed["en"] / smoothed["de"] == pytest.approx(10**0.3)
    held = Mixture(floors={"sw": 0.2}, ceilings={"en": 0.5}).languages(sizes, alpha=1.0)
    assert held == pytest.approx({"en": 0.5, "de": 0.3, "sw": 0.2})
    assert Mixture(floors={"fr": 0.9}).languages(sizes, alpha=1.0) == pytest.approx(shares)
    for wrong in ({"floors": {"en": 0.7, "de": 0.7}}, {"ceilings": dict.fromkeys(sizes, 0.1)}):
        with pytest.raises(BadStudy, match="No shares"):
            Mixture(**wrong).languages(sizes, alpha=1.0)
    with pytest.raises(BadStudy, match="no examples in sw"):
        Mixture().languages({"en": 5, "sw": 0}, alpha=1.0)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 0.2), st.floats(0.3, 1)), min_size=4, max_size=5))
def test_bounded_shares_are_shares_within_their_bounds(drawn: list[tuple[float, float, float]]) -> None:
    shares, low, high = (np.array(column) for column in zip(*drawn, strict=True))
    found = bounded(shares / shares.sum(), low, high)
    assert found.sum() == pytest.approx(1)
    assert (found >= low - 1e-6).all() and (found <= high + 1e-6).all()
    free = (found > low + 1e-6) & (found < high - 1e-6)
    ratio = found[free] / shares[free]
    assert len(ratio) < 2 or ratio.max() / ratio.min() == pytest.approx(1, rel=1e-4)


def test_what_an_old_mixture_is_it_stays() -> None:
    assert b"portions" not in canonical(Mixture()) and b"heads" not in canonical(Mixture())
    assert canonical(Mixture(batches={"a": 3})) != canonical(Mixture())
