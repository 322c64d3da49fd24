"""Rankings of sources, on cases small enough to be counted by hand."""

from __future__ import annotations

import pytest

from xstilts.findings.rankings import mean_elsewhere, ndcg, rank_sources, relative_to_own

TRUTH = {"a": {"b": 0.9, "c": 0.5, "d": 0.1}, "b": {"a": 0.2, "c": 0.8, "d": 0.4}}


def test_the_truth_itself_ranks_perfectly() -> None:
    found = rank_sources(TRUTH, TRUTH)
    assert (found.targets, found.spearman, found.ndcg) == (2, pytest.approx(1), pytest.approx(1))
    assert found.regret1 == found.regret3 == 0


def test_the_reverse_ranks_worst() -> None:
    wrong = {target: {source: -value for source, value in by.items()} for target, by in TRUTH.items()}
    found = rank_sources(TRUTH, wrong)
    assert found.spearman == pytest.approx(-1)
    assert found.regret1 == pytest.approx((0.8 + 0.6) / 2) and found.regret3 == 0
    points = {target: {source: 100 * value for source, value in by.items()} for target, by in TRUTH.items()}
    assert rank_sources(TRUTH, wrong, points=points).regret1 == pytest.approx(70)


def test_ties_go_by_name_and_a_constant_guess_has_no_correlation() -> None:
    flat = {target: dict.fromkeys(by, 1.0) for target, by in TRUTH.items()}
    found = rank_sources(TRUTH, flat)
    # First by name: b for a, which is best; a for b, which is worst.
    assert found.spearman is None and found.regret1 == pytest.approx((0 + 0.6) / 2)


def test_only_sources_that_both_sides_know_are_ranked() -> None:
    found = rank_sources(TRUTH, {"a": {"c": 1, "d": 0, "z": 9}, "b": {"c": 1}})
    # Two sources are an order, and no correlation.
    assert found.targets == 1 and found.spearman is None and found.ndcg == 1
    with pytest.raises(ValueError, match="two sources"):
        rank_sources(TRUTH, {"b": {"c": 1}})


def test_ndcg_by_hand() -> None:
    real = [0.9, 0.5, 0.1]  # relevance 10, 9, 8
    gained = 511 / 1 + 1023 / 1.584962500721156 + 255 / 2
    ideal = 1023 / 1 + 511 / 1.584962500721156 + 255 / 2
    assert ndcg(real, [1, 0, 2]) == pytest.approx(gained / ideal)
    assert ndcg(real, [0, 1, 2]) == 1


def test_shares_of_ones_own_and_means_elsewhere() -> None:
    scores = {"a": {"a": 80.0, "b": 40.0}, "b": {"a": 30.0, "b": 60.0}, "c": {"a": 10.0}, "d": {"d": 0.0, "a": 1.0}}
    shares = relative_to_own(scores)
    assert shares == {"a": {"b": 0.5}, "b": {"a": 0.5}}
    guess = mean_elsewhere({"a": {"x": 1.0, "y": 0.0}, "b": {"x": 0.5, "y": 0.2}, "c": {"x": 0.0}})
    assert guess["a"] == {"x": 0.25, "y": 0.2} and guess["c"] == {"x": 0.75}
    assert guess["b"]["y"] == 0.0
