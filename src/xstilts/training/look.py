"""A look at the development data of a stage's tasks: their scores, and a verdict on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xstilts.encoders.network import Network
from xstilts.errors import BadInput
from xstilts.forms import Mask
from xstilts.tasks.task import Task
from xstilts.tasks.translated import AT, named
from xstilts.training.health import Ends, Health, hopeless, learnt, of_dev, worse
from xstilts.training.predict import guess_scores, predict
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.streams import stream

DEV = 500
"""Development examples looked at: enough to see a collapse, few enough to cost nothing."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found, by task."""

    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    """Of a task in several languages, in each: `mnli@de`."""
    main: dict[str, float] = field(default_factory=dict)
    """The main score of each task that has answers, the mean over its languages: more is better."""
    verdicts: dict[str, Health] = field(default_factory=dict)
    """Of the tasks that have answers to guess: running text has none."""

    @property
    def mean(self) -> float:
        """One number to choose by: the mean of the tasks' main scores; of running text alone, its loss turned round."""
        if self.main:
            return sum(self.main.values()) / len(self.main)
        losses = [one["loss"] for one in self.scores.values()]
        if not losses:
            raise BadInput("There are no development rows to choose weights by.", way_out='Say select = "last".')
        return -sum(losses) / len(losses)

    @property
    def health(self) -> Health:
        """The gravest verdict, and of several tasks, of which."""
        if len(self.verdicts) < 2:
            return worse(Health(), *self.verdicts.values())
        named = (Health(one.state, one.why and f"{name}: {one.why}") for name, one in self.verdicts.items())
        return worse(Health(), *named)


def look(
    network: Network, tasks: Sequence[Task], heads: Mapping[str, str], recipe: Recipe, machine: Machine | None
) -> Looked:
    """Score the development data of each task. No randomness is drawn, so a training is not disturbed by it."""
    found = Looked()
    for task in tasks:
        some = _some(task)
        if some:
            _look_at(task, some, network, heads.get(task.name, task.name), recipe, machine, found)
    return found


def _some(task: Task) -> dict[str, list[Any]]:
    """A few development examples in each language that has any, the same every time."""
    read = {lang: task.dev.read(lang) for lang in task.spoken}
    most = max(1, DEV // len(read))
    return {
        lang: [rows[i] for i in sample(len(rows), most, seed=0, name=task.name)] for lang, rows in read.items() if rows
    }


def _look_at(
    task: Task,
    some: Mapping[str, list[Any]],
    network: Network,
    head: str,
    recipe: Recipe,
    machine: Machine | None,
    found: Looked,
) -> None:
    names = {lang: named(task.name.partition(AT)[0], (lang,)) if task.languages else task.name for lang in some}
    if isinstance(task.form, Mask):
        for lang, rows in some.items():
            found.scores[names[lang]] = guess_scores(network, task.form, rows, head=head, max_length=recipe.max_length)
        return
    answers = predict(network, task.form, some, head=head, max_length=recipe.max_length, machine=machine)
    metric, main = task.form.metrics[0], []
    for lang, rows in some.items():
        scores = {name: float(value) for name, value in task.form.score(answers[lang], rows).items()}
        found.scores[names[lang]] = scores
        main.append(scores[metric])
    found.main[task.name] = sum(main) / len(main)
    given = [one for lang in some for one in answers[lang]]
    rows = [one for lang in some for one in some[lang]]
    # Of all languages together: whether anything was learnt is one question.
    score = main[0] if len(main) == 1 else float(task.form.score(given, rows)[metric])
    found.verdicts[task.name] = of_dev(given, score=score, chance=task.form.chance(rows))


def sample(count: int, most: int | None, *, seed: int, name: str) -> NDArray[np.int64]:
    """Which examples are taken: the first `most` of the seed's shuffle, in file order; None: all."""
    if most is None or most >= count:
        return np.arange(count)
    return np.sort(stream(seed, "sample", name).permutation(count)[:most])


def dead(
    network: Network,
    tasks: Sequence[Task],
    heads: Mapping[str, str],
    recipe: Recipe,
    machine: Machine | None,
    ends: Mapping[str, Ends],
) -> Health:
    """Whether a training in its middle is worth going on with. Only one that has learnt nothing is looked at."""
    judged = [task for task in tasks if not isinstance(task.form, Mask) and task.name in ends]
    if not judged or any(learnt(ends[task.name]) for task in judged):
        return Health()
    return hopeless(look(network, judged, heads, recipe, machine).verdicts, ends)
