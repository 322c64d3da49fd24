"""A look at the development data of a stage's tasks: their scores, and a verdict on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xstilts.encoders.network import Network
from xstilts.forms import Mask
from xstilts.tasks.task import Task
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
    verdicts: dict[str, Health] = field(default_factory=dict)
    """Of the tasks that have answers to guess: running text has none."""

    @property
    def health(self) -> Health:
        """The gravest verdict, and of several tasks, of which."""
        if len(self.verdicts) < 2:
            return worse(Health(), *self.verdicts.values())
        named = (Health(one.state, one.why and f"{name}: {one.why}") for name, one in self.verdicts.items())
        return worse(Health(), *named)


def look(network: Network, tasks: Sequence[Task], recipe: Recipe, machine: Machine | None) -> Looked:
    """Score the development data of each task. No randomness is drawn, so a training is not disturbed by it."""
    found = Looked()
    for task in tasks:
        examples = task.dev.read(task.lang)
        examples = [examples[i] for i in sample(len(examples), DEV, seed=0, name=task.name)]
        if not examples:
            continue
        if isinstance(task.form, Mask):
            found.scores[task.name] = guess_scores(
                network, task.form, examples, head=task.name, max_length=recipe.max_length
            )
            continue
        answers = predict(
            network, task.form, {task.lang: examples}, head=task.name, max_length=recipe.max_length, machine=machine
        )[task.lang]
        scores = {name: float(value) for name, value in task.form.score(answers, examples).items()}
        found.scores[task.name] = scores
        found.verdicts[task.name] = of_dev(
            answers, score=scores[task.form.metrics[0]], chance=task.form.chance(examples)
        )
    return found


def sample(count: int, most: int | None, *, seed: int, name: str) -> NDArray[np.int64]:
    """Which examples are taken: the first `most` of the seed's shuffle, in file order; None: all."""
    if most is None or most >= count:
        return np.arange(count)
    return np.sort(stream(seed, "sample", name).permutation(count)[:most])


def dead(
    network: Network, tasks: Sequence[Task], recipe: Recipe, machine: Machine | None, ends: Mapping[str, Ends]
) -> Health:
    """Whether a training in its middle is worth going on with. Only one that has learnt nothing is looked at."""
    judged = [task for task in tasks if not isinstance(task.form, Mask) and task.name in ends]
    if not judged or any(learnt(ends[task.name]) for task in judged):
        return Health()
    return hopeless(look(network, judged, recipe, machine).verdicts, ends)
