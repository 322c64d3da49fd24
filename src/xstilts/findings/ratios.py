"""Ratios: every score as two sums over its items, so that items can be drawn again.

Of an accuracy it is one for each right example over one for each; of the F1 of chunks, twice the right ones over those
found and those there. So the score of items that are drawn again is a ratio of weighted sums. `ratios` leaves out a
metric whose ratio over all items is not the score that the form gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.forms import Choose, Classify, Form, Mask, Match, Retrieve, Span, Tag
from xstilts.forms.retrieve import Line
from xstilts.scoring.answers import best_match, mlqa, squad_normal
from xstilts.scoring.chunks import chunk_counts
from xstilts.scoring.ranking import average_precision, reciprocal_rank
from xstilts.tasks import Exam

Floats = NDArray[np.float64]

CLOSE = 1e-6
"""How near a ratio must come to the form's own score."""


class Ratio(msgspec.Struct, frozen=True):
    """A score as two sums over items: scale × Σ over / Σ under, and 0 where nothing is under it."""

    over: Floats
    under: Floats
    scale: float = 100.0

    @property
    def value(self) -> float:
        """The score of all items."""
        return float(self.of(self.over.sum(), self.under.sum()))

    def of(self, over: Any, under: Any) -> Floats:
        """The score of sums of items."""
        under = np.asarray(under, np.float64)
        return np.asarray(self.scale * np.divide(over, under, out=np.zeros_like(under), where=under != 0))


def ratios(exam: Exam, predictions: Sequence[Any], examples: Sequence[Any]) -> dict[str, Ratio]:
    """Every metric of one sitting in one language as a ratio. An item is an example; in retrieval, a tested query."""
    found = dict(_OF[type(exam.form)](exam.form, predictions, examples))
    told = exam.form.score(predictions, examples)
    return {name: one for name, one in found.items() if abs(one.value - told.get(name, np.inf)) <= CLOSE}


Items = Iterator[tuple[str, Ratio]]


def _labels(form: Classify | Choose, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    yield "accuracy", _mean(said == one.label for said, one in zip(predictions, examples, strict=True))


def _matches(form: Match, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    yield "accuracy", _mean(said == one.right for said, one in zip(predictions, examples, strict=True))


def _answers(form: Span, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    scored = []
    for said, one in zip(predictions, examples, strict=True):
        normal = squad_normal if form.normal == "squad" else mlqa(one.lang)
        same, overlap = (
            (False, 0.0)
            if said is None
            else best_match(said, one.answers, normal=normal, unanswerable=form.unanswerable)
        )
        scored.append((overlap, float(same)))
    yield "f1", _mean(overlap for overlap, _ in scored)
    yield "exact", _mean(same for _, same in scored)


def _tags(form: Tag, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    golds = [one.tags for one in examples]
    if form.spans:
        right, found, there = chunk_counts(predictions, golds).astype(np.float64).T
        yield "f1", Ratio(2 * right, found + there)
    pairs = zip(predictions, golds, strict=True)
    same = [sum(ours == theirs for ours, theirs in zip(said, gold, strict=True)) for said, gold in pairs]
    yield "accuracy", Ratio(np.asarray(same, np.float64), np.asarray([len(gold) for gold in golds], np.float64))


def _retrieved(form: Retrieve, predictions: Sequence[Any], examples: Sequence[Line]) -> Items:
    asked = [
        (one, said)
        for one, said in zip(examples, predictions, strict=True)
        if one.side == "query" and one.part == "test"
    ]
    if form.kind == "search":
        yield "accuracy", _mean(said in one.gold for one, said in asked)
    elif form.kind == "rank":
        ap, rr = form.metrics
        yield ap, _mean(average_precision(one.gold, said or (), form.depth) for one, said in asked)
        yield rr, _mean(reciprocal_rank(one.gold, said or (), form.depth) for one, said in asked)
    else:
        counts = [(said is not None and said in one.gold, said is not None, len(one.gold)) for one, said in asked]
        right, found, gold = np.asarray(counts, np.float64).reshape(-1, 3).T
        yield "f1", Ratio(2 * right, found + gold)
        yield "precision", Ratio(right, found)
        yield "recall", Ratio(right, gold)


def _guesses(form: Mask, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    loss, right, hidden = (np.asarray([one[name] for one in predictions], np.float64) for name in _GUESSED)
    yield "loss", Ratio(loss, hidden, 1.0)
    yield "accuracy", Ratio(right, hidden, 1.0)


_GUESSED = ("loss", "right", "hidden")

_OF: Mapping[type[Form], Callable[[Any, Sequence[Any], Sequence[Any]], Items]] = {
    Classify: _labels,
    Choose: _labels,
    Match: _matches,
    Span: _answers,
    Tag: _tags,
    Retrieve: _retrieved,
    Mask: _guesses,
}


def _mean(values: Any) -> Ratio:
    over = np.fromiter(values, np.float64)
    return Ratio(over, np.ones_like(over))
