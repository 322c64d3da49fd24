"""Choose: the one right option among several for a prompt (common sense, cause and effect)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import join_texts
from xstilts.forms.form import Head, Rows
from xstilts.scoring.labels import accuracy

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Choice(msgspec.Struct, frozen=True):
    """A prompt, its options, and the index of the right one."""

    id: str
    prompt: str
    options: tuple[str, ...]
    label: int | None = None


class Choose(msgspec.Struct, frozen=True, tag="choose"):
    """One of several options for each prompt."""

    options: int | None = None
    """How many; None: it differs from example to example."""

    @property
    def head(self) -> Head:
        """One score a row; the rows of an example compete."""
        return Head("choice")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Accuracy alone."""
        return ("accuracy",)

    def check(self, example: Choice) -> None:
        """Refuse wrong numbers of options and labels that point at none."""
        check_kind(example, Choice)
        check_text(example, "prompt", example.prompt)
        if self.options is None and len(example.options) < 2:
            refuse(example, "options", f"has {len(example.options)} options where at least 2 are expected")
        if self.options is not None and len(example.options) != self.options:
            refuse(example, "options", f"has {len(example.options)} options where {self.options} are expected")
        for option in example.options:
            check_text(example, "options", option)
        if not isinstance(example.label, int) or not 0 <= example.label < len(example.options):
            refuse(example, "label", f"is {example.label!r}, not an index from 0 to {len(example.options) - 1}")

    def encode(self, examples: Sequence[Choice], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """A row (prompt, option) for each option, the rows of an example together and in order.

        A row that is too long loses the last tokens of its prompt: what tells the options apart must stay.
        """
        counts = np.asarray([len(one.options) for one in examples], np.int64)
        group = np.repeat(np.arange(len(examples), dtype=np.int64), counts)
        prompts = [one.prompt for one in examples for _ in one.options]
        options = [option for one in examples for option in one.options]
        rows = join_texts(tokenizer, group, (prompts, options), max_length=max_length, spare_second=True).rows
        rows.notes["group"] = group
        if all(one.label is not None for one in examples):
            rows.targets["label"] = np.repeat(np.asarray([one.label for one in examples], np.int64), counts)
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Choice]) -> list[int]:
        """The option of the highest score; of equal ones the first."""
        order = np.argsort(rows.example, kind="stable")
        edges = np.cumsum(np.bincount(rows.example, minlength=len(examples)))[:-1]
        return [int(scores.argmax()) for scores in np.split(outputs.reshape(-1)[order], edges)] if examples else []

    def score(self, predictions: Sequence[int], examples: Sequence[Choice]) -> Mapping[str, float]:
        """Share of right options."""
        same_length(predictions, examples)
        return {"accuracy": accuracy(predictions, [one.label for one in examples])}

    def chance(self, examples: Sequence[Choice]) -> float:
        """One option in so many."""
        if self.options is not None:
            return 100.0 / self.options
        return 100.0 * sum(1 / len(one.options) for one in examples) / max(1, len(examples))
