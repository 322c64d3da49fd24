"""How many examples there are, as far as it is known without reading a row: drawn, listed or published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xstilts.lab.source import LabSource, LabText
from xstilts.sources import Joined, Pinned
from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each
from xstilts.studies.grid import Stage
from xstilts.tasks import Exam, Task
from xstilts.training.length import counted, steps_of
from xstilts.training.mixture import Mixture


def examples_of(stage: Stage, tasks: Mapping[str, Task]) -> int | None:
    """How many examples a training sees, repeats counted; None where only its data can tell."""
    recipe, mixture = stage.recipe, stage.mixture or Mixture()
    if recipe.steps is not None and not mixture.batches:
        return recipe.steps * recipe.batch
    found = [training_size(tasks[name], most=recipe.examples) for name in stage.tasks]
    sizes = [size for size in found if size]
    if len(sizes) < len(found):
        return None
    ones = [tasks[name] for name in stage.tasks]
    if recipe.epochs is not None and counted(ones, sizes, stage.mixture) == sizes and not mixture.portions:
        return round(recipe.epochs * sum(sizes))
    steps = steps_of(recipe, counted(ones, sizes, stage.mixture), stage.mixture, stage.tasks)
    return round(steps * sum(share for share in _of_a_step(stage, sizes)))


def parts(stage: Stage, tasks: Mapping[str, Task]) -> list[float]:
    """Each task's share of a training's examples; tasks of unknown size count as one of one example."""
    sizes = [training_size(tasks[name], most=stage.recipe.examples) or 1 for name in stage.tasks]
    shares = _of_a_step(stage, sizes)
    return [share / sum(shares) for share in shares]


def _of_a_step(stage: Stage, sizes: list[int]) -> list[float]:
    """How many examples of each task a step has, on average."""
    mixture = stage.mixture or Mixture()
    shares = mixture.probabilities(sizes, stage.tasks).tolist()
    return [
        share * mixture.batches.get(name, stage.recipe.batch) for name, share in zip(stage.tasks, shares, strict=True)
    ]


def training_size(task: Task, *, most: int | None = None) -> int | None:
    """Training examples of a task: those that are here, else as published; `most` of them."""
    found = [rows_of(task.train, lang) for lang in task.spoken]
    size = _sum(found if most is None else (one if one is None else min(one, most) for one in found))
    if task.languages:
        return task.examples if size is None else size
    size = task.examples if size is None else size
    if size is None:
        return most
    return size if most is None else min(size, most)


def exam_size(exam: Exam) -> int | None:
    """Examples of an exam in all its languages: those that are here, else as published."""
    size = _sum(rows_of(exam.test, lang) for lang in exam.languages)
    return exam.examples if size is None else size


def rows_of(source: Any, lang: str) -> int | None:
    """Rows of one language of a pinned source, where somebody says how many there are. Rows to be dropped count."""
    match source:
        case LabSource():
            return source.count
        case LabText():
            return source.count(lang)
        case Pinned():
            found = [file for one in source.only(lang).files.values() for file in one]
            return source.table.rows.get(lang) or _sum(file.rows for file in found)
        case Each():
            return rows_of(source.sources.get(lang), lang)
        case Joined():
            return _sum(rows_of(one, lang) for one in source.sources.values())
        case HeldOut():
            whole = rows_of(source.source, lang)
            share = source.share if source.keep == "dev" else 1 - source.share
            return None if whole is None else round(whole * share)
    return None


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if not known or any(one is None for one in known) else sum(one for one in known if one is not None)
