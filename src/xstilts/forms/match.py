"""Match: texts and what belongs to them: one encoder trained for both sides (a dual encoder), as for LAReQA.

Trained so, an encoder sits exams of the form `Retrieve` with the vectors of its trained head.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import Ints, join_each
from xstilts.forms.form import Head, Rows
from xstilts.scoring.labels import accuracy
from xstilts.scoring.vectors import neighbours, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUERY, RIGHT, WRONG = 0, 1, 2
"""The roles of rows."""


class Pair(msgspec.Struct, frozen=True):
    """A query, the text that answers it, and texts that look as if they did."""

    id: str
    query: str
    right: str
    second: str = ""
    """What the right text is read together with, such as the paragraph around an answer's sentence."""
    wrong: tuple[str, ...] = ()
    """Wrong texts beside those of the other pairs of a batch."""


class Match(msgspec.Struct, frozen=True, tag="match"):
    """Tell the right text from all others of the batch."""

    pooling: Literal["first", "mean"] = "first"
    """What a vector is made of: a row's first token, or the mean of all."""
    dense: bool = True
    """Whether a layer and a tanh come between, as in BERT's pooler."""
    scale: float = 100.0
    """What cosines are multiplied by before the softmax, to begin with; it is learnt."""
    longest_query: int | None = None
    """Tokens of a query's row, where they are to be fewer than those of a right text's."""

    def __post_init__(self) -> None:
        if not self.scale > 0 or (self.longest_query is not None and self.longest_query < 1):
            raise BadInput("Match: scale must be above 0 and longest_query, if given, at least 1.")

    @property
    def head(self) -> Head:
        """A vector a row."""
        return Head("embed", pooling=self.pooling, scale=self.scale, dense=self.dense)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Share of queries to which the right text is the nearest of all."""
        return ("accuracy",)

    def check(self, example: Pair) -> None:
        """Refuse empty texts, and a right text that is also given as wrong."""
        check_kind(example, Pair)
        check_text(example, "query", example.query, empty=False)
        check_text(example, "right", example.right, empty=False)
        check_text(example, "second", example.second)
        for text in example.wrong:
            check_text(example, "wrong", text, empty=False)
        if not example.second and example.right in example.wrong:
            refuse(example, "wrong", "names the right text too")

    def encode(self, examples: Sequence[Pair], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """For each example a row for its query, its right text, and each wrong one.

        Rows of the same text have the same key, so that a batch never takes for wrong what is right elsewhere in it.
        """
        query = min(max_length, self.longest_query or max_length)
        example: list[int] = []
        role: list[int] = []
        texts: list[tuple[str, str]] = []
        for place, one in enumerate(examples):
            example += [place] * (2 + len(one.wrong))
            role += [QUERY, RIGHT] + [WRONG] * len(one.wrong)
            texts += [(one.query, ""), *_candidates(one)]
        lengths = [query if kind == QUERY else max_length for kind in role]
        seconds = [second for _, second in texts]
        rows = join_each(tokenizer, np.asarray(example, np.int64), [text for text, _ in texts], seconds, lengths)
        rows.targets["role"] = np.asarray(role, np.int64)
        rows.targets["key"] = _numbered(texts)
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Pair]) -> list[str]:
        """For each query the nearest of all examples' texts, right and wrong."""
        order = np.argsort(rows.example, kind="stable")
        vectors = unit(outputs[order])
        sizes = np.asarray([2 + len(one.wrong) for one in examples], np.int64)
        asking = np.zeros(len(vectors), bool)
        asking[np.cumsum(sizes) - sizes] = True
        pool = [text for one in examples for text, _ in _candidates(one)]
        if not pool:
            return []
        nearest = neighbours(vectors[asking], vectors[~asking], 1)[1][:, 0]
        return [pool[place] for place in nearest.tolist()]

    def score(self, predictions: Sequence[str], examples: Sequence[Pair]) -> Mapping[str, float]:
        """Share of queries whose nearest text is the right one."""
        same_length(predictions, examples)
        return {"accuracy": accuracy(predictions, [one.right for one in examples])}

    def chance(self, examples: Sequence[Pair]) -> float:
        """One text in so many."""
        return 100.0 / max(1, len({text for one in examples for text in _candidates(one)}))


def _candidates(one: Pair) -> list[tuple[str, str]]:
    """The right text and the wrong ones, each with its second."""
    return [(one.right, one.second), *((text, "") for text in one.wrong)]


def _numbered(texts: Iterable[Hashable]) -> Ints:
    """A number for every text, the same for the same text."""
    number: dict[Hashable, int] = {}
    return np.asarray([number.setdefault(text, len(number)) for text in texts], np.int64)
