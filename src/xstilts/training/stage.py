"""One stage of a route: the tasks' data, new heads, the loop, and a look at the development data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.encoders.network import Network
from xstilts.errors import BadStudy
from xstilts.forms import Mask, Retrieve
from xstilts.sources.cache import encoded
from xstilts.tasks.task import Task
from xstilts.training.batches import Feed, RowFeed, ids_of
from xstilts.training.health import Health, of_dev, worse
from xstilts.training.loop import Watch, train
from xstilts.training.masking import masked, masker
from xstilts.training.mixture import Mixture
from xstilts.training.predict import guess_scores, predict
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import number, stream

DEV = 500
"""Development examples looked at after a stage: enough to see a collapse, few enough to cost nothing."""


def train_stage(
    network: Network,
    tasks: Sequence[Task],
    mixture: Mixture | None,
    recipe: Recipe,
    *,
    seed: int,
    machine: Machine | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    every: float = 60.0,
) -> Training:
    """Train the network on one task, or on several by a mixture. Heads of earlier stages are dropped.

    A head is named after its task. Order, head, dropout and mixture depend on the seed and the tasks alone.
    """
    if not tasks:
        raise BadStudy("A stage without a task.", way_out="Name at least one.")
    for task in tasks:
        if isinstance(task.form, Retrieve):
            raise BadStudy(f"{task.name} is an exam alone.", way_out="Pairs of the form Match train for retrieval.")
    plain = {task.name: _feed(network, task, recipe, seed) for task in tasks}
    sizes = [feed.examples for feed in plain.values()]
    steps = steps_of(recipe, sizes)
    schedule = None if len(tasks) == 1 else (mixture or Mixture()).schedule(sizes, steps=steps, seed=seed)
    network.drop_heads()
    for task in tasks:
        network.add_head(task.name, task.form.head, seed=number(seed, "head", task.name))
    feeds = {task.name: _hidden(plain[task.name], network, task, seed) for task in tasks}
    training = train(
        network, feeds, recipe, steps=steps, seed=seed, machine=machine, schedule=schedule,
        watch=watch, checkpoint=checkpoint, every=every, seen=ids_of(feed.rows for feed in plain.values()),
    )  # fmt: skip
    if training.health.state == "diverged":
        return training
    return _look_at_dev(network, tasks, training, recipe, machine)


def steps_of(recipe: Recipe, sizes: Sequence[int]) -> int:
    """Steps of a training: as the recipe says, or its passes over all the examples of all tasks."""
    if (recipe.steps is None) == (recipe.epochs is None):
        raise BadStudy(
            f"A recipe with steps = {recipe.steps} and epochs = {recipe.epochs}.", way_out="Set exactly one of the two."
        )
    if recipe.steps is not None:
        return recipe.steps
    assert recipe.epochs is not None
    return max(1, math.ceil(recipe.epochs * sum(-(-size // recipe.batch) for size in sizes)))


def sample(count: int, most: int | None, *, seed: int, name: str) -> NDArray[np.int64]:
    """Which examples are trained on: the first `most` of the seed's shuffle, in file order; None: all."""
    if most is None or most >= count:
        return np.arange(count)
    return np.sort(stream(seed, "sample", name).permutation(count)[:most])


def _feed(network: Network, task: Task, recipe: Recipe, seed: int) -> RowFeed:
    examples = task.train.read(task.lang)
    chosen = sample(len(examples), recipe.examples, seed=seed, name=task.name)
    length = min(recipe.max_length, network.longest)
    only = None if len(chosen) == len(examples) else chosen
    rows = encoded(task.form, task.train, task.lang, network.tokenizer, length, only=only)
    return RowFeed(rows, recipe.batch, seed, network.pad_id, order=recipe.order, name=task.name)


def _hidden(feed: RowFeed, network: Network, task: Task, seed: int) -> Feed:
    """The feed itself, but for running text, of which some tokens are hidden anew in every batch."""
    if not isinstance(task.form, Mask):
        return feed
    return masked(feed, masker(network, rate=task.form.rate), seed=seed, name=task.name)


def _look_at_dev(
    network: Network, tasks: Sequence[Task], training: Training, recipe: Recipe, machine: Machine | None
) -> Training:
    """Score the development data of each task: the record shows it, and a collapse is seen before any exam."""
    scores: dict[str, dict[str, float]] = {}
    verdicts = [training.health]
    for task in tasks:
        examples = task.dev.read(task.lang)
        examples = [examples[i] for i in sample(len(examples), DEV, seed=0, name=task.name)]
        if not examples:
            continue
        if isinstance(task.form, Mask):
            scores[task.name] = guess_scores(network, task.form, examples, head=task.name, max_length=recipe.max_length)
            continue
        answers = predict(
            network, task.form, {task.lang: examples}, head=task.name, max_length=recipe.max_length, machine=machine
        )
        scored = {name: float(value) for name, value in task.form.score(answers[task.lang], examples).items()}
        scores[task.name] = scored
        verdict = of_dev(answers[task.lang], score=scored[task.form.metrics[0]], chance=task.form.chance(examples))
        verdicts.append(
            verdict if len(tasks) == 1 or not verdict.why else Health(verdict.state, f"{task.name}: {verdict.why}")
        )
    return msgspec.structs.replace(training, dev=scores, health=worse(*verdicts))
