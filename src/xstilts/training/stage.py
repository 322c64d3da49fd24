"""One stage of a route: the tasks' data, new heads, the loop, and a look at the development data."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from xstilts.encoders.network import Network
from xstilts.errors import BadStudy
from xstilts.forms import Mask, Retrieve
from xstilts.tasks.task import Task
from xstilts.training.batches import ids_of
from xstilts.training.feeds import serve
from xstilts.training.health import Health, worse
from xstilts.training.look import Seen, look
from xstilts.training.loop import Watch, train
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import number

log = logging.getLogger(__name__)


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

    A head is named after its task, or as the mixture says where tasks share one. Order, head, dropout and mixture
    depend on the seed and the tasks alone.
    """
    if not tasks:
        raise BadStudy("A stage without a task.", way_out="Name at least one.")
    for task in tasks:
        if isinstance(task.form, Retrieve):
            raise BadStudy(f"{task.name} is an exam alone.", way_out="Pairs of the form Match train for retrieval.")
    rule = mixture or Mixture()
    served = {task.name: serve(network, task, mixture, recipe, seed) for task in tasks}
    sizes, names = [one.examples for one in served.values()], list(served)
    heads = _heads(network, tasks, rule, seed)
    steps = steps_of(recipe, counted(tasks, sizes, mixture), mixture, names)
    schedule = None if len(tasks) == 1 else rule.schedule(sizes, steps=steps, seed=seed, tasks=names)
    training = train(
        network, {name: one.feed for name, one in served.items()}, recipe, steps=steps, seed=seed, machine=machine,
        schedule=schedule, heads=heads, watch=watch, checkpoint=checkpoint, every=every,
        seen=ids_of(one.plain.rows for one in served.values()),
    )  # fmt: skip
    training = msgspec.structs.replace(
        training,
        sizes={name: one.sizes for name, one in served.items()},
        drawn={name: one.given(training.counts[name]) for name, one in served.items()},
        shares={} if len(tasks) == 1 else dict(zip(names, rule.probabilities(sizes, names).tolist(), strict=True)),
    )
    never = [name for name, count in training.counts.items() if not count]
    if never:
        log.warning("%s had no turn in %d steps.", ", ".join(never), training.steps)
    if training.health.state == "diverged":
        return training
    return _looked(training, look(network, tasks, heads, recipe, machine))


def counted(tasks: Sequence[Task], sizes: Sequence[int], mixture: Mixture | None) -> list[int]:
    """What an epoch counts of each task: all its examples, or no more than the mixture's cap.

    Running text beside other tasks is never counted beyond the cap: nobody means to go through it all.
    """
    if mixture is None or mixture.cap is None or len(tasks) == 1:
        return list(sizes)
    capped = [mixture.epoch == "capped" or isinstance(task.form, Mask) for task in tasks]
    if all(isinstance(task.form, Mask) for task in tasks) and mixture.epoch == "all":
        return list(sizes)
    return [min(size, mixture.cap) if cap else size for size, cap in zip(sizes, capped, strict=True)]


def steps_of(recipe: Recipe, sizes: Sequence[int], mixture: Mixture | None = None, tasks: Sequence[str] = ()) -> int:
    """Steps of a training: as the recipe says, or its passes over all the examples of all tasks.

    Tasks with a portion of the steps are not passed over: their steps come on top of the others'.
    """
    if (recipe.steps is None) == (recipe.epochs is None):
        raise BadStudy(
            f"A recipe with steps = {recipe.steps} and epochs = {recipe.epochs}.", way_out="Set exactly one of the two."
        )
    if recipe.steps is not None:
        return recipe.steps
    assert recipe.epochs is not None
    rule = mixture or Mixture()
    names = tasks or [""] * len(sizes)
    free = [(name, size) for name, size in zip(names, sizes, strict=True) if name not in rule.portions]
    rest = 1 - sum(rule.portions.get(name, 0.0) for name in names)
    if not free:
        # Portions of everything: then an epoch is all of it, as without portions.
        free, rest = list(zip(names, sizes, strict=True)), 1.0
    passed = sum(-(-size // rule.batches.get(name, recipe.batch)) for name, size in free)
    return max(1, math.ceil(recipe.epochs * passed / rest))


def _heads(network: Network, tasks: Sequence[Task], mixture: Mixture, seed: int) -> dict[str, str]:
    """New heads, each from its name and the seed; which one each task trains."""
    network.drop_heads()
    heads = {task.name: mixture.head_of(task.name) for task in tasks}
    for head in dict.fromkeys(heads.values()):
        of = [task for task in tasks if heads[task.name] == head]
        wanted = {(task.form.head, getattr(task.form, "labels", None)) for task in of}
        if len(wanted) > 1:
            raise BadStudy(
                f"{' and '.join(task.name for task in of)} cannot share the head {head!r}: they differ.",
                way_out="Let them share that have the same labels in the same order.",
            )
        network.add_head(head, of[0].form.head, seed=number(seed, "head", head))
    return heads


def _looked(training: Training, found: Sequence[Seen]) -> Training:
    """The record shows the scores, and a collapse is seen before any exam."""
    told = [one.health for one in found]
    if len(found) > 1:
        told = [Health(one.health.state, one.health.why and f"{one.task}: {one.health.why}") for one in found]
    scores = {one.task: one.scores for one in found}
    return msgspec.structs.replace(training, dev=scores, health=worse(training.health, *told))
