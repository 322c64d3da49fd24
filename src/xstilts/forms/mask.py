"""Mask: running text whose tokens are hidden and guessed, for pretraining and to keep a language alive.

Which tokens are hidden is drawn anew in every epoch, so that happens in training; here are the rows it draws from.
Its scores are no percentages: `loss` is in nats a hidden token (less is better), `accuracy` a share from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import Joined, join, longest_first, pieces, ranges, template, windows
from xstilts.forms.form import Head, Rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Lines(msgspec.Struct, frozen=True):
    """A stretch of running text; `second` may hold its translation, read in the same row."""

    id: str
    text: str
    second: str = ""


class Mask(msgspec.Struct, frozen=True, tag="mask"):
    """Guess hidden tokens."""

    rate: float = 0.15
    """Share of tokens that are hidden."""

    @property
    def head(self) -> Head:
        """Scores over the vocabulary."""
        return Head("mask")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Loss in nats and accuracy from 0 to 1: no percentages."""
        return ("loss", "accuracy")

    def check(self, example: Lines) -> None:
        """Refuse empty text."""
        check_kind(example, Lines)
        check_text(example, "text", example.text, empty=False)
        check_text(example, "second", example.second)
        if not 0 < self.rate < 1:
            refuse(example, "rate", f"of its form is {self.rate}, not between 0 and 1")

    def encode(self, examples: Sequence[Lines], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """Rows with nothing hidden and no targets; `notes["special"]` says which tokens never are.

        Long text goes on in the next row; a pair that is too long loses tokens of the longer side first. If any example
        has a `second`, all must.
        """
        pairs = any(one.second for one in examples)
        if pairs and not all(one.second for one in examples):
            raise BadInput("Some lines have a second text and some have none.", way_out="Make them two tasks.")
        frame = template(tokenizer, 2 if pairs else 1)
        room = frame.room(max_length, 2 if pairs else 1)
        first = pieces(tokenizer, [one.text for one in examples])
        if pairs:
            second = pieces(tokenizer, [one.second for one in examples])
            keep_first, keep_second = longest_first(first.lengths, second.lengths, room)
            first, second = first.cut(keep=keep_first), second.cut(keep=keep_second)
            joined = join(frame, np.arange(len(examples)), first, second)
            places = np.concatenate((ranges(joined.first_at, first.lengths), ranges(joined.second_at, second.lengths)))
            return _with_special(joined, places)
        rooms = np.full_like(first.lengths, room)
        example, skip, keep = windows(first.lengths, rooms, rooms)
        first = first.take(example).cut(skip=skip, keep=keep)
        joined = join(frame, example, first)
        return _with_special(joined, ranges(joined.first_at, first.lengths))

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Lines]) -> list[dict[str, float]]:
        """Sums for each example over its hidden tokens: {"loss", "right", "hidden"}.

        Hidden are tokens with targets["label"] >= 0; `outputs` has one row for each token, or only for the hidden ones.
        """
        label = rows.targets["label"]
        at = np.flatnonzero(label >= 0)
        example = np.repeat(rows.example, rows.lengths)[at]
        scores = np.asarray(outputs if len(outputs) == len(at) else outputs[at], np.float32)
        top = scores.max(axis=1, initial=-np.inf)
        norm = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        loss = norm - scores[np.arange(len(at)), label[at]]
        right = scores.argmax(axis=1) == label[at] if len(at) else np.zeros(0, bool)
        columns = [np.bincount(example, weight, len(examples)).tolist() for weight in (loss, right, np.ones(len(at)))]
        return [{"loss": one, "right": good, "hidden": n} for one, good, n in zip(*columns, strict=True)]

    def score(self, predictions: Sequence[Mapping[str, float]], examples: Sequence[Lines]) -> Mapping[str, float]:
        """Mean loss in nats and share of right guesses (0 to 1) over all hidden tokens."""
        same_length(predictions, examples)
        hidden = sum(one["hidden"] for one in predictions)
        if not hidden:
            raise BadInput("No token was hidden, so there is nothing to score.", way_out="Raise the rate or add text.")
        loss, right = (sum(one[name] for one in predictions) for name in ("loss", "right"))
        return {"loss": loss / hidden, "accuracy": right / hidden}

    def chance(self, examples: Sequence[Lines]) -> float:
        """Not a number: the loss of blind guessing is the logarithm of a vocabulary that the form does not know."""
        return float("nan")


def _with_special(joined: Joined, places: NDArray[np.int64]) -> Rows:
    """The rows, with a note of which tokens are the tokenizer's own: all but those at `places`."""
    special = np.ones(len(joined.rows.tokens), bool)
    special[places] = False
    joined.rows.notes["special"] = special
    return joined.rows
