"""One stage of a route: the tasks' data, new heads, the loop, and a look at the development data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from xstilts.encoders.network import Network
from xstilts.errors import BadStudy
from xstilts.forms import Mask, Retrieve
from xstilts.sources.cache import encoded
from xstilts.tasks.task import Task
from xstilts.training.batches import Feed, RowFeed, ids_of
from xstilts.training.health import hopeless, worse
from xstilts.training.look import dead, look, sample
from xstilts.training.loop import Watch, train
from xstilts.training.masking import masked, masker
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import number


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
    last: bool = True,
) -> Training:
    """Train the network on one task, or on several by a mixture. Heads of earlier stages are dropped.

    A head is named after its task. Order, head, dropout and mixture depend on the seed and the tasks alone.
    Where it is not the `last` attempt (`attempts.py`), a training that is found dead is not carried to its end.
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
    doubt = None if last else partial(dead, network, tasks, recipe, machine)
    training = train(
        network, feeds, recipe, steps=steps, seed=seed, machine=machine, schedule=schedule,
        watch=watch, look=doubt, checkpoint=checkpoint, every=every,
        seen=ids_of(feed.rows for feed in plain.values()),
    )  # fmt: skip
    if training.health.state == "diverged":
        return training
    looked = look(network, tasks, recipe, machine)
    return msgspec.structs.replace(
        training,
        dev=looked.scores,
        health=worse(training.health, looked.health),
        dead=training.dead or bool(hopeless(looked.verdicts, training.ends).why),
    )


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
