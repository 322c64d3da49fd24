"""Retrieve: find each sentence's translation by its vector alone. Nothing is trained on it.

`search` looks for the nearest sentence of the other language (Tatoeba); `mine` decides which sentences have a
translation at all (BUCC), with a threshold that only part "dev" may choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import Ints, join_texts
from xstilts.forms.form import Head, Rows
from xstilts.scoring.mining import best_threshold, drop_repeats, mine
from xstilts.scoring.sets import set_scores
from xstilts.scoring.vectors import neighbours, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Part = Literal["dev", "test"]


class Line(msgspec.Struct, frozen=True):
    """A sentence on one side."""

    id: str
    text: str
    side: Literal["query", "index"]
    part: Part = "test"
    gold: tuple[str, ...] = ()
    """For a query the ids of its translations in the index; in mining it may have none."""


class Retrieve(msgspec.Struct, frozen=True, tag="retrieve"):
    """Search (always an answer) or mining (an answer or none)."""

    kind: Literal["search", "mine"]
    neighbours: int = 4
    """Mining: how many neighbours on both sides make the margin."""

    @property
    def head(self) -> Head:
        """The pooled row itself."""
        return Head("embed")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Search: accuracy. Mining: F1 first."""
        return ("accuracy",) if self.kind == "search" else ("f1", "precision", "recall")

    def check(self, example: Line) -> None:
        """Refuse unknown sides and parts, and golds where none belong or where one is missing."""
        check_kind(example, Line)
        check_text(example, "text", example.text, empty=False)
        if example.side not in ("query", "index"):
            refuse(example, "side", f"is {example.side!r}", way_out="It must be 'query' or 'index'.")
        if example.part not in ("dev", "test"):
            refuse(example, "part", f"is {example.part!r}", way_out="It must be 'dev' or 'test'.")
        if example.side == "index" and example.gold:
            refuse(example, "gold", "is given for an index line", way_out="Only queries carry gold.")
        if example.side == "query" and self.kind == "search" and not example.gold:
            refuse(example, "gold", "is empty", way_out="In a search every query has its line in the index.")

    def encode(self, examples: Sequence[Line], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """One row for each line."""
        texts = [one.text for one in examples]
        return join_texts(tokenizer, np.arange(len(examples)), (texts,), max_length=max_length).rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Line]) -> list[str | None]:
        """For each query the id of an index line of its part, or None; for each index line None."""
        vectors = np.empty((len(examples), outputs.shape[1]), np.float32)
        vectors[rows.example] = outputs
        found: list[str | None] = [None] * len(examples)
        threshold = self.threshold(vectors, examples) if self.kind == "mine" else 0.0
        for part in ("dev", "test"):
            queries, index = _lines(examples, part, "query"), _lines(examples, part, "index")
            if not len(queries):
                continue
            if not len(index):
                raise BadInput(f"Part {part!r} has queries but no index lines.", way_out="Check the source.")
            if self.kind == "search":
                near = neighbours(unit(vectors[queries]), unit(vectors[index]), 1)[1][:, 0]
                pairs = zip(queries.tolist(), index[near].tolist(), strict=True)
            else:
                left, right, scores = self._mined(vectors, examples, queries, index)
                kept = scores >= threshold
                pairs = zip(left[kept].tolist(), right[kept].tolist(), strict=True)
            for query, line in pairs:
                found[query] = examples[line].id
        return found

    def threshold(self, vectors: NDArray[np.floating], examples: Sequence[Line]) -> float:
        """The margin score from which on a pair is believed: best F1 on part "dev", without a look at "test"."""
        queries, index = _lines(examples, "dev", "query"), _lines(examples, "dev", "index")
        gold = _gold(examples, "dev")
        if not gold:
            raise BadInput("Mining has no pairs in part 'dev' for its threshold.", way_out="Add dev lines with gold.")
        left, right, scores = self._mined(vectors, examples, queries, index)
        hits = [(examples[i].id, examples[j].id) in gold for i, j in zip(left.tolist(), right.tolist(), strict=True)]
        return best_threshold(scores, hits, len(gold))

    def _mined(
        self, vectors: NDArray[np.floating], examples: Sequence[Line], queries: Ints, index: Ints
    ) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Pairs of examples and their scores, best first, without sentences whose text comes twice."""
        kept_queries, once_query = drop_repeats([examples[place].text for place in queries.tolist()])
        kept_index, once_index = drop_repeats([examples[place].text for place in index.tolist()])
        queries, index = queries[kept_queries], index[kept_index]
        left, right, scores = mine(unit(vectors[queries]), unit(vectors[index]), self.neighbours)
        kept = once_query[left] & once_index[right]
        return queries[left[kept]], index[right[kept]], scores[kept]

    def score(self, predictions: Sequence[str | None], examples: Sequence[Line]) -> Mapping[str, float]:
        """Part "test" alone: share of queries answered by one of their golds, or the pairs as a set."""
        same_length(predictions, examples)
        asked = [
            (one, prediction)
            for one, prediction in zip(examples, predictions, strict=True)
            if one.side == "query" and one.part == "test"
        ]
        if not asked:
            raise BadInput("There are no queries in part 'test' to score.", way_out="Check the source.")
        if self.kind == "search":
            return {"accuracy": 100.0 * sum(prediction in one.gold for one, prediction in asked) / len(asked)}
        found = {(one.id, prediction) for one, prediction in asked if prediction is not None}
        return set_scores(found, _gold(examples, "test"))

    def chance(self, examples: Sequence[Line]) -> float:
        """Search: one line in so many. Mining: F1 of believing every pair."""
        queries, index = len(_lines(examples, "test", "query")), len(_lines(examples, "test", "index"))
        gold = len(_gold(examples, "test"))
        if not queries or not index:
            return 0.0
        if self.kind == "search":
            return 100.0 * gold / queries / index
        return 200.0 * gold / (queries * index + gold)


def _lines(examples: Sequence[Line], part: str, side: str) -> Ints:
    """Places of the lines of one part and side."""
    places = (place for place, one in enumerate(examples) if one.part == part and one.side == side)
    return np.fromiter(places, np.int64)


def _gold(examples: Sequence[Line], part: str) -> set[tuple[str, str]]:
    """Pairs (query id, index id) of one part."""
    return {(one.id, line) for one in examples if one.part == part and one.side == "query" for line in one.gold}
