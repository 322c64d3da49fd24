"""Span: the stretch of a context that answers a question, or none.

Long contexts come as overlapping windows. Answers are read from the context by the tokenizer's character offsets, so no
alignment of words is needed and scripts without spaces are treated like all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.checks import check_kind, check_text, refuse, same_length
from xstilts.forms.encoding import Ints, Pieces, join, pieces, ranges, template, windows
from xstilts.forms.form import Head, Rows
from xstilts.scoring.answers import MLQA_LANGUAGES, answer_scores, mlqa_normal

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Question(msgspec.Struct, frozen=True):
    """A question about a context; its answers are stretches of the context."""

    id: str
    question: str
    context: str
    answers: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    """Where the answers begin, in characters; empty in data that only serves to test."""
    title: str = ""
    lang: str = ""
    """The language of the context and so of the answers; only MLQA's normal form asks for it."""


class Span(msgspec.Struct, frozen=True, tag="span"):
    """Extractive question answering."""

    unanswerable: bool = False
    """Whether some questions have no answer: then no answer competes, and "" is a prediction."""
    stride: int = 128
    """Tokens from the start of a window to the start of the next, at most half a window."""
    longest: int = 30
    """No answer has more tokens than this."""
    normal: Literal["squad", "mlqa"] = "squad"
    """How answers are made alike before they are compared: as SQuAD does for every language, or as MLQA for each."""
    longest_question: int = 64
    """A longer question loses its last tokens; half of the row is the context's in any case."""
    threshold: float = 0.0
    """Unanswerable: "" is said only if no answer scores higher than the best answer by more than this."""
    __later__: ClassVar[tuple[str, ...]] = ("normal", "longest_question", "threshold")

    def __post_init__(self) -> None:
        for name in ("stride", "longest", "longest_question"):
            if getattr(self, name) < 1:
                raise BadInput(f"Span: {name} is {getattr(self, name)}.", way_out="It must be at least 1.")

    @property
    def head(self) -> Head:
        """A start score and an end score a token."""
        return Head("span", 2)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Token overlap, then exact match, both in the normal form."""
        return ("f1", "exact")

    def check(self, example: Question) -> None:
        """Refuse answers that do not stand where they are said to, and questions without any unless that is allowed."""
        check_kind(example, Question)
        check_text(example, "question", example.question)
        check_text(example, "context", example.context, empty=False)
        if not example.answers and not self.unanswerable:
            refuse(example, "answers", "is empty", way_out="Only Span(unanswerable=True) takes such questions.")
        if self.normal == "mlqa" and example.lang not in MLQA_LANGUAGES:
            known = ", ".join(MLQA_LANGUAGES)
            refuse(example, "lang", f"is {example.lang!r}", way_out=f"MLQA's normal form is known for {known}.")
        if example.starts and len(example.starts) != len(example.answers):
            refuse(example, "starts", f"has {len(example.starts)} places for {len(example.answers)} answers")
        for answer in example.answers:
            check_text(example, "answers", answer, empty=False)
        for answer, start in zip(example.answers, example.starts, strict=False):
            if start < 0 or not example.context.startswith(answer, start):
                refuse(
                    example,
                    "starts",
                    f"says {start}, but {answer[:40]!r} does not stand there",
                    way_out="Starts count characters of the context, not bytes.",
                )

    def encode(self, examples: Sequence[Question], tokenizer: Tokenizer, *, max_length: int) -> Rows:
        """Rows (question, window of the context); a target of 0 says that the answer is not in this window."""
        frame = template(tokenizer, 2)
        room = frame.room(max_length, 2)
        questions = pieces(tokenizer, [one.question for one in examples])
        contexts = pieces(tokenizer, [one.context for one in examples], offsets=True)
        asked = np.minimum(questions.lengths, min(self.longest_question, room // 2))
        rooms = room - asked
        steps = np.minimum(self.stride, np.maximum(rooms // 2, 1))
        example, skip, keep = windows(contexts.lengths, rooms, steps)
        first = questions.cut(keep=asked).take(example)
        second = contexts.take(example).cut(skip=skip, keep=keep)
        joined = join(frame, example, first, second)
        rows = joined.rows
        chars = np.full((len(rows.tokens), 2), -1, np.int32)
        assert contexts.offsets is not None
        chars[ranges(joined.second_at, second.lengths)] = contexts.offsets[second.places]
        rows.notes["chars"] = chars
        if all(one.starts or not one.answers for one in examples) and (
            self.unanswerable or all(one.answers for one in examples)
        ):
            begin, end = _answer_tokens(examples, contexts)
            begin, end = begin[example] - skip, end[example] - skip
            inside = (begin >= 0) & (begin <= end) & (end < second.lengths)
            shift = joined.second_at - rows.starts[:-1]
            rows.targets["start"] = np.where(inside, begin + shift, 0)
            rows.targets["end"] = np.where(inside, end + shift, 0)
        return rows

    def decode(self, rows: Rows, outputs: NDArray[np.floating], examples: Sequence[Question]) -> list[str]:
        """The text between the best start and end of any window; "" if `unanswerable` and no answer scores higher.

        Outputs are logits, compared across windows as they are; every stretch of every window is looked at, so there
        is no list of n best. The score of no answer is that of the first token, in the window where it is lowest.
        """
        starts = np.asarray(outputs[:, 0], np.float32)
        ends = np.asarray(outputs[:, 1], np.float32)
        score, begin, end = self._best_spans(rows, starts, ends)
        chars = rows.notes["chars"]
        null = starts[rows.starts[:-1]] + ends[rows.starts[:-1]]
        nothing = np.full(len(examples), np.inf, np.float32)
        np.minimum.at(nothing, rows.example, null)
        found = [""] * len(examples)
        best = np.full(len(examples), -np.inf, np.float32)
        for row, example in enumerate(rows.example.tolist()):
            if score[row] > best[example]:
                best[example] = score[row]
                found[example] = examples[example].context[chars[begin[row], 0] : chars[end[row], 1]].strip()
        if self.unanswerable:
            return ["" if nothing[i] > best[i] + self.threshold else text for i, text in enumerate(found)]
        return found

    def _best_spans(
        self, rows: Rows, starts: NDArray[np.float32], ends: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], Ints, Ints]:
        """For each row: the score, first and last token (indices in `rows.tokens`) of its best stretch of context."""
        context = rows.notes["chars"][:, 0] >= 0
        row = np.where(context, np.repeat(np.arange(len(rows)), rows.lengths), -1)
        best = np.where(context, starts + ends, -np.inf).astype(np.float32)
        reach = np.zeros(len(row), np.int64)
        for further in range(1, min(self.longest, len(row))):
            score = starts[:-further] + ends[further:]
            better = (row[:-further] >= 0) & (row[:-further] == row[further:]) & (score > best[:-further])
            best[:-further][better] = score[better]
            reach[:-further][better] = further
        top = np.maximum.reduceat(best, rows.starts[:-1]) if len(rows) else best
        hits = np.flatnonzero(best == np.repeat(top, rows.lengths))
        owner = np.searchsorted(rows.starts, hits, side="right") - 1
        begin = np.zeros(len(rows), np.int64)
        begin[owner[::-1]] = hits[::-1]
        return top, begin, begin + reach[begin]

    def score(self, predictions: Sequence[str | None], examples: Sequence[Question]) -> Mapping[str, float]:
        """F1 and exact match, the best over a question's answers. Without a prediction (None) a question scores 0."""
        same_length(predictions, examples)
        if self.normal == "squad":
            return answer_scores(predictions, [one.answers for one in examples], unanswerable=self.unanswerable)
        total = dict.fromkeys(self.metrics, 0.0)
        for lang in dict.fromkeys(one.lang for one in examples):
            said = [(text, one.answers) for text, one in zip(predictions, examples, strict=True) if one.lang == lang]
            texts, answers = zip(*said, strict=True)
            normal = partial(mlqa_normal, language=lang)
            part = answer_scores(texts, answers, normal=normal, unanswerable=self.unanswerable)
            for name in total:
                total[name] += part[name] * len(said) / len(examples)
        return total

    def chance(self, examples: Sequence[Question]) -> float:
        """F1 of a random stretch as long as the answer, or of never answering where that is better."""
        draw = np.random.default_rng(0)
        guesses = []
        for one in examples:
            words = one.context.split()
            length = len(one.answers[0].split()) if one.answers else 1
            start = int(draw.integers(max(len(words) - length, 0) + 1))
            guesses.append(" ".join(words[start : start + length]))
        never = self.score([""] * len(examples), examples)["f1"]
        return max(never, self.score(guesses, examples)["f1"])


def _answer_tokens(examples: Sequence[Question], contexts: Pieces) -> tuple[Ints, Ints]:
    """First and last piece of each example's first answer, counted from the start of its context; (-1, -2): none."""
    assert contexts.offsets is not None
    begin = np.asarray([one.starts[0] if one.answers else -1 for one in examples], np.int64)
    length = np.asarray([len(one.answers[0]) if one.answers else 0 for one in examples], np.int64)
    # Contexts lie one after the other in the flat array, so one search serves all once every context has its own range.
    distinct, owner = np.unique(contexts.begins, return_inverse=True)
    stops = np.append(distinct[1:], len(contexts.ids))
    base = np.repeat(np.arange(len(distinct), dtype=np.int64) << 32, stops - distinct)
    high = owner.astype(np.int64) << 32
    first = np.searchsorted(base + contexts.offsets[:, 1], high + begin, side="right") - contexts.begins
    last = np.searchsorted(base + contexts.offsets[:, 0], high + begin + length, side="left") - 1 - contexts.begins
    found = (begin >= 0) & (first <= last) & (last < contexts.lengths)
    return np.where(found, first, -1), np.where(found, last, -2)
