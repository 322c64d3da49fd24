"""What columns mean for Match: a query and what belongs to it, or a question and the sentence that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import AnyForm, Pair
from xstilts.sources.columns import Made, Tables, each
from xstilts.sources.sentences import sentence_at
from xstilts.sources.values import identifier, listed, text, value


class Matched(msgspec.Struct, frozen=True, tag="matched", forbid_unknown_fields=True):
    """Columns or templates: a query, the text that is right for it, and perhaps wrong ones."""

    query: str = "query"
    right: str = "right"
    second: str = ""
    """What the right text is read together with; empty: nothing."""
    wrong: str = ""
    """A column with a wrong text or a list of them; empty: those of the other pairs of a batch are enough."""
    id: str = ""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""

        def make(values: Mapping[str, Any], number: int) -> Pair:
            return Pair(
                id=identifier(values, self.id, number),
                query=text(values, self.query),
                right=text(values, self.right),
                second=text(values, self.second) if self.second else "",
                wrong=tuple(listed(value(values, self.wrong), self.wrong)) if self.wrong else (),
            )

        return each(tables[lang, ""], make)


class Answering(msgspec.Struct, frozen=True, tag="answering", forbid_unknown_fields=True):
    """Reading comprehension turned into retrieval, in SQuAD's columns unless said otherwise.

    A question belongs to the sentence in which its first answer begins, read together with the whole paragraph.
    """

    question: str = "question"
    context: str = "context"
    answers: str = "answers.text"
    starts: str = "answers.answer_start"
    id: str = "id"
    cut: int = 1
    """Raised by hand whenever `sentences` would cut otherwise: it is part of what identifies the rows."""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""

        def make(values: Mapping[str, Any], number: int) -> Pair:
            context = text(values, self.context)
            answers = listed(value(values, self.answers), self.answers)
            starts = listed(value(values, self.starts), self.starts)
            if not answers or len(starts) != len(answers):
                raise BadInput(
                    f"there are {len(answers)} answers and {len(starts)} places.",
                    way_out='Drop such rows (drop = ["answers"]): a question without an answer belongs to no sentence.',
                    field="answers",
                )
            (answer, *_), (start, *_) = answers, starts
            fits = isinstance(context, str) and isinstance(answer, str) and isinstance(start, int) and answer
            if not fits or start < 0 or not context.startswith(answer, start):
                raise BadInput(f"the answer {answer!r} does not stand at {start!r}.", field="starts")
            return Pair(
                id=identifier(values, self.id, number),
                query=text(values, self.question),
                right=sentence_at(context, start),
                second=context,
            )

        return each(tables[lang, ""], make)
