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
    """One of a fixed number of options for each prompt."""

    options: int

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
        if len(example.options) != self.options:
            refuse(example, "options", f"has {len(example.options)} options where {self.options} are expected")
        for option in example.options:
            check_text(example, "options", option)
        if not isinstance(example.label, int) or not 0 <= example.label < self.options:
            refuse(example, "label", f"is {example.label!r}, not an index from 0 to {self.options - 1}")

    def encode(self, examples: Sequence[Choice], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """A row (prompt, option) for each option, the rows of an example together and in order."""
        group = np.repeat(np.arange(len(examples), dtype=np.int64), self.options)
        prompts = [one.prompt for one in examples for _ in one.options]
        options = [option for one in examples for option in one.options]
        rows = join_texts(tokenizer, group, (prompts, options), max_length=max_length).rows
        rows.notes["group"] = group
        if all(one.label is not None for one in examples):
            rows.targets["label"] = np.repeat(np.asarray([one.label for one in examples], np.int64), self.options)
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Choice]) -> list[int]:
        """The option of the highest score; of equal ones the first."""
        order = np.argsort(rows.example, kind="stable")
        scores = outputs.reshape(-1)[order].reshape(len(examples), self.options)
        best: list[int] = scores.argmax(axis=1).tolist()
        return best

    def score(self, predictions: Sequence[int], examples: Sequence[Choice]) -> Mapping[str, float]:
        """Share of right options."""
        same_length(predictions, examples)
        return {"accuracy": accuracy(predictions, [one.label for one in examples])}

    def chance(self, examples: Sequence[Choice]) -> float:
        """One option in so many."""
        return 100.0 / self.options
