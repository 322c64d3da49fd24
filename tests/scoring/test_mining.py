"""Mining and search, against XTREME's reference by its known answers and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from xstilts.scoring import mining, vectors


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
