"""Study to Plan: steps in a runnable order, shared prefixes merged. Each step's digest says all that can change it.

Planning asks neither the network nor for data: what it cannot look up it says. See `pins.py` for how a store remembers.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from xstilts.encoders.catalogue import HUB_ID, locate
from xstilts.encoders.encoder import Encoder
from xstilts.errors import UnknownName
from xstilts.identity import Written, digest
from xstilts.sources.hashes import sha256_of
from xstilts.sources.hub import COMMIT
from xstilts.sources.lookups import Lookups, Pins, commit_of, folder_of, looking
from xstilts.studies.grid import Stage, Study, check, guide_of, reads_encoder, target_tasks
from xstilts.studies.oracles import guides, keep_apart
from xstilts.studies.planning.clashes import warnings
from xstilts.studies.planning.order import depth_first
from xstilts.studies.planning.sizes import examples_of
from xstilts.studies.planning.step import Cell, Step
from xstilts.tasks import Exam, Task, exam, task
from xstilts.tasks.task import pinned_or_absent

BEHAVIOUR = 2
"""Raised by hand when the training loop, the forms or the predictions would give other numbers than before."""
LAYERS = 2
"""The same for trainings whose rate falls from layer to layer, so that the digests of all others stay."""
NOT_HERE = "not here"
"""What the identity of an encoder says whose folder is on another machine, or has yet to be made."""


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
    absent: dict[str, str] = {}
    """Tasks and exams whose rows are nowhere to be found, and why: the steps that need them cannot be done here."""
    open: tuple[str, ...] = ()
    """Branches of the Hub that were not looked up: the digests of what reads them are settled by the first run."""
    changed: tuple[str, ...] = ()
    """Local files that are others than when the study first ran."""
    pins: Pins = Pins()
    """What was looked up, to be kept in the store."""

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

    def lacks(self, step: Step) -> str:
        """Which rows a step needs that are not here, and why; empty where they all are."""
        names = (step.exam or "",) if step.stage is None else (*step.stage.tasks, guide_of(step.stage))
        return next((f"{name}: {self.absent[name]}" for name in names if name in self.absent), "")

    def cannot(self, step: Step) -> str:
        """Why a step cannot be done here, if so: its own rows, or those of a step before it, are not here."""
        if NOT_HERE in self.identity:
            return f"The encoder {self.study.encoder.source} is not here."
        before = self.by_digest.get(step.parent or "")
        return self.lacks(step) or (self.cannot(before) if before else "")


def plan(study: Study, lookups: Lookups | None = None) -> Plan:
    """The steps of a study, merged where they are the same. Raises BadStudy where the study cannot be planned.

    Without `lookups` nothing is asked of the network, and nothing is remembered.
    """
    lookups = lookups or Lookups()
    with looking(lookups):
        planned = _planned(study)
    return msgspec.structs.replace(planned, open=lookups.open, changed=lookups.changed, pins=lookups.seen)


def _planned(study: Study) -> Plan:
    check(study)
    study = msgspec.structs.replace(study, encoder=_at_its_commit(study.encoder))
    base = encoder_identity(study.encoder)
    trained = {name: task(name) for name in _task_names(study)}
    looked_up = {name: pinned_or_absent(one) for name, one in (trained | guides(study)).items()}
    sat = {name: pinned_or_absent(_asked(exam(name), study)) for name in study.exams}
    tasks = {name: one for name, (one, _) in looked_up.items()}
    exams = {name: one for name, (one, _) in sat.items()}
    absent = {name: why for name, (_, why) in (looked_up | sat).items() if why}
    keep_apart(tasks, exams)
    spelt = _Spelt(tasks, exams)
    steps: dict[str, Step] = {}
    cells: list[Cell] = []
    unshared = 0
    for seed in study.seeds:
        for route in study.all_routes:
            parent = None
            for position, stage in enumerate(route.stages):
                label = route.name if position == len(route.stages) - 1 else "+".join(stage.tasks)
                parent = _train(steps, parent, base, spelt, stage, seed, label)
            for name in sorted(study.exams, key=lambda name: exam(name).of is not None):
                of = exam(name).of
                last = parent
                if of is not None:
                    target = study.target_stage(of)
                    last = _train(steps, parent, base, spelt, target, seed, f"{route.name} → {of}")
                unshared += len(route.stages) + (of is not None)
                before = route.name if of is None else f"{route.name} → {of}"
                test = _test(steps, last, base, study, spelt, name, f"{before}, exam {name}")
                cells.append(Cell(route=route.name, exam=name, seed=seed, digest=test))
    return Plan(
        study=study,
        identity=base,
        steps=depth_first(steps),
        cells=_in_study_order(study, cells),
        trainings_unshared=unshared,
        warnings=tuple(warnings(study, tasks, exams)),
        tasks=tasks,
        exams=exams,
        absent=absent,
    )


def encoder_identity(encoder: Encoder) -> dict[str, str]:
    """What an encoder is, wherever its files lie and whatever it is called."""
    if HUB_ID.fullmatch(encoder.source) and not Path(encoder.source).exists():
        return {"hub": encoder.source, "revision": encoder.revision}
    if encoder.source.startswith("package:"):
        return {"content": _content(encoder)}
    here = Path(encoder.source).expanduser().exists()
    found = folder_of(encoder.name, _content(encoder) if here else None)
    return {"content": found} if found else {NOT_HERE: encoder.name}


def _content(encoder: Encoder) -> str:
    # Only what a network is built from: a note laid beside the weights must not make all runs new.
    folder = locate(encoder)
    read = [folder / "config.json", folder / "tokenizer.json", *folder.glob("model*.safetensors")]
    return digest({path.name: sha256_of(path) for path in read}, length=64)


def _at_its_commit(encoder: Encoder) -> Encoder:
    """An encoder of the Hub at the commit that its branch stands for, if that is known."""
    there = HUB_ID.fullmatch(encoder.source) and not Path(encoder.source).expanduser().exists()
    if not there or COMMIT.fullmatch(encoder.revision):
        return encoder
    found = commit_of("model", encoder.source, encoder.revision or "main")
    return msgspec.structs.replace(encoder, revision=found) if COMMIT.fullmatch(found) else encoder


class _Spelt:
    """Tasks and exams with their canonical forms made once: each stands in hundreds of digests."""

    def __init__(self, tasks: dict[str, Task], exams: dict[str, Exam]) -> None:
        self.tasks, self.exams = tasks, exams
        self.task = {name: Written(one) for name, one in tasks.items()}
        self.exam = {name: Written(one) for name, one in exams.items()}


def _task_names(study: Study) -> tuple[str, ...]:
    """Everything that is trained on, each once."""
    before = (name for route in study.routes for stage in route.stages for name in stage.tasks)
    return tuple(dict.fromkeys((*before, *target_tasks(study.exams))))


def _asked(exam: Exam, study: Study) -> Exam:
    """The exam in the study's languages."""
    return msgspec.structs.replace(exam, languages=study.languages_of(exam))


def _train(
    steps: dict[str, Step], parent: str | None, base: dict[str, str], spelt: _Spelt, stage: Stage, seed: int, label: str
) -> str:
    written: dict[str, Any] = {
        "behaviour": BEHAVIOUR,
        "from": parent or base,
        "tasks": [spelt.task[name] for name in stage.tasks],
        "mixture": stage.mixture,
        "recipe": stage.recipe,
        "seed": seed,
    }
    if stage.recipe.layer_decay != 1:
        written["layers"] = LAYERS
    if guide := guide_of(stage):
        written["oracle"] = spelt.task[guide]
    key = digest(written)
    if key not in steps:
        count = examples_of(stage, spelt.tasks)
        steps[key] = Step(digest=key, kind="train", label=label, parent=parent, seed=seed, stage=stage, examples=count)
    return key


def _test(
    steps: dict[str, Step], parent: str | None, base: dict[str, str], study: Study, spelt: _Spelt, name: str, label: str
) -> str:
    sat = spelt.exams[name]
    written: dict[str, Any] = {"behaviour": BEHAVIOUR, "from": parent or base, "exam": spelt.exam[name]}
    if reads_encoder(sat):
        written["reading"] = {"layer": study.encoder.retrieval_layer, "pooling": study.encoder.pooling}
    if study.scoring != "fp32":
        # Nothing is written for what was always so: its digests stay what they were.
        written["scoring"] = study.scoring
    key = digest(written)
    if key not in steps:
        seed = steps[parent].seed if parent else None
        steps[key] = Step(
            digest=key, kind="test", label=label, parent=parent, seed=seed, exam=name, languages=sat.languages
        )
    return key


def _in_study_order(study: Study, cells: list[Cell]) -> tuple[Cell, ...]:
    routes = [route.name for route in study.all_routes]
    place = {name: index for index, name in enumerate([*routes, *study.exams])}
    return tuple(sorted(cells, key=lambda cell: (routes.index(cell.route), place[cell.exam], cell.seed)))


def step_of(plan: Plan, start: str) -> Step:
    """The step whose digest begins so."""
    found = [step for step in plan.steps if step.digest.startswith(start)]
    if len(found) != 1:
        raise UnknownName(
            f"{'No step has' if not found else f'{len(found)} steps have'} a digest that begins with {start!r}.",
            way_out="`xstilts plan --json` lists them.",
        )
    return found[0]
