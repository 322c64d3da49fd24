"""Idle: settings that have no effect where they stand, told before anything runs.

They are part of a step's digest all the same, so that two trainings that differ in nothing else would count as two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xstilts.encoders.shape import longest_row
from xstilts.forms import Mask, Match
from xstilts.studies.grid import Stage, Study, target_tasks
from xstilts.tasks import Task
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Adapter, Recipe


def idle(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    """A line for each setting with the stages where it does nothing, and where rows are cut before `max_length`."""
    found: dict[str, list[str]] = {}
    for name, stage in _stages(study, tasks):
        for says in (*_too_long(study, stage.recipe), *_of_recipe(stage, tasks), *_of_mixture(stage, tasks)):
            found.setdefault(says, []).append(name)
    for says, names in found.items():
        yield f"{', '.join(dict.fromkeys(names))}: {says}."


def _stages(study: Study, tasks: Mapping[str, Task]) -> Iterator[tuple[str, Stage]]:
    for route in study.routes:
        for stage in route.stages:
            yield route.name, stage
    for name in target_tasks(study.exams):
        yield f"the target {name}", study.target_stage(name)


def _too_long(study: Study, recipe: Recipe) -> Iterator[str]:
    places = longest_row(study.encoder)
    if places is not None and recipe.max_length > places:
        yield (
            f"`max_length` is {recipe.max_length}, but {study.encoder.name} has places for {places} tokens, so rows "
            f"are cut there. Say max_length = {places}"
        )


def _of_recipe(stage: Stage, tasks: Mapping[str, Task]) -> Iterator[str]:
    recipe = stage.recipe
    if recipe.smoothing and all(isinstance(tasks[name].form, Mask | Match) for name in stage.tasks):
        yield "`smoothing` is of labels, and hidden words and pairs have none"
    if recipe.warmup_steps is not None and recipe.warmup != Recipe().warmup:
        yield "`warmup` says nothing beside `warmup_steps`"
    if recipe.adapter is not None and recipe.adapter.kind == "ia3":
        plain, given = Adapter(kind="ia3"), recipe.adapter
        unused = [name for name in ("rank", "alpha", "dropout") if getattr(given, name) != getattr(plain, name)]
        if unused:
            yield f"an adapter of the kind ia3 has no {_listed(unused)}"


def _of_mixture(stage: Stage, tasks: Mapping[str, Task]) -> Iterator[str]:
    mixture = stage.mixture
    if mixture is None or len(stage.tasks) == 1:
        return
    if mixture.epoch != Mixture().epoch and stage.recipe.steps is not None:
        yield '`epoch = "capped"` is of epochs, and its recipe counts steps'
    sized = mixture.rule in ("proportional", "temperature")
    text = any(isinstance(tasks[name].form, Mask) for name in stage.tasks)
    counted = stage.recipe.steps is None and (text or mixture.epoch == "capped")
    if mixture.cap != Mixture().cap and not sized and not counted:
        yield f'`cap` changes nothing where the rule is "{mixture.rule}"'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
