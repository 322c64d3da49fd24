"""Retrieval: find each text's counterpart by its vector alone. Nothing is trained on it.

`search` looks for the nearest sentence of the other language (Tatoeba); `mine` decides which sentences have a
translation at all (BUCC), with a threshold that only part "dev" may choose; `rank` orders candidates, of which one
(Mewsli-X) or several (LAReQA) are right. The vectors are the encoder's own, or those of a head trained with `Match`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import Ints, join_each
from xstilts.forms.form import Head, Rows
from xstilts.scoring.mining import best_threshold, drop_repeats, mine
from xstilts.scoring.ranking import average_precision, random_precision, reciprocal_rank
from xstilts.scoring.sets import set_scores
from xstilts.scoring.vectors import Floats, neighbours, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Part = Literal["dev", "test"]


class Line(msgspec.Struct, frozen=True):
    """A text on one side."""

    id: str
    text: str
    side: Literal["query", "index"]
    part: Part = "test"
    gold: tuple[str, ...] = ()
    """For a query the ids of what is right in the index; in mining it may have none."""
    second: str = ""
    """What the text is read together with, such as the paragraph around an answer's sentence."""


PARTS: tuple[Part, ...] = ("dev", "test")
"""In this order: what dev decides holds for test."""
Mined: TypeAlias = tuple[Ints, Ints, NDArray[np.float64]]
"""Places of queries, places of index lines, and scores, best first."""
Answer: TypeAlias = str | list[str] | None
"""For a query: an id, a ranking of ids, or nothing found. For an index line: nothing."""


class Retrieve(msgspec.Struct, frozen=True, tag="retrieve"):
    """Search (always an answer), mining (an answer or none) or ranking (an order of candidates)."""

    kind: Literal["search", "mine", "rank"]
    neighbours: int = 4
    """Mining: how many neighbours on both sides make the margin."""
    depth: int = 20
    """Ranking: how many candidates are listed and count."""
    cosine: bool = True
    """Search and ranking: whether vectors are brought to length 1; else their inner products count as they are."""
    longest_query: int | None = None
    """Tokens of a query's row, where they are to be fewer than an index line's."""
    __later__: ClassVar[tuple[str, ...]] = ("depth", "cosine", "longest_query")

    @property
    def head(self) -> Head:
        """The pooled row itself."""
        return Head("embed")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Search: accuracy. Mining: F1 first. Ranking: mean average precision, mean reciprocal rank."""
        if self.kind == "rank":
            return (f"map@{self.depth}", f"mrr@{self.depth}")
        return ("accuracy",) if self.kind == "search" else ("f1", "precision", "recall")

    def check(self, example: Line) -> None:
        """Refuse unknown sides and parts, and golds where none belong or where one is missing."""
        check_kind(example, Line)
        check_text(example, "text", example.text, empty=False)
        check_text(example, "second", example.second)
        if example.side not in ("query", "index"):
            refuse(example, "side", f"is {example.side!r}", way_out="It must be 'query' or 'index'.")
        if example.part not in ("dev", "test"):
            refuse(example, "part", f"is {example.part!r}", way_out="It must be 'dev' or 'test'.")
        if example.side == "index" and example.gold:
            refuse(example, "gold", "is given for an index line", way_out="Only queries carry gold.")
        if example.side == "query" and self.kind != "mine" and not example.gold:
            refuse(example, "gold", "is empty", way_out="In a search or ranking something is right for every query.")

    def encode(self, examples: Sequence[Line], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """One row for each line."""
        query = min(max_length, self.longest_query or max_length)
        lengths = [query if one.side == "query" else max_length for one in examples]
        texts, seconds = [one.text for one in examples], [one.second for one in examples]
        return join_each(tokenizer, np.arange(len(examples)), texts, seconds, lengths)

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Line]) -> list[Answer]:
        """The answers by the lines' vectors."""
        vectors = np.empty((len(examples), outputs.shape[1]), np.float32)
        vectors[rows.example] = outputs
        return self.answers(vectors, examples)

    def answers(self, vectors: Floats, examples: Sequence[Line]) -> list[Answer]:
        """For each query what is found among the index lines of its part; for each index line None."""
        found: list[Answer] = [None] * len(examples)
        threshold = np.inf
        for part in PARTS:
            queries, index = _lines(examples, part, "query"), _lines(examples, part, "index")
            if len(queries) and not len(index):
                raise BadInput(f"Part {part!r} has queries but no index lines.", way_out="Check the source.")
            if self.kind == "mine":
                left, right, scores = mined = self._mined(vectors, examples, queries, index)
                if part == "dev":
                    threshold = _threshold(mined, examples)
                kept = scores >= threshold
                for query, line in zip(left[kept].tolist(), right[kept].tolist(), strict=True):
                    found[query] = examples[line].id
            elif len(queries):
                ranked = self._ranked(vectors[queries], vectors[index])
                for query, places in zip(queries.tolist(), ranked, strict=True):
                    ids = [examples[index[place]].id for place in places]
                    found[query] = ids if self.kind == "rank" else ids[0]
        return found

    def threshold(self, vectors: NDArray[np.floating], examples: Sequence[Line]) -> float:
        """The margin score from which on a pair is believed: best F1 on part "dev", without a look at "test"."""
        queries, index = _lines(examples, "dev", "query"), _lines(examples, "dev", "index")
        return _threshold(self._mined(vectors, examples, queries, index), examples)

    def _ranked(self, queries: Floats, index: Floats) -> list[list[int]]:
        """For each query the rows of the index that come first: one in a search, `depth` in a ranking."""
        if self.cosine:
            queries, index = unit(queries), unit(index)
        most = self.depth if self.kind == "rank" else 1
        ranked: list[list[int]] = neighbours(queries, index, most)[1].tolist()
        return ranked

    def _mined(self, vectors: NDArray[np.floating], examples: Sequence[Line], queries: Ints, index: Ints) -> Mined:
        """Pairs of examples and their scores, best first, without sentences whose text comes twice."""
        kept_queries, once_query = drop_repeats([examples[place].text for place in queries.tolist()])
        kept_index, once_index = drop_repeats([examples[place].text for place in index.tolist()])
        queries, index = queries[kept_queries], index[kept_index]
        left, right, scores = mine(unit(vectors[queries]), unit(vectors[index]), self.neighbours)
        kept = once_query[left] & once_index[right]
        return queries[left[kept]], index[right[kept]], scores[kept]

    def score(
        self, predictions: Sequence[Answer], examples: Sequence[Line], *, part: Part = "test"
    ) -> Mapping[str, float]:
        """One part alone: queries answered by one of their golds, the pairs as a set, or the rankings."""
        same_length(predictions, examples)
        asked = [
            (one, prediction)
            for one, prediction in zip(examples, predictions, strict=True)
            if one.side == "query" and one.part == part
        ]
        if not asked:
            raise BadInput(f"There are no queries in part {part!r} to score.", way_out="Check the source.")
        if self.kind == "search":
            return {"accuracy": 100.0 * sum(prediction in one.gold for one, prediction in asked) / len(asked)}
        if self.kind == "rank":
            return self._rank_scores([(one.gold, prediction or ()) for one, prediction in asked])
        found = {(one.id, str(prediction)) for one, prediction in asked if prediction is not None}
        return set_scores(found, _gold(examples, part))

    def _rank_scores(self, asked: Sequence[tuple[tuple[str, ...], Sequence[str]]]) -> Mapping[str, float]:
        """Means over golds and rankings; a query without a ranking counts 0."""
        precision = sum(average_precision(gold, ranking, self.depth) for gold, ranking in asked)
        reciprocal = sum(reciprocal_rank(gold, ranking, self.depth) for gold, ranking in asked)
        return dict(zip(self.metrics, (100.0 * precision / len(asked), 100.0 * reciprocal / len(asked)), strict=True))

    def chance(self, examples: Sequence[Line]) -> float:
        """Search: one line in so many. Mining: F1 of believing every pair. Ranking: a random order."""
        queries, index = len(_lines(examples, "test", "query")), len(_lines(examples, "test", "index"))
        gold = len(_gold(examples, "test"))
        if not queries or not index:
            return 0.0
        if self.kind == "rank":
            golds = Counter(len(one.gold) for one in examples if one.side == "query" and one.part == "test")
            return sum(100.0 * n * random_precision(size, index, self.depth) for size, n in golds.items()) / queries
        if self.kind == "search":
            return 100.0 * gold / queries / index
        return 200.0 * gold / (queries * index + gold)


def _threshold(mined: Mined, examples: Sequence[Line]) -> float:
    """The score of the best F1, from the mined pairs of part "dev"."""
    left, right, scores = mined
    gold = _gold(examples, "dev")
    if not gold:
        raise BadInput("Mining has no pairs in part 'dev' for its threshold.", way_out="Add dev lines with gold.")
    hits = [(examples[i].id, examples[j].id) in gold for i, j in zip(left.tolist(), right.tolist(), strict=True)]
    return best_threshold(scores, hits, len(gold))


def _lines(examples: Sequence[Line], part: str, side: str) -> Ints:
    """Places of the lines of one part and side."""
    places = (place for place, one in enumerate(examples) if one.part == part and one.side == side)
    return np.fromiter(places, np.int64)


def _gold(examples: Sequence[Line], part: str) -> set[tuple[str, str]]:
    """Pairs (query id, index id) of one part."""
    return {(one.id, line) for one in examples if one.part == part and one.side == "query" for line in one.gold}
