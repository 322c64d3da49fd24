"""Classify: one label for a text or a pair of texts (inference, paraphrase)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.forms.checks import check_kind, check_label, check_text, refuse, same_length
from xstilts.forms.encoding import join_texts
from xstilts.forms.form import Head, Rows
from xstilts.scoring.labels import accuracy

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Text(msgspec.Struct, frozen=True):
    """A text or a pair of texts, and its label."""

    id: str
    texts: tuple[str, ...]
    label: str | None = None


class Classify(msgspec.Struct, frozen=True, tag="classify"):
    """One of several labels for each text or pair."""

    labels: tuple[str, ...]
    fields: tuple[str, ...] = ("premise", "hypothesis")
    """What the texts are called: one name or two."""

    @property
    def head(self) -> Head:
        """One score a label."""
        return Head("sequence", len(self.labels))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Accuracy alone."""
        return ("accuracy",)

    def check(self, example: Text) -> None:
        """Refuse wrong numbers of texts and labels outside the list."""
        check_kind(example, Text)
        if len(example.texts) != len(self.fields):
            refuse(example, "texts", f"has {len(example.texts)} texts where {', '.join(self.fields)} are expected")
        for name, text in zip(self.fields, example.texts, strict=True):
            check_text(example, name, text)
        check_label(example, "label", example.label, self.labels)

    def encode(self, examples: Sequence[Text], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """One row for each example; a pair that is too long loses tokens of the longer text first."""
        columns = [[one.texts[place] for one in examples] for place in range(len(self.fields))]
        rows = join_texts(tokenizer, np.arange(len(examples)), columns, max_length=max_length).rows
        number = {label: place for place, label in enumerate(self.labels)}
        if all(one.label is not None for one in examples):
            rows.targets["label"] = np.asarray([number[str(one.label)] for one in examples], np.int64)
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Text]) -> list[str]:
        """The label of the highest score; of equal ones the first."""
        found = [self.labels[0]] * len(examples)
        for example, best in zip(rows.example.tolist(), outputs.argmax(axis=1).tolist(), strict=True):
            found[example] = self.labels[best]
        return found

    def score(self, predictions: Sequence[str], examples: Sequence[Text]) -> Mapping[str, float]:
        """Share of right labels."""
        same_length(predictions, examples)
        return {"accuracy": accuracy(predictions, [one.label for one in examples])}

    def chance(self, examples: Sequence[Text]) -> float:
        """What the commonest label gets when it is given to everything."""
        counts = Counter(one.label for one in examples if one.label is not None)
        return 100.0 * max(counts.values()) / counts.total() if counts else 100.0 / len(self.labels)
