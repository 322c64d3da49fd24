"""Feeds: every example once a pass, rows of one example together, the k-th batch from the seed and k alone."""

from collections import Counter

import numpy as np
import pytest
import tiny
import torch

from xstilts.encoders.packed import Packed
from xstilts.errors import BadInput
from xstilts.forms.form import Rows
from xstilts.training.batches import RowFeed, by_tokens, take
from xstilts.training.masking import hide, make_masker, masked
from xstilts.training.streams import stream

ORDERS = ("random", "length", "tokens")


def texts(batch: Packed) -> list[tuple[int, ...]]:
    tokens = batch.tokens[batch.place].tolist()
    ends = np.cumsum(batch.lengths.numpy())
    return [tuple(tokens[end - length : end]) for end, length in zip(ends, batch.lengths.tolist(), strict=True)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_pass_is_one_shuffle(order: str) -> None:
    rows = tiny.rows(45)
    feed = RowFeed(rows, 8, 3, 1, order=order)
    assert (feed.examples, feed.steps) == (45, 6)
    passes = [[text for k in range(6 * n, 6 * n + 6) for text in texts(feed(k))] for n in range(2)]
    assert Counter(passes[0]) == Counter(passes[1]) and len(passes[0]) == 45
    assert passes[0] != passes[1]
    sizes = sorted(feed(k).examples for k in range(6))
    assert sizes == [5, 8, 8, 8, 8, 8] if order != "tokens" else min(sizes) > 0 and sum(sizes) == 45


@pytest.mark.parametrize("order", ORDERS)
def test_seek(order: str) -> None:
    rows = tiny.rows(45)
    straight, jumping = RowFeed(rows, 8, 3, 1, order=order), RowFeed(rows, 8, 3, 1, order=order)
    batches = [texts(straight(k)) for k in range(20)]
    for k in (17, 2, 11, 2):
        assert texts(jumping(k)) == batches[k]
    for other in (RowFeed(rows, 8, 4, 1, order=order), RowFeed(rows, 8, 3, 1, order=order, name="other")):
        assert [texts(other(k)) for k in range(20)] != batches


def test_rows_of_one_example_stay_together() -> None:
    rows = tiny.rows(40, targets="choice", per=4)
    feed = RowFeed(rows, 3, 1, 1)
    for k in range(8):
        batch = feed(k)
        assert len(batch.lengths) == 4 * batch.examples
        assert torch.bincount(batch.example).tolist() == [4] * batch.examples
        assert (batch.targets["label"].view(-1, 4) == batch.targets["label"].view(-1, 4)[:, :1]).all()


def test_length_order_wastes_little() -> None:
    rows = tiny.rows(640, longest=60)
    feeds = {order: RowFeed(rows, 16, 1, 1, order=order, groups=1) for order in ORDERS}
    fills = {order: np.mean([feed(k).fill for k in range(30)]) for order, feed in feeds.items()}
    assert fills["random"] < 0.65 and fills["length"] > 0.9 and fills["tokens"] > 0.9


def test_batches_of_as_many_tokens() -> None:
    rows = tiny.rows(640, longest=60)
    feed = RowFeed(rows, 16, 1, 1, order="tokens")
    batches = [feed(k) for k in range(feed.steps)]
    counts, sizes = (np.array([getattr(batch, name) for batch in batches]) for name in ("count", "examples"))
    assert feed.steps == 40 and sizes.sum() == 640
    assert counts.max() - counts.min() < 2 * 60 and sizes.max() > 3 * sizes.min()


@pytest.mark.parametrize("lengths", [[100, 1, 1, 1], [1, 1, 1, 100], [1, 50, 1, 50], [5, 5]])
def test_no_batch_of_tokens_is_empty(lengths: list[int]) -> None:
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    rows = Rows(np.full(starts[-1], 7, np.int32), starts, np.arange(len(lengths)))
    for batch in (1, 2, 3):
        feed = RowFeed(rows, batch, 1, 1, order="tokens")
        sizes = [feed(k).examples for k in range(feed.steps)]
        assert min(sizes) >= 1 and sum(sizes) == len(lengths)


def test_targets_go_with_their_tokens() -> None:
    rows = tiny.rows(9, targets="token")
    batch = take(rows, np.array([4, 0, 7]), pad=1)
    expected = [rows.targets["label"][rows.starts[i] : rows.starts[i + 1]] for i in (4, 0, 7)]
    assert batch.targets["label"][batch.place].tolist() == np.concatenate(expected).tolist()
    outside = np.setdiff1d(np.arange(len(batch.tokens)), batch.place)
    assert (batch.targets["label"][outside] == -1).all() and (batch.tokens[outside] == 1).all()


def test_no_rows_are_told() -> None:
    empty = Rows(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int64))
    with pytest.raises(BadInput, match="squad has no rows"):
        RowFeed(empty, 8, 1, 1, name="squad")


def test_token_budget() -> None:
    lengths = np.random.default_rng(0).integers(3, 300, 200)
    batches = by_tokens(lengths, budget=256)
    assert sorted(np.concatenate(batches)) == list(range(200))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= 256


def test_masking_rates_and_never_specials() -> None:
    rows = tiny.rows(400)
    batch = take(rows, np.arange(400), pad=1)
    masker = make_masker(mask=4, specials={0, 1, 2, 3, 4}, vocabulary=tiny.WORDS, rate=0.15)
    hidden = hide(batch, masker, stream(1, "mask", 0))
    slot, label = hidden.targets["slot"], hidden.targets["label"]
    words = (batch.tokens[batch.place] > 4).sum().item()
    assert len(slot) == round(0.15 * words) and len(set(slot.tolist())) == len(slot)
    assert torch.equal(batch.tokens[slot], label) and (label > 4).all()
    now = hidden.tokens[slot]
    shares = [(now == 4).float().mean().item(), (now == label).float().mean().item()]
    np.testing.assert_allclose(shares, [0.8, 0.1], atol=0.05)
    assert not torch.isin(now, torch.tensor([0, 1, 2, 3])).any()
    untouched = torch.ones(len(batch.tokens), dtype=torch.bool)
    untouched[slot] = False
    assert torch.equal(hidden.tokens[untouched], batch.tokens[untouched])


def test_masking_is_anew_for_every_batch_and_alike_when_asked_again() -> None:
    masker = make_masker(mask=4, specials={0, 1, 2, 3, 4}, vocabulary=tiny.WORDS)
    feed = RowFeed(tiny.rows(8), 8, 1, 1)
    hidden = masked(feed, masker, seed=1)
    assert torch.equal(hidden(3).tokens, hidden(3).tokens)
    assert not torch.equal(hidden(3).targets["slot"], hidden(4).targets["slot"])
    assert not torch.equal(hidden(3).targets["slot"], masked(feed, masker, seed=2)(3).targets["slot"])
