"""SQuAD 2.0's program: answers or none, and the thresholds of "no answer" that would have been best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xstilts.errors import BadInput
from xstilts.scoring.answers import best_match

Scores = dict[str, float]


def raw_scores(predictions: Mapping[str, str], answers: Mapping[str, Sequence[str]]) -> tuple[Scores, Scores]:
    """Exact match and F1 of every question, 0 to 1, as if every prediction were meant."""
    exact: Scores = {}
    f1: Scores = {}
    for name, references in answers.items():
        if name not in predictions:
            raise BadInput(f"Question {name!r} has no prediction.", way_out='Predict "" where there is no answer.')
        same, f1[name] = best_match(predictions[name], references, unanswerable=True)
        exact[name] = float(same)
    return exact, f1


def squad2_scores(
    predictions: Mapping[str, str],
    answers: Mapping[str, Sequence[str]],
    *,
    silence: Mapping[str, float] | None = None,
    threshold: float = 1.0,
) -> dict[str, float]:
    """What the program prints. A question without answers is unanswerable; above `threshold` silence counts as none.

    The order of `silence` decides among equal probabilities, so it must be that of the file.
    """
    if not answers:
        raise BadInput("There is nothing to score: no questions are given.", way_out="Check the gold file.")
    exact, f1 = raw_scores(predictions, answers)
    answerable = {name: bool(references) for name, references in answers.items()}
    exact_now, f1_now = (_settle(scores, answerable, silence, threshold) for scores in (exact, f1))
    found = _means(exact_now, f1_now, list(answers))
    for prefix, wanted in (("HasAns", True), ("NoAns", False)):
        names = [name for name, answered in answerable.items() if answered == wanted]
        if names:
            found |= {f"{prefix}_{metric}": value for metric, value in _means(exact_now, f1_now, names).items()}
    if silence is not None:
        for metric, scores in (("exact", exact), ("f1", f1)):
            best, at = _best_threshold(predictions, scores, silence, answerable)
            found |= {f"best_{metric}": best, f"best_{metric}_thresh": at}
    return found


def _settle(
    scores: Scores, answerable: Mapping[str, bool], silence: Mapping[str, float] | None, threshold: float
) -> Scores:
    """Scores where a probability above the threshold has silenced the answer."""
    settled: Scores = {}
    for name, score in scores.items():
        if silence is not None and name not in silence:
            raise BadInput(
                f"Question {name!r} has no no_answer_probability.",
                way_out="Give one with every prediction, or with none.",
            )
        # Without probabilities the program takes 0 for all of them.
        silent = (0.0 if silence is None else silence[name]) > threshold
        settled[name] = float(not answerable[name]) if silent else score
    return settled


def _means(exact: Scores, f1: Scores, names: Sequence[str]) -> dict[str, float]:
    total = len(names)
    return {
        "exact": 100.0 * sum(exact[name] for name in names) / total,
        "f1": 100.0 * sum(f1[name] for name in names) / total,
        "total": total,
    }


def _best_threshold(
    predictions: Mapping[str, str], scores: Scores, silence: Mapping[str, float], answerable: Mapping[str, bool]
) -> tuple[float, float]:
    """The best score that a threshold can reach, and the threshold; of equally good ones the lowest."""
    score = best = float(sum(not answered for answered in answerable.values()))
    at = 0.0
    for name in sorted(silence, key=lambda one: silence[one]):
        if name not in scores:
            continue
        score += scores[name] if answerable[name] else -1 if predictions[name] else 0
        if score > best:
            best, at = score, silence[name]
    return 100.0 * best / len(scores), at
