"""How long a training is: its steps, from a recipe's epochs and what its tasks have. No torch: plans ask it too."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xstilts.errors import BadStudy
from xstilts.forms import Mask
from xstilts.tasks.task import Task
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Recipe


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
