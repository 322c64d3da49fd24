"""Whatever is declared sits the same exam: licensed, rows in order, labels complete, perfect answers score 100, blind
ones score chance."""

from __future__ import annotations

import random
from typing import Any

import pytest

from xstilts.forms import Choose, Classify, Match, Retrieve, Span, Tag
from xstilts.languages import langs
from xstilts.tasks import Exam, Task, exams, tasks

ROWS = 150


def rows_of(one: Task | Exam) -> list[Any]:
    source = one.dev if isinstance(one, Task) else one.test
    return list(source.read(one.lang if isinstance(one, Task) else one.languages[-1]))


DECLARED: list[Any] = [
    pytest.param(one, id=f"{kind}-{name}")
    for kind, table in (("task", tasks()), ("exam", exams()))
    for name, one in table.items()
]


@pytest.mark.parametrize("one", DECLARED)
def test_it_says_what_it_is(one: Task | Exam) -> None:
    assert one.licence
    assert one.about
    if isinstance(one, Exam):
        assert langs(one.languages) == one.languages
        assert one.main_metric in one.form.metrics


@pytest.mark.parametrize("one", DECLARED)
def test_its_rows_are_in_order(one: Task | Exam) -> None:
    rows = rows_of(one)
    assert rows
    for row in rows:
        one.form.check(row)
    assert len({row.id for row in rows}) == len(rows)


@pytest.mark.parametrize("one", DECLARED)
def test_perfect_answers_score_100_and_blind_ones_score_chance(one: Task | Exam) -> None:
    rows = rows_of(one)
    metric = one.form.metrics[0]
    assert one.form.score(perfect(one, rows), rows)[metric] == pytest.approx(100)
    blind = [one.form.score(guesses(one, rows, seed), rows)[metric] for seed in range(5)]
    assert sum(blind) / 5 <= one.form.chance(rows) + 12


def perfect(one: Task | Exam, rows: list[Any]) -> list[Any]:
    match one.form:
        case Classify() | Choose():
            return [row.label for row in rows]
        case Span():
            return [row.answers[0] if row.answers else "" for row in rows]
        case Tag():
            return [list(row.tags) for row in rows]
        case Retrieve(kind="rank", depth=depth):
            return [list(row.gold[:depth]) if row.gold else None for row in rows]
        case Retrieve():
            return [row.gold[0] if row.gold else None for row in rows]
        case Match():
            return [row.right for row in rows]
    raise AssertionError(one.form)


def guesses(one: Task | Exam, rows: list[Any], seed: int) -> list[Any]:
    rng = random.Random(seed)
    match one.form:
        case Classify(labels=labels):
            return [rng.choice(labels) for _ in rows]
        case Choose():
            return [rng.randrange(len(row.options)) for row in rows]
        case Span():
            return [rng.choice(row.context.split()) for row in rows]
        case Tag(labels=labels):
            return [[rng.choice(labels) for _ in row.tags] for row in rows]
        case Match():
            texts = [text for row in rows for text in (row.right, *row.wrong)]
            return [rng.choice(texts) for _ in rows]
        case Retrieve(kind="rank", depth=depth):
            index = [row.id for row in rows if row.side == "index" and row.part == "test"]
            return [rng.sample(index, min(depth, len(index))) if row.side == "query" else None for row in rows]
        case Retrieve():
            index = [row.id for row in rows if row.side == "index" and row.part == "test"]
            return [rng.choice(index) if row.side == "query" else None for row in rows]
    raise AssertionError(one.form)
