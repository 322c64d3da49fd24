"""Things found against things that are there: F1, precision and recall."""

from __future__ import annotations

from collections.abc import Hashable, Iterable


def set_scores(found: Iterable[Hashable], gold: Iterable[Hashable]) -> dict[str, float]:
    """F1, precision and recall of two sets; what comes twice counts once, and nothing against nothing is 0."""
    found, gold = set(found), set(gold)
    return harmonic(len(found & gold), len(found), len(gold))


def harmonic(right: int, found: int, gold: int) -> dict[str, float]:
    """F1, precision and recall from counts."""
    precision = right / found if found else 0.0
    recall = right / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"f1": 100.0 * f1, "precision": 100.0 * precision, "recall": 100.0 * recall}
