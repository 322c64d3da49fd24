"""One label for each example."""

from __future__ import annotations

from collections.abc import Sequence

from xstilts.errors import BadInput


def accuracy(predictions: Sequence[object], golds: Sequence[object]) -> float:
    """Share of predictions that equal the answer exactly."""
    if not golds:
        raise BadInput("There is nothing to score: no answers are given.", way_out="Check the gold file.")
    return 100.0 * sum(one == gold for one, gold in zip(predictions, golds, strict=True)) / len(golds)
