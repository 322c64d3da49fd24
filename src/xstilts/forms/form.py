"""What every form of task has: its examples, the rows they become for a network, the head it needs, and its scores.

A form knows neither a data set nor a network. It speaks numpy: the training floor turns its `Rows` into tensors and
its `Head` into a layer, and hands back one array of outputs for all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HeadKind = Literal["sequence", "choice", "token", "span", "mask", "embed"]
Pooling = Literal["mean", "inner", "first", "max"]
"""How a row becomes one vector: the mean over all its tokens, over those that are text (no specials), its first token,
or the largest value of all tokens in every dimension."""


class Head(msgspec.Struct, frozen=True):
    """The layer that a form needs on top of an encoder."""

    kind: HeadKind
    """sequence: `size` scores a row · choice: one score a row, rows of a group compete · token: `size` scores a token
    · span: a start and an end score a token · mask: scores over the vocabulary · embed: a vector a row, of length 1"""
    size: int = 1
    pooling: Pooling = "first"
    """embed: how the row is pooled."""
    scale: float = 100.0
    """embed: what inner products are multiplied by in the loss, to begin with; it is learnt."""
    dense: bool = False
    """embed: whether a layer and a tanh stand between the pooled row and the vector."""


@dataclass(slots=True)
class Rows:
    """Token rows, flat: row i is tokens[starts[i]:starts[i + 1]]. No padding is ever stored."""

    tokens: NDArray[np.int32]
    """All token ids, specials included, one row after the other."""
    starts: NDArray[np.int64]
    """n + 1 offsets into `tokens`."""
    example: NDArray[np.int64]
    """For each row, the index of the example it comes from; a long example makes several rows, a choice several too."""
    targets: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    """What the loss compares with. sequence, choice: "label", one a row (choice: the index of the right row in its
    group, repeated) · token, mask: "label", one a token, -1 = no loss · span: "start" and "end", one a row, counted
    from the row's first token, 0 = no answer (<s>) · embed: "role" (0 query, 1 its right text, 2 a wrong one) and "key"
    (the same for the same text), one a row."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What decoding needs and training does not: character offsets, word ids, … Arrays aligned with rows or tokens."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens in each row."""
        return np.diff(self.starts)


class Form(Protocol):
    """The shape of a task. Implementations are frozen msgspec structs, one file each, tagged by lower-case name."""

    @property
    def head(self) -> Head:
        """The layer it needs on top of an encoder."""
        ...

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the scores that `score` gives, the main one first."""
        ...

    def check(self, example: Any) -> None:
        """Raise BadInput if the example cannot be trained on or scored; name the field."""
        ...

    def encode(self, examples: Sequence[Any], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """Examples to rows, targets included where the example has its answer."""
        ...

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Any]) -> list[Any]:
        """One prediction for each example, in order, as plain JSON values. `outputs` has one row for each row
        (sequence, choice, embed) or each token (token, span, mask) of `rows`."""
        ...

    def score(self, predictions: Sequence[Any], examples: Sequence[Any]) -> Mapping[str, float]:
        """Predictions against the examples' answers, every metric from 0 to 100."""
        ...

    def chance(self, examples: Sequence[Any]) -> float:
        """What blind guessing gets on the main metric."""
        ...
