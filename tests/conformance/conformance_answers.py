"""Answers of two kinds: all right, and blind."""

from __future__ import annotations

import random
from typing import Any

from xstilts.forms import Choose, Classify, Retrieve, Span, Tag
from xstilts.tasks import Exam, Task


def perfect(one: Task | Exam, rows: list[Any]) -> list[Any]:
    match one.form:
        case Classify() | Choose():
            return [row.label for row in rows]
        case Span():
            return [row.answers[0] if row.answers else "" for row in rows]
        case Tag():
            return [list(row.tags) for row in rows]
        case Retrieve():
            return [row.gold[0] if row.gold else None for row in rows]
    raise AssertionError(one.form)


def guesses(one: Task | Exam, rows: list[Any], seed: int) -> list[Any]:
    rng = random.Random(seed)
    match one.form:
        case Classify(labels=labels):
            return [rng.choice(labels) for _ in rows]
        case Choose(options=options):
            return [rng.randrange(options) for _ in rows]
        case Span():
            return [rng.choice(row.context.split()) for row in rows]
        case Tag(labels=labels):
            return [[rng.choice(labels) for _ in row.tags] for row in rows]
        case Retrieve():
            index = [row.id for row in rows if row.side == "index" and row.part == "test"]
            return [rng.choice(index) if row.side == "query" else None for row in rows]
    raise AssertionError(one.form)
