"""What a plan looks like before it is run: the merged tree, its counts and its cost, for people and for --json."""

from __future__ import annotations

from typing import Any

import msgspec

from xstilts.studies.plan import Plan, Step
from xstilts.tasks import task


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the tree: a training with what follows it, or an exam."""

    label: str
    kind: str
    """encoder, train or test"""
    times: int
    """How many seeds do it."""
    examples: int | None = None
    """Training examples it sees, once; None: not known before the data is read, or no training."""
    languages: int = 0
    """Languages of an exam."""
    children: tuple[Branch, ...] = ()


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan costs."""

    cells: int
    """Routes times exams times seeds."""
    trainings: int
    trainings_unshared: int
    """If every cell were done by itself."""
    tests: int
    examples: int
    """Training examples in all, of the trainings whose length is known."""
    unknown: int
    """Trainings whose length is not known before their data is read: `epochs` without `examples`."""


def counts(plan: Plan) -> Counts:
    """The counts of a plan, with and without sharing."""
    seen = [training_examples(step) for step in plan.steps if step.kind == "train"]
    return Counts(
        cells=len(plan.cells),
        trainings=plan.trainings,
        trainings_unshared=plan.trainings_unshared,
        tests=plan.tests,
        examples=sum(count for count in seen if count is not None),
        unknown=sum(count is None for count in seen),
    )


def training_examples(step: Step) -> int | None:
    """How many examples a training sees, repeats counted; None where only its data can tell."""
    if step.stage is None:
        return None
    recipe, mixture = step.stage.recipe, step.stage.mixture
    if mixture is not None and (mixture.batches or mixture.portions or mixture.epoch == "capped"):
        return None
    if recipe.steps is not None:
        return recipe.steps * recipe.batch
    sizes = [_size(name, recipe.examples) for name in step.stage.tasks]
    if recipe.epochs is None or any(size is None for size in sizes):
        return None
    return round(recipe.epochs * sum(size for size in sizes if size is not None))


def tree(plan: Plan) -> Branch:
    """The plan as nested rows. Seeds have the same tree, so it is drawn for the first, with the number of seeds."""
    first = plan.study.seeds[0]
    times = len(plan.study.seeds)
    roots = [step for step in plan.steps if step.parent is None and step.seed in (None, first)]
    return Branch(
        label=plan.study.encoder.name,
        kind="encoder",
        times=1,
        children=tuple(_branch(plan, step, times) for step in roots),
    )


def as_dict(plan: Plan) -> dict[str, Any]:
    """The whole plan as plain values, for --json."""
    return {
        "study": plan.study.name,
        "question": plan.study.question,
        "encoder": msgspec.to_builtins(plan.study.encoder),
        "seeds": list(plan.study.seeds),
        "select": plan.study.select,
        "counts": msgspec.to_builtins(counts(plan)),
        "warnings": list(plan.warnings),
        "tree": msgspec.to_builtins(tree(plan)),
        "steps": [msgspec.to_builtins(step) for step in plan.steps],
        "cells": [msgspec.to_builtins(cell) for cell in plan.cells],
    }


def _branch(plan: Plan, step: Step, times: int) -> Branch:
    return Branch(
        label=_name(step),
        kind=step.kind,
        times=times if step.seed is not None else 1,
        examples=training_examples(step),
        languages=len(step.languages),
        children=tuple(_branch(plan, child, times) for child in plan.children[step.digest]),
    )


def _name(step: Step) -> str:
    if step.stage is None:
        return step.exam or ""
    return " + ".join(step.stage.tasks)


def _size(name: str, most: int | None) -> int | None:
    """Examples of a task, where its source knows its size without being read."""
    size = getattr(task(name).train, "count", None)
    if not isinstance(size, int):
        return most
    return size if most is None else min(size, most)
