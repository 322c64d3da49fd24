"""Study to Plan: steps in a runnable order, shared prefixes merged. Each step's digest says all that can change it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from xstilts.encoders.catalogue import locate
from xstilts.encoders.encoder import Encoder
from xstilts.errors import UnknownName
from xstilts.files import content_hash
from xstilts.forms import Match, Retrieve
from xstilts.identity import digest
from xstilts.studies.grid import Stage, Study, check, target_tasks
from xstilts.tasks import Exam, Task, exam, pinned, task

BEHAVIOUR = 1
"""Raised by hand when the training loop, the forms or the predictions would give other numbers than before."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work: train a stage, or sit an exam. It starts from its parent's network, or from the encoder."""

    digest: str
    kind: Literal["train", "test"]
    label: str
    """For people: the way to it, `mnli → lab-xquad` or `mnli → lab-xquad, exam lab-mlqa`, on its first route."""
    parent: str | None = None
    """The train step whose network it starts from; None: the encoder as it is."""
    seed: int | None = None
    """None for an exam that the untouched encoder sits: no seed can change it."""
    stage: Stage | None = None
    exam: str | None = None
    languages: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result of the grid stands: the digest of the test step that gives it. Cells can share one step."""

    route: str
    exam: str
    seed: int
    digest: str


class Plan(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All steps of a study. Parents stand before children; the tests of a network before what is trained from it."""

    study: Study
    identity: dict[str, str]
    """What the encoder is, as digests have it."""
    steps: tuple[Step, ...]
    cells: tuple[Cell, ...]
    trainings_unshared: int
    """Trainings if every cell of the grid were done by itself."""
    warnings: tuple[str, ...] = ()
    tasks: dict[str, Task] = {}
    exams: dict[str, Exam] = {}
    """By name, with the very files that are read: what the digests were made from, and what the steps work with."""

    @cached_property
    def by_digest(self) -> dict[str, Step]:
        """Every step by its digest."""
        return {step.digest: step for step in self.steps}

    @cached_property
    def children(self) -> dict[str, tuple[Step, ...]]:
        """For every step, the steps that start from its network."""
        found: dict[str, list[Step]] = {step.digest: [] for step in self.steps}
        for step in self.steps:
            if step.parent is not None:
                found[step.parent].append(step)
        return {key: tuple(steps) for key, steps in found.items()}

    @cached_property
    def cells_through(self) -> dict[str, tuple[Cell, ...]]:
        """For every step, the results that rest on it."""
        found: dict[str, list[Cell]] = {step.digest: [] for step in self.steps}
        for cell in self.cells:
            at: str | None = cell.digest
            while at is not None:
                found[at].append(cell)
                at = self.by_digest[at].parent
        return {key: tuple(cells) for key, cells in found.items()}

    @property
    def trainings(self) -> int:
        """Train steps, each done once."""
        return sum(step.kind == "train" for step in self.steps)

    @property
    def tests(self) -> int:
        """Test steps, each done once."""
        return len(self.steps) - self.trainings


def plan(study: Study) -> Plan:
    """The steps of a study, merged where they are the same. Raises BadStudy where the study cannot be planned."""
    check(study)
    base = encoder_identity(study.encoder)
    tasks = {name: pinned(task(name)) for name in _task_names(study)}
    exams = {name: pinned(_asked(exam(name), study)) for name in study.exams}
    steps: dict[str, Step] = {}
    cells: list[Cell] = []
    unshared = 0
    for seed in study.seeds:
        for route in study.all_routes:
            parent = None
            for position, stage in enumerate(route.stages):
                label = route.name if position == len(route.stages) - 1 else "+".join(stage.tasks)
                parent = _train(steps, parent, base, _named(stage, tasks), stage, seed, label)
            for name in sorted(study.exams, key=lambda name: exam(name).of is not None):
                of = exam(name).of
                last = parent
                if of is not None:
                    target = study.target_stage(of)
                    last = _train(steps, parent, base, _named(target, tasks), target, seed, f"{route.name} → {of}")
                unshared += len(route.stages) + (of is not None)
                before = route.name if of is None else f"{route.name} → {of}"
                test = _test(steps, last, base, study, exams[name], f"{before}, exam {name}")
                cells.append(Cell(route=route.name, exam=name, seed=seed, digest=test))
    return Plan(
        study=study,
        identity=base,
        steps=_depth_first(steps),
        cells=_in_study_order(study, cells),
        trainings_unshared=unshared,
        warnings=tuple(_warnings(study)),
        tasks=tasks,
        exams=exams,
    )


def encoder_identity(encoder: Encoder) -> dict[str, str]:
    """What an encoder is, wherever its files lie and whatever it is called."""
    if encoder.source.startswith("package:") or Path(encoder.source).expanduser().exists():
        # Only what a network is built from: a note laid beside the weights must not make all runs new.
        folder = locate(encoder)
        read = [folder / "config.json", folder / "tokenizer.json", *folder.glob("model*.safetensors")]
        return {"content": digest({path.name: content_hash(path) for path in read}, length=64)}
    return {"hub": encoder.source, "revision": encoder.revision}


def _task_names(study: Study) -> tuple[str, ...]:
    """Everything that is trained on, each once."""
    before = (name for route in study.routes for stage in route.stages for name in stage.tasks)
    return tuple(dict.fromkeys((*before, *target_tasks(study.exams))))


def _asked(exam: Exam, study: Study) -> Exam:
    """The exam in the study's languages."""
    return msgspec.structs.replace(exam, languages=study.languages_of(exam))


def _named(stage: Stage, tasks: dict[str, Task]) -> list[Task]:
    return [tasks[name] for name in stage.tasks]


def _train(
    steps: dict[str, Step],
    parent: str | None,
    base: dict[str, str],
    tasks: list[Task],
    stage: Stage,
    seed: int,
    label: str,
) -> str:
    written = {
        "behaviour": BEHAVIOUR,
        "from": parent or base,
        "tasks": tasks,
        "mixture": stage.mixture,
        "recipe": stage.recipe,
        "seed": seed,
    }
    key = digest(written)
    steps.setdefault(key, Step(digest=key, kind="train", label=label, parent=parent, seed=seed, stage=stage))
    return key


def _test(
    steps: dict[str, Step], parent: str | None, base: dict[str, str], study: Study, exam: Exam, label: str
) -> str:
    written: dict[str, Any] = {
        "behaviour": BEHAVIOUR,
        "from": parent or base,
        "exam": exam,
    }
    if reads_encoder(exam):
        written["reading"] = {"layer": study.encoder.retrieval_layer, "pooling": study.encoder.pooling}
    key = digest(written)
    seed = steps[parent].seed if parent else None
    steps.setdefault(
        key,
        Step(
            digest=key,
            kind="test",
            label=label,
            parent=parent,
            seed=seed,
            exam=exam.name,
            languages=exam.languages,
        ),
    )
    return key


def reads_encoder(exam: Exam) -> bool:
    """Whether an exam reads the encoder's own layer and pooling: retrieval, unless its task trains a head for it."""
    return isinstance(exam.form, Retrieve) and (exam.of is None or not isinstance(task(exam.of).form, Match))


def _depth_first(steps: dict[str, Step]) -> tuple[Step, ...]:
    """A step, then its tests, then each training from it with all that follows: so weights are needed briefly."""
    children: dict[str | None, list[Step]] = {}
    for step in steps.values():
        children.setdefault(step.parent, []).append(step)

    def walk(parent: str | None) -> Iterator[Step]:
        for step in sorted(children.get(parent, []), key=lambda step: step.kind == "train"):
            yield step
            yield from walk(step.digest)

    return tuple(walk(None))


def _in_study_order(study: Study, cells: list[Cell]) -> tuple[Cell, ...]:
    routes = [route.name for route in study.all_routes]
    place = {name: index for index, name in enumerate([*routes, *study.exams])}
    return tuple(sorted(cells, key=lambda cell: (routes.index(cell.route), place[cell.exam], cell.seed)))


def _warnings(study: Study) -> Iterator[str]:
    for name in study.exams:
        of = exam(name).of
        for route in study.routes:
            if any(of in stage.tasks for stage in route.stages):
                yield f"{route.name} → {name}: the same task twice, {of} before {of}."
    retrieval = [name for name in study.exams if reads_encoder(exam(name))]
    if retrieval and study.encoder.retrieval_layer is None:
        yield (
            f"{', '.join(retrieval)}: no retrieval layer is set for {study.encoder.name}, so the one at the depth "
            "of layer 14 of 24 is read. `xstilts sweep` finds one; set it with `layer` in [retrieval]."
        )
    if "/" in study.encoder.source and not Path(study.encoder.source).exists() and not study.encoder.revision:
        yield f"The encoder {study.encoder.source} has no revision: it may change under the same digests."
    if len(study.seeds) == 1:
        yield "One seed: gains will have no interval."


def step_of(plan: Plan, start: str) -> Step:
    """The step whose digest begins so."""
    found = [step for step in plan.steps if step.digest.startswith(start)]
    if len(found) != 1:
        raise UnknownName(
            f"{'No step has' if not found else f'{len(found)} steps have'} a digest that begins with {start!r}.",
            way_out="`xstilts plan --json` lists them.",
        )
    return found[0]
