"""Finds tasks and exams by name. Nothing is registered: what the declaration modules declare is what there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from xstilts.errors import unknown
from xstilts.lab import World
from xstilts.tasks import lab
from xstilts.tasks.task import Exam, Task

_OTHER_WORLD = re.compile(r"lab([1-9]\d{0,8})-")


@cache
def tasks(world: int = 0) -> Mapping[str, Task]:
    """Every task by its name; lab tasks of the given world."""
    return {task.name: task for task in lab.declared_tasks(World(world))}


@cache
def exams(world: int = 0) -> Mapping[str, Exam]:
    """Every exam by its name; lab exams of the given world."""
    return {exam.name: exam for exam in lab.declared_exams(World(world))}


def task(name: str) -> Task:
    """The task of that name."""
    known = tasks(_world(name))
    if name not in known:
        raise unknown("task", name, known)
    return known[name]


def exam(name: str) -> Exam:
    """The exam of that name."""
    known = exams(_world(name))
    if name not in known:
        raise unknown("exam", name, known)
    return known[name]


def _world(name: str) -> int:
    found = _OTHER_WORLD.match(name)
    return int(found[1]) if found else 0
