"""Tag: one label for each word of a sentence (parts of speech, names)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_label, check_text, refuse, same_length
from xstilts.forms.encoding import Ints, Pieces, join, offsets_of, pieces, template, unknown_id
from xstilts.forms.form import Head, Rows
from xstilts.scoring.chunks import chunk_scores
from xstilts.scoring.labels import accuracy

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Sentence(msgspec.Struct, frozen=True):
    """Words and their tags."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...] = ()


class Tag(msgspec.Struct, frozen=True, tag="tag"):
    """A label for each word."""

    labels: tuple[str, ...]
    spans: bool = True
    """Whether chunks are scored (names; parts of speech as XTREME does it), or only single tags."""

    @property
    def head(self) -> Head:
        """Scores a token, one a label."""
        return Head("token", len(self.labels))

    @property
    def metrics(self) -> tuple[str, ...]:
        """F1 of chunks if they count, and accuracy of single tags."""
        return ("f1", "accuracy") if self.spans else ("accuracy",)

    def check(self, example: Sentence) -> None:
        """Refuse tags that are not one a word or not in the list."""
        check_kind(example, Sentence)
        if len(example.tags) != len(example.words):
            refuse(example, "tags", f"has {len(example.tags)} tags for {len(example.words)} words")
        for word in example.words:
            check_text(example, "words", word)
        for tag in example.tags:
            check_label(example, "tags", tag, self.labels)

    def encode(self, examples: Sequence[Sentence], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """Rows of whole words; a sentence that is too long goes on in the next row, and no word is dropped.

        The label stands on the first piece of a word. A word without pieces becomes the unknown token, one longer than
        a whole row loses its last pieces. `notes["word"]`: the place of the word that begins here, or -1.
        """
        frame = template(tokenizer, 1)
        words = _words(tokenizer, examples, room=frame.room(max_length, 1))
        counts = np.asarray([len(one.words) for one in examples], np.int64)
        example, begins = _rows(counts, words.lengths, frame.room(max_length, 1))
        place = offsets_of(words.lengths)
        edges = place[begins]
        body = Pieces(words.ids[words.places], edges[:-1], np.diff(edges))
        joined = join(frame, example, body)
        rows = joined.rows
        row = np.repeat(np.arange(len(rows)), np.diff(begins))
        first = joined.first_at[row] + place[:-1] - edges[row]
        word = np.full(len(rows.tokens), -1, np.int64)
        word[first] = np.arange(len(first)) - np.repeat(offsets_of(counts)[:-1], counts)
        rows.notes["word"] = word
        if all(len(one.tags) == len(one.words) for one in examples):
            number = {label: place for place, label in enumerate(self.labels)}
            label = np.full(len(rows.tokens), -1, np.int64)
            tags = chain.from_iterable(one.tags for one in examples)
            label[first] = np.fromiter((number[tag] for tag in tags), np.int64, len(first))
            rows.targets["label"] = label
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Sentence]) -> list[list[str]]:
        """The best label of every word, sentences put together again."""
        word = rows.notes["word"]
        at = np.flatnonzero(word >= 0)
        example = np.repeat(rows.example, rows.lengths)[at]
        order = np.lexsort((word[at], example))
        best: list[str] = np.asarray(self.labels, dtype=object)[outputs[at[order]].argmax(axis=1)].tolist()
        edges = offsets_of(np.bincount(example, minlength=len(examples))).tolist()
        return [best[edges[place] : edges[place + 1]] for place in range(len(examples))]

    def score(self, predictions: Sequence[Sequence[str]], examples: Sequence[Sentence]) -> Mapping[str, float]:
        """Chunk F1 in the sense of seqeval 0.0.12, which XTREME reports for parts of speech too, and accuracy."""
        same_length(predictions, examples)
        for prediction, one in zip(predictions, examples, strict=True):
            if len(prediction) != len(one.tags):
                raise BadInput(
                    f"Sentence {one.id!r}: {len(prediction)} predicted tags for {len(one.tags)} words.",
                    way_out="Predict again; every word needs one tag.",
                )
        golds = [one.tags for one in examples]
        flat = list(chain.from_iterable(golds))
        right = accuracy(list(chain.from_iterable(predictions)), flat) if flat else 0.0
        if not self.spans:
            return {"accuracy": right}
        return {"f1": chunk_scores(predictions, golds)["f1"], "accuracy": right}

    def chance(self, examples: Sequence[Sentence]) -> float:
        """What one draw of random tags gets, or the commonest tag everywhere where that is better."""
        draw = np.random.default_rng(0)
        labels = np.asarray(self.labels, dtype=object)
        drawn = [labels[draw.integers(len(labels), size=len(one.tags))].tolist() for one in examples]
        names, counts = np.unique([tag for one in examples for tag in one.tags] or [self.labels[0]], return_counts=True)
        common = [[str(names[counts.argmax()])] * len(one.tags) for one in examples]
        return max(self.score(guess, examples)[self.metrics[0]] for guess in (drawn, common))


def _words(tokenizer: Tokenizer, examples: Sequence[Sentence], *, room: int) -> Pieces:
    """Pieces of every word of every sentence, at least one each."""
    words = pieces(tokenizer, list(chain.from_iterable(one.words for one in examples)))
    empty = words.lengths == 0
    begins = np.where(empty, len(words.ids), words.begins)
    ids = np.append(words.ids, np.int32(unknown_id(tokenizer)))
    return Pieces(ids, begins, np.clip(words.lengths, 1, room))


def _rows(counts: Ints, lengths: Ints, room: int) -> tuple[Ints, Ints]:
    """Sentence of each row, and the first word of each row (of all words in one line; one more at the end)."""
    edges = offsets_of(counts)
    place = offsets_of(lengths)
    example: list[int] = []
    begins: list[int] = []
    totals = place[edges[1:]] - place[edges[:-1]]
    for sentence, (begin, end, total) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), totals, strict=True)):
        example.append(sentence)
        begins.append(begin)
        while total > room:
            begin = int(np.searchsorted(place, place[begin] + room, side="right")) - 1
            total = place[end] - place[begin]
            example.append(sentence)
            begins.append(begin)
    return np.asarray(example, np.int64), np.asarray([*begins, int(edges[-1])], np.int64)
