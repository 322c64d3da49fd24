"""Which exams' test rows stand in which tasks' training or development data, by their text. See `sources/leaks.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Literal

import msgspec
import numpy as np

from xstilts.errors import XstiltsError
from xstilts.sources.here import here_only
from xstilts.sources.leaks import NO_SUMS, Leak, Stood, Summed, among, leak, shared
from xstilts.tasks.task import Exam, Task
from xstilts.tasks.whereabouts import here

Split = Literal["train", "dev"]
SPLITS: tuple[Split, ...] = ("train", "dev")


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """What a task and an exam share."""

    task: str
    split: Split
    """train: it is trained on · dev: weights may be chosen on it"""
    exam: str
    leaks: dict[str, Leak]
    """By the language of the exam."""
    test: Stood
    """The first row that leaked, or of whose passage it is known."""
    train: Stood
    """Where it stands."""

    @property
    def rows(self) -> int:
        """Test rows, of all languages."""
        return sum(one.rows for one in self.leaks.values())

    @property
    def passages(self) -> int:
        """Test questions of which the passage alone is known."""
        return sum(one.passages for one in self.leaks.values())


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was compared, as far as its rows are here."""

    tasks: tuple[str, ...]
    exams: tuple[str, ...]
    overlaps: tuple[Overlap, ...]


def compared(trained: Iterable[Task], sat: Iterable[Exam]) -> Compared:
    """Every task with every exam. What is not on this machine is passed over: it cannot be compared."""
    learnt = [
        (task.name, split, Summed(getattr(task, split), lang))
        for task in trained
        for split in SPLITS
        for lang in task.spoken
        if here(getattr(task, split), lang)
    ]
    asked = [(exam.name, Summed(exam.test, lang)) for exam in sat for lang in exam.languages if here(exam.test, lang)]
    # Most languages share nothing with anybody: one look at all that is known spares a look at each.
    everything = np.sort(np.concatenate([NO_SUMS, *(one.rows for _, _, one in learnt)]).ravel())
    suspects = [(exam, test) for exam, test in asked if among(test.rows, everything).any()]
    found: dict[tuple[str, Split, str], list[tuple[Summed, Summed, Leak]]] = {}
    for task, split, train in learnt:
        for exam, test in suspects:
            if (one := leak(train, test)) is not None:
                found.setdefault((task, split, exam), []).append((train, test, one))
    return Compared(
        tasks=tuple(dict.fromkeys(name for name, _, one in learnt if len(one.rows))),
        exams=tuple(dict.fromkeys(name for name, one in asked if len(one.rows))),
        overlaps=tuple(_overlap(*key, leaks) for key, leaks in found.items()),
    )


def _overlap(task: str, split: Split, exam: str, leaks: Sequence[tuple[Summed, Summed, Leak]]) -> Overlap:
    train, test, one = next((each for each in leaks if each[2].rows), leaks[0])
    first, there = one.first
    return Overlap(
        task=task, split=split, exam=exam, leaks={test.lang: one for _, test, one in leaks},
        test=test.at(first), train=train.at(there),
    )  # fmt: skip


def trained_before(tasks: Iterable[Task], exam: Exam, lang: str) -> dict[str, int]:
    """Task → how many test rows of one language stand in its training data; nothing is fetched to find out.

    Where the rows of a task are not on this machine, it is not among them.
    """
    found = {}
    with here_only():
        for task in tasks:
            with suppress(XstiltsError):
                test = Summed(exam.test, lang)
                count = int(sum(shared(Summed(task.train, one), test)[0].sum() for one in task.spoken))
                if count:
                    found[task.name] = count
    return found
