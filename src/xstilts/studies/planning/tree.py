"""What a plan looks like before it is run: the merged tree, its counts and its cost, for people and for --json."""

from __future__ import annotations

from typing import Any

import msgspec

from xstilts.studies.planning.cost import cost
from xstilts.studies.planning.devices import Device
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.power import detectable
from xstilts.studies.planning.step import Step

MANY = 3
"""More tasks than these are counted, not named."""


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
    cannot: str = ""
    """Why it cannot be done here, if its own rows are not here; nor can what follows it."""


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
    seen = [step.examples for step in plan.steps if step.kind == "train"]
    return Counts(
        cells=len(plan.cells),
        trainings=plan.trainings,
        trainings_unshared=plan.trainings_unshared,
        tests=plan.tests,
        examples=sum(count for count in seen if count is not None),
        unknown=sum(count is None for count in seen),
    )


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


def as_dict(plan: Plan, device: Device) -> dict[str, Any]:
    """The whole plan as plain values, for --json."""
    return {
        "study": plan.study.name,
        "question": plan.study.question,
        "encoder": msgspec.to_builtins(plan.study.encoder),
        "seeds": list(plan.study.seeds),
        "select": plan.study.select,
        "counts": msgspec.to_builtins(counts(plan)),
        "cost": msgspec.to_builtins(cost(plan, device)),
        "detectable": msgspec.to_builtins(detectable(len(plan.study.seeds))),
        "warnings": list(plan.warnings),
        "not_looked_up": list(plan.open),
        "not_here": plan.absent,
        "changed": list(plan.changed),
        "tree": msgspec.to_builtins(tree(plan)),
        "steps": [msgspec.to_builtins(step) for step in plan.steps],
        "cells": [msgspec.to_builtins(cell) for cell in plan.cells],
    }


def as_dot(plan: Plan) -> str:
    """The tree as a drawing for Graphviz: `xstilts plan STUDY --dot | dot -Tsvg > plan.svg`."""
    lines = ["digraph plan {", "  rankdir=LR; node [fontname=Helvetica];"]

    def draw(branch: Branch, number: int) -> int:
        style = {"encoder": "box3d", "train": "box", "test": "ellipse"}[branch.kind]
        lines.append(f"  n{number} [label={_quoted(branch.label)}, shape={style}];")
        last = number
        for child in branch.children:
            lines.append(f"  n{number} -> n{last + 1};")
            last = draw(child, last + 1)
        return last

    draw(tree(plan), 0)
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _branch(plan: Plan, step: Step, times: int) -> Branch:
    return Branch(
        label=_name(step),
        kind=step.kind,
        times=times if step.seed is not None else 1,
        examples=step.examples,
        languages=len(step.languages),
        cannot=plan.lacks(step),
        children=tuple(_branch(plan, child, times) for child in plan.children[step.digest]),
    )


def _name(step: Step) -> str:
    """A stage goes by its route's name; where that is not its task's, the tasks are said too."""
    if step.stage is None:
        return step.exam or ""
    name, tasks = step.label.rpartition("→ ")[2], step.stage.tasks
    if len(tasks) > MANY:
        return f"{name} ({len(tasks)} tasks mixed)"
    return name if tasks == (name,) else f"{name} ({' + '.join(tasks)})"
