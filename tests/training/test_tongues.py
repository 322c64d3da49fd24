"""Several languages in one feed: shares hold in every pass, and in time every example comes."""

import numpy as np
import pytest
import tiny

from xstilts.training.batches import RowFeed, together
from xstilts.training.tongues import Tongues, drawn, tongues

SIZES = {"en": 80, "de": 30, "sw": 5}


def languages(places: np.ndarray) -> list[int]:
    return np.bincount(np.searchsorted([80, 110, 115], places, side="right"), minlength=3).tolist()


def made() -> Tongues:
    return tongues(SIZES, {"en": 0.5, "de": 0.3, "sw": 0.2}, seed=1, name="mlm")


def test_a_pass_has_the_shares_to_the_example() -> None:
    draw = made()
    assert dict(draw.counts) == {"en": 58, "de": 34, "sw": 23}
    for number in (0, 1, 7):
        assert languages(draw(number)) == [58, 34, 23]


def test_every_example_comes_before_any_comes_much_more_often() -> None:
    """Languages go on where they stopped: a small share of a large language skips nothing for good."""
    draw = made()
    seen = np.concatenate([draw(number) for number in range(80)])
    for low, high in ((0, 80), (80, 110), (110, 115)):
        times = np.bincount(seen, minlength=115)[low:high]
        assert times.min() > 0 and times.max() - times.min() <= 1


def test_a_tiny_share_is_never_none() -> None:
    assert tongues({"en": 1000, "sw": 3}, {"en": 0.9999, "sw": 0.0001}, seed=1, name="x").counts["sw"] == 1


def test_passes_depend_on_the_seed_and_the_name_alone() -> None:
    assert np.array_equal(made()(3), made()(3))
    assert not np.array_equal(made()(3), tongues(SIZES, dict.fromkeys(SIZES, 1 / 3), seed=2, name="mlm")(3))


def test_a_feed_over_languages_says_what_it_gave() -> None:
    parts = [tiny.rows(size, seed=i) for i, size in enumerate(SIZES.values())]
    feed = RowFeed(together(parts), 8, 1, 1, draw=made(), order="length")
    assert feed.examples == 115 and feed.steps == 15
    for batches in (0, 4, 15, 33):
        expected = np.zeros(3, dtype=int)
        for k in range(batches):
            expected += languages(feed.chosen(k))
        assert list(drawn(feed, batches, SIZES).values()) == expected.tolist()


def test_an_example_twice_in_a_batch_is_two_examples() -> None:
    rows = tiny.rows(12, per=4, targets="choice")
    feed = RowFeed(rows, 5, 1, 1, draw=lambda number: np.array([0, 0, 1, 1, 2]))
    batch = feed(0)
    assert batch.examples == 5
    assert np.bincount(batch.example).tolist() == [4] * 5


def test_together_counts_examples_on() -> None:
    one, two = tiny.rows(8, per=2, targets="choice"), tiny.rows(6, seed=4, per=2, targets="choice")
    both = together([one, two])
    assert both.example.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert len(both) == 14 and both.lengths.tolist() == [*one.lengths, *two.lengths]
    np.testing.assert_array_equal(both.targets["label"][8:], two.targets["label"])
    assert together([one]) is one


@pytest.mark.parametrize("order", ["random", "length", "tokens"])
def test_one_language_is_fed_as_ever(order: str) -> None:
    feed = RowFeed(tiny.rows(23), 5, 1, 1, order=order, name="x")
    seen = np.concatenate([feed.chosen(k) for k in range(5)])
    assert sorted(seen) == list(range(23)) and drawn(feed, 5, {"en": 23}) == {"en": 23}
