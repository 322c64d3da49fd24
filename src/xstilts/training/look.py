"""A look at development data: what a network scores on each task it is trained on, and whether it has collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from xstilts.encoders.network import Network
from xstilts.forms import Mask
from xstilts.tasks.task import Task
from xstilts.training.feeds import sample
from xstilts.training.health import Health, of_dev
from xstilts.training.predict import guess_scores, predict
from xstilts.training.recipe import Machine, Recipe

DEV = 500
"""Development examples that are looked at: enough to see a collapse, few enough to cost nothing."""


class Seen(msgspec.Struct, frozen=True):
    """What one task's development data said."""

    task: str
    """Of a task in several languages, with one of them: `mnli@de`."""
    scores: dict[str, float]
    main: float | None
    """The main score, more is better; None: of running text."""
    health: Health


def look(
    network: Network, tasks: Sequence[Task], heads: dict[str, str], recipe: Recipe, machine: Machine | None
) -> list[Seen]:
    """The scores of each task, and of each language of a task in several, on the same few examples every time."""
    found: list[Seen] = []
    for task in tasks:
        read = {lang: task.dev.read(lang) for lang in task.spoken}
        most = max(1, DEV // len(read))
        some = {
            lang: [rows[i] for i in sample(len(rows), most, seed=0, name=task.name)]
            for lang, rows in read.items()
            if len(rows)
        }
        if some:
            found += _seen(network, task, some, heads.get(task.name, task.name), recipe, machine)
    return found


def _seen(
    network: Network, task: Task, some: dict[str, list[Any]], head: str, recipe: Recipe, machine: Machine | None
) -> list[Seen]:
    names = {lang: task.name if len(task.spoken) == 1 else f"{task.name.split('@')[0]}@{lang}" for lang in some}
    if isinstance(task.form, Mask):
        scores = {
            lang: guess_scores(network, task.form, rows, head=head, max_length=recipe.max_length)
            for lang, rows in some.items()
        }
        return [Seen(names[lang], scores[lang], None, Health()) for lang in some]
    answers = predict(network, task.form, some, head=head, max_length=recipe.max_length, machine=machine)
    found = []
    for lang, rows in some.items():
        scored = {name: float(value) for name, value in task.form.score(answers[lang], rows).items()}
        main = scored[task.form.metrics[0]]
        health = of_dev(answers[lang], score=main, chance=task.form.chance(rows))
        found.append(Seen(names[lang], scored, main, health))
    return found
