"""The tasks of XTREME-UP: `target` (for retrieval `id`) against `prediction`, line by line, empty lines passed over."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from xstilts.errors import BadInput
from xstilts.scoring import texts
from xstilts.scoring.cases.pairs import Pair, Scale, Scored
from xstilts.scoring.cases.rows import Row, side_by_side
from xstilts.scoring.chrf import chrf
from xstilts.scoring.ranking import reciprocal_rank


def mean_reciprocal_rank(predictions: Sequence[Sequence[str]], targets: Sequence[str]) -> float:
    """Mean over questions, rankings not cut; a fraction."""
    if not targets:
        raise BadInput("There is nothing to score: no targets are given.", way_out="Check the gold file.")
    ranks = [reciprocal_rank((target,), one) for one, target in zip(predictions, targets, strict=True)]
    return sum(ranks) / len(ranks)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a task is scored."""

    name: str
    score: Callable[[Any, Any], float]
    gold: str = "target"
    lists: bool = False
    """Whether a prediction is a list of texts."""
    scale: Scale = "percent"
    official: str = ""
    """Its name in the scores of the whole, where that is another one."""
    empty_is_nan: bool = False
    """Whether the official mean of no examples is NaN, and not an error."""


_RETRIEVAL = Measure("mrr", mean_reciprocal_rank, gold="id", lists=True, scale="fraction")
_ANSWERS = Measure("f1", texts.answer_f1, empty_is_nan=True)

MEASURES: Mapping[str, Measure] = {
    "asr": Measure("cer_normalized", partial(texts.character_errors, transcripts=True), official="CER_normalized"),
    "transliteration": Measure("cer", texts.character_errors, official="CER"),
    "translation": Measure("chrf", chrf, official="ChrF"),
    "qa_in_lang": _ANSWERS,
    "qa_cross_lang": _ANSWERS,
    "retrieval_in_lang": _RETRIEVAL,
    "retrieval_cross_lang": _RETRIEVAL,
    "ner": Measure("span_f1", texts.span_f1, official="Span_F1"),
    "semantic_parsing": Measure("sequence_accuracy", texts.same, empty_is_nan=True),
    "autocomplete": Measure("top3_accuracy", texts.among_three, lists=True, empty_is_nan=True),
}


def written(measure: Measure, pair: Pair) -> Scored:
    """Score one task."""
    both = _paired(pair)
    if not both and pair.lenient and measure.empty_is_nan:
        return Scored({measure.name: math.nan}, measure.scale)
    targets = [gold.text(measure.gold) for gold, _ in both]
    found = [_prediction(one, measure, lenient=pair.lenient) for _, one in both]
    return Scored({measure.name: measure.score(found, targets)}, measure.scale)


def _paired(pair: Pair) -> list[tuple[Row, Row]]:
    # A gold row's id names a passage, not the example.
    return side_by_side(pair.gold, pair.predictions, lenient=True)


def _prediction(row: Row, measure: Measure, *, lenient: bool) -> Any:
    if not measure.lists and lenient and measure.name == "sequence_accuracy":
        # The official code only compares: what is no text is merely wrong.
        return row.any("prediction")
    if not measure.lists:
        return row.text("prediction")
    if lenient and isinstance(row.any("prediction"), str):
        # Where a list is expected, the official code reads a text letter by letter.
        return list(row.text("prediction"))
    found = row.texts("prediction")
    if measure.name == "top3_accuracy" and len(found) != 3:
        raise BadInput(
            f"{row.where}: {len(found)} suggestions where exactly 3 are expected.",
            way_out="Give three; an empty text may be one.",
        )
    return found
