"""From a step that was done to its record: who it belongs to, what was declared, where it was done."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from xstilts.sources.account import Account, account
from xstilts.studies.grid import strongest
from xstilts.studies.planning.plan import BEHAVIOUR, LAYERS, Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.provenance import provenance
from xstilts.studies.records.record import Run
from xstilts.studies.working.errand import Outcome
from xstilts.tasks import Exam, Task
from xstilts.tasks.leaks import trained_before
from xstilts.training.recipe import Machine


def recorded(
    step: Step, plan: Plan, outcome: Outcome, *, machine: Machine, started: float, seconds: float, restarts: int
) -> Run:
    """The record of a step that has just been done."""
    cells = plan.cells_through[step.digest]
    return Run(
        digest=step.digest,
        kind=step.kind,
        label=step.label,
        study=plan.study.name,
        encoder=plan.study.encoder.name,
        routes=tuple(dict.fromkeys(cell.route for cell in cells)),
        exams=tuple(dict.fromkeys(cell.exam for cell in cells)),
        seed=step.seed,
        parents=lineage(plan, step.digest)[:-1],
        declaration=declaration(step, plan) | ({"reading": outcome.reading} if outcome.reading else {}),
        given=plan.study.given,
        select=strongest(one.stage.recipe for one in _before(step, plan) if one.stage is not None),
        provenance=provenance(machine, device=outcome.device),
        started=utc(started),
        ended=utc(time.time()),
        seconds=seconds,
        restarts=restarts,
        training=outcome.training,
        scores=outcome.scores,
        n=outcome.n,
        health=outcome.health,
        data=accounts(step, plan),
        lab=is_lab(step),
    )


def _before(step: Step, plan: Plan) -> list[Step]:
    """The steps from the encoder to this one."""
    return [plan.by_digest[digest] for digest in lineage(plan, step.digest)]


def lineage(plan: Plan, digest: str) -> tuple[str, ...]:
    """The digests from the encoder to this step, itself the last."""
    found = [digest]
    while (parent := plan.by_digest[found[-1]].parent) is not None:
        found.append(parent)
    return tuple(reversed(found))


def declaration(step: Step, plan: Plan) -> dict[str, Any]:
    """What the digest was made from, in full, as plain values."""
    encoder = msgspec.to_builtins(plan.study.encoder) | {"identity": plan.identity}
    written: dict[str, Any] = {"behaviour": BEHAVIOUR, "encoder": encoder, "parent": step.parent, "seed": step.seed}
    if step.stage is not None:
        written["tasks"] = [_plain(plan.tasks[name]) for name in step.stage.tasks]
        written["recipe"] = msgspec.to_builtins(step.stage.recipe)
        written["mixture"] = msgspec.to_builtins(step.stage.mixture)
        if step.stage.recipe.layer_decay != 1:
            written["layers"] = LAYERS
    if step.exam is not None:
        written["exam"] = _plain(plan.exams[step.exam])
        written["languages"] = list(step.languages)
        written["scoring"] = plan.study.scoring
    return written


def accounts(step: Step, plan: Plan) -> dict[str, dict[str, Account]]:
    """What became of the rows that the step read, where they came from files."""
    wanted: dict[str, tuple[Any, tuple[str, ...]]] = {}
    for name in () if step.stage is None else step.stage.tasks:
        task = plan.tasks[name]
        wanted |= {f"{name}, train": (task.train, (task.lang,)), f"{name}, dev": (task.dev, (task.lang,))}
    if step.exam is not None:
        wanted[f"{step.exam}, test"] = (plan.exams[step.exam].test, step.languages)
    found = {
        name: {lang: one for lang in langs if (one := account(source, lang)) is not None}
        for name, (source, langs) in wanted.items()
    }
    if step.exam is not None:
        exam, before = plan.exams[step.exam], _tasks_before(step, plan)
        for lang, one in found[f"{step.exam}, test"].items():
            leaks = trained_before(before, exam, lang)
            found[f"{step.exam}, test"][lang] = msgspec.structs.replace(one, leaks=leaks)
    return {name: by_lang for name, by_lang in found.items() if by_lang}


def _tasks_before(step: Step, plan: Plan) -> list[Task]:
    """Everything that was trained on before a test."""
    names = (name for one in _before(step, plan) if one.stage is not None for name in one.stage.tasks)
    return [plan.tasks[name] for name in dict.fromkeys(names)]


def _plain(value: Task | Exam) -> Any:
    """As plain values; a function by its name."""
    return msgspec.to_builtins(value, enc_hook=lambda one: f"{one.__module__}:{one.__qualname__}")


def is_lab(step: Step) -> bool:
    """Whether a step is about the lab's invented languages: its tasks are called lab-… or lab3-…"""
    names = step.stage.tasks if step.stage is not None else (step.exam or "",)
    return any(name.split("-")[0].rstrip("0123456789") == "lab" for name in names)


def utc(when: float) -> str:
    """ISO 8601 to the second."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="seconds")
