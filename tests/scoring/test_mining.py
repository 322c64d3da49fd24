"""Mining and search, against XTREME's reference by its known answers and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.scoring import mining, vectors
from xstilts.scoring.sets import set_scores


@pytest.mark.parametrize(
    ("scores", "right", "gold", "expected"),
    [
        ([3.0, 2.0, 1.0], [True, True, False], 2, 1.5),
        ([3.0, 2.0, 1.0], [True, True, True], 3, 1.0),
        ([3.0, 2.0, 2.0, 1.0], [True, True, False, False], 2, 2.0),
        ([3.0, 2.0], [False, False], 2, 0.0),
        ([], [], 2, 0.0),
    ],
)
def test_thresholds(scores: list[float], right: list[bool], gold: int, expected: float) -> None:
    assert mining.best_threshold(np.array(scores), right, gold) == expected


def test_blocks_do_not_change_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    x, y = vectors.unit(draw.normal(size=(37, 8))), vectors.unit(draw.normal(size=(53, 8)))
    y[20:25] = y[3]
    sims, places = vectors.neighbours(x, y, 4)
    exact = np.argsort(-(x @ y.T), axis=1, kind="stable")[:, :4]
    assert (places == exact).mean() > 0.95
    monkeypatch.setattr(vectors, "BLOCK", 5)
    monkeypatch.setattr(vectors, "WIDE", 3)
    assert np.allclose(vectors.neighbours(x, y, 4)[0], sims, atol=1e-6)


def test_fewer_lines_than_neighbours_and_zero_vectors() -> None:
    x, y = vectors.unit(np.eye(3, 4)), vectors.unit(np.eye(2, 4))
    left, right, scores = mining.mine(x, y, 4)
    assert list(zip(left.tolist(), right.tolist(), strict=True))[:2] == [(0, 0), (1, 1)]
    assert np.isfinite(scores).all()
    assert len(mining.mine(vectors.unit(np.zeros((3, 4))), y, 4)[0]) == 0
    assert len(mining.mine(x[:0], y, 4)[0]) == 0


def known() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.RandomState(0)
    base = draw.normal(size=(60, 16))
    x = (base + 0.3 * draw.normal(size=base.shape)).astype(np.float32)
    return x, (base + 0.3 * draw.normal(size=base.shape)).astype(np.float32)


def test_the_references_known_answer() -> None:
    x, y = known()
    left, right, scores = mining.mine(vectors.unit(x), vectors.unit(y), 4)
    hits = [i == j and i % 2 == 0 for i, j in zip(left.tolist(), right.tolist(), strict=True)]
    threshold = mining.best_threshold(scores, hits, 30)
    kept = scores >= threshold
    found = set_scores(zip(left[kept].tolist(), right[kept].tolist(), strict=True), [(i, i) for i in range(0, 60, 2)])
    assert threshold == pytest.approx(1.3974975, abs=1e-6)
    assert found == pytest.approx({"precision": 53.846154, "recall": 93.333333, "f1": 68.292683})
    assert vectors.nearest(y, x)[:10].tolist() == list(range(10))


@pytest.mark.parametrize(("rows", "columns"), [(1, 5), (5, 1), (37, 53), (1, 1)])
def test_both_ways_is_each_way(rows: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    x, y = vectors.unit(draw.normal(size=(rows, 8))), vectors.unit(draw.normal(size=(columns, 8)))
    for block, wide in ((2048, 8192), (5, 3)):
        monkeypatch.setattr(vectors, "BLOCK", block)
        monkeypatch.setattr(vectors, "WIDE", wide)
        for (sims, near), (alone, place) in zip(
            vectors.neighbours_both_ways(x, y, 4),
            (vectors.neighbours(x, y, 4), vectors.neighbours(y, x, 4)),
            strict=True,
        ):
            assert np.allclose(sims, alone, atol=1e-6) and (near == place).all()


def test_margins() -> None:
    x, y = (vectors.unit(one) for one in known())
    pairs = {margin: mining.mine(x, y, 4, margin=margin)[2] for margin in mining.MARGINS}
    assert pairs["ratio"][0] > 1 > pairs["absolute"][0] > pairs["distance"][0] > 0
    with pytest.raises(UnknownName, match="'ratio'"):
        mining.mine(x, y, 4, margin="ration")


def test_no_threshold_beyond_the_last_pair() -> None:
    with pytest.raises(BadInput, match="no threshold"):
        mining.best_threshold(np.array([2.0, 1.0]), [True, True], 2, at_end="refuse")


def test_repeated_texts_take_part_but_are_not_kept() -> None:
    rows, once = mining.drop_repeats(["a", "b", "a", "b ", "c"])
    assert rows.tolist() == [2, 1, 3, 4]
    assert once.tolist() == [False, False, False, True]


def test_search_by_distance_and_the_first_of_equals() -> None:
    index = np.array([[1.0, 0], [1, 0], [0, 0]])
    assert vectors.nearest(np.array([[2.0, 0], [-1, 0.1]]), index).tolist() == [0, 2]
    with pytest.raises(BadInput):
        vectors.nearest(index, index[:0])
