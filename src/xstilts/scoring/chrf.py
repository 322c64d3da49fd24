"""chrF: overlap of character n-grams of a corpus, as sacrebleu 2 computes it with its defaults (chrF2, n up to 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xstilts.errors import BadInput

ORDER = 6
BETA = 2


def chrf(predictions: Sequence[str], targets: Sequence[str]) -> float:
    """chrF of a corpus with one reference a sentence. White space does not count."""
    if not targets:
        raise BadInput("There is nothing to score: no targets are given.", way_out="Check the gold file.")
    found, wanted, right = [0] * ORDER, [0] * ORDER, [0] * ORDER
    for prediction, target in zip(predictions, targets, strict=True):
        ours, theirs = "".join(prediction.split()), "".join(target.split())
        for size in range(1, ORDER + 1):
            grams, golds = _grams(ours, size), _grams(theirs, size)
            # n-grams that a reference is too short to have are not held against the prediction.
            found[size - 1] += grams.total() if golds else 0
            wanted[size - 1] += golds.total()
            right[size - 1] += (grams & golds).total()
    sizes = [size for size in range(ORDER) if found[size] and wanted[size]]
    if not sizes:
        return 0.0
    precision = sum(right[size] / found[size] for size in sizes) / len(sizes)
    recall = sum(right[size] / wanted[size] for size in sizes) / len(sizes)
    if not precision + recall:
        return 0.0
    return 100.0 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _grams(text: str, size: int) -> Counter[str]:
    return Counter(text[place : place + size] for place in range(len(text) - size + 1))
