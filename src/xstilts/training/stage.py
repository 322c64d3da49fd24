"""One stage of a route: the tasks' data, new heads, the loop, and a look at the development data."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from xstilts.encoders.network import Network
from xstilts.errors import BadStudy
from xstilts.forms import Retrieve
from xstilts.tasks.task import Task
from xstilts.training.adapters import adapt, trained
from xstilts.training.batches import ids_of
from xstilts.training.feeds import serve
from xstilts.training.health import hopeless, worse
from xstilts.training.journal import Watch
from xstilts.training.length import counted, steps_of
from xstilts.training.look import dead, look
from xstilts.training.loop import train
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import number
from xstilts.training.team import ALONE, Team

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
    last: bool = True,
    team: Team = ALONE,
    oracle: Task | None = None,
) -> Training:
    """Train the network on one task, or on several by a mixture. Heads of earlier stages are dropped.

    A head is named after its task, or as the mixture says where tasks share one. Order, head, dropout and mixture
    depend on the seed and the tasks alone. `oracle` has the development rows of target languages, where the recipe lets
    these choose the weights that are kept.
    Where it is not the `last` attempt (`attempts.py`), a training that is found dead is not carried to its end.
    """
    _check(tasks)
    rule, guides, noted = mixture or Mixture(), _guides(tasks, recipe, oracle), _noted(network, recipe)
    served = {task.name: serve(network, task, mixture, recipe, seed) for task in tasks}
    sizes, names = [one.examples for one in served.values()], list(served)
    heads = _heads(network, tasks, rule, seed)
    steps = steps_of(recipe, counted(tasks, sizes, mixture), mixture, names)
    schedule = None if len(tasks) == 1 else rule.schedule(sizes, steps=steps, seed=seed, tasks=names)
    merge = adapt(network, recipe.adapter, seed=seed) if recipe.adapter else None
    weights = trained(network) if merge else None
    training = train(
        network, {name: one.feed for name, one in served.items()}, recipe, steps=steps, seed=seed, machine=machine,
        schedule=schedule, heads=heads, watch=watch, checkpoint=checkpoint, every=every,
        look=None if last else partial(dead, network, tasks, heads, recipe, machine),
        score=lambda: look(network, guides, heads, recipe, machine).mean,
        seen=ids_of(one.plain.rows for one in served.values()), team=team,
    )  # fmt: skip
    if merge is not None:
        merge()
    training = msgspec.structs.replace(
        training,
        notes=(*training.notes, *noted, *_without_a_turn(training)),
        weights=weights,
        sizes={name: one.sizes for name, one in served.items()},
        drawn={name: one.given(training.counts[name]) for name, one in served.items()},
        shares={} if len(tasks) == 1 else dict(zip(names, rule.probabilities(sizes, names).tolist(), strict=True)),
    )
    if training.health.state == "diverged":
        return training
    looked = look(network, tasks, heads, recipe, machine)
    return msgspec.structs.replace(
        training,
        dev=looked.scores,
        health=worse(training.health, looked.health),
        dead=training.dead or bool(hopeless(looked.verdicts, training.ends).why),
    )


def _check(tasks: Sequence[Task]) -> None:
    if not tasks:
        raise BadStudy("A stage without a task.", way_out="Name at least one.")
    for task in tasks:
        if isinstance(task.form, Retrieve):
            raise BadStudy(f"{task.name} is an exam alone.", way_out="Pairs of the form Match train for retrieval.")


def _noted(network: Network, recipe: Recipe) -> list[str]:
    """What the record says of rows cut before the recipe's `max_length`, and of an encoder that needs padding."""
    found = []
    if recipe.max_length > network.longest:
        cut = (
            f"rows were cut at {network.longest} tokens, where the encoder's places end, and not at {recipe.max_length}"
        )
        log.warning("%s.", cut[:1].upper() + cut[1:])
        found.append(cut)
    if not network.packs:
        # The network has said so when it was loaded.
        found.append("the encoder cannot run on packed rows, and batches were padded by length group")
    return found


def _without_a_turn(training: Training) -> list[str]:
    """What the record says of a mixture's tasks that never came up."""
    never = ", ".join(name for name, count in training.counts.items() if not count)
    if not never:
        return []
    log.warning("%s had no turn in %d steps.", never, training.steps)
    return [f"{never} had no turn in {training.steps} steps"]


def _guides(tasks: Sequence[Task], recipe: Recipe, oracle: Task | None) -> Sequence[Task]:
    """The tasks whose development rows choose weights: those that are trained on, or the one that an oracle has."""
    if recipe.select != "oracle":
        return tasks
    if oracle is None or len(tasks) > 1 or oracle.name != tasks[0].name:
        raise BadStudy(
            "An oracle chooses among the weights of one target task, and has its development rows in other languages.",
            way_out='Say select = "english-dev", or let a study plan it.',
        )
    return [oracle]


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
