"""How far a plan is: events for whoever watches the process, and a status read from the store by anyone else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import msgspec

from xstilts.errors import XstiltsError
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.left import left_out, to_do
from xstilts.studies.records.record import Failure, Progress
from xstilts.studies.records.store import Store

State = Literal["done", "running", "waiting", "failed", "skipped"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a step, as it happens."""

    step: str
    """Its digest."""
    label: str
    kind: Literal["train", "test"]
    state: Literal["started", "moved", "done", "failed", "skipped", "stopped", "damaged"]
    """damaged: what the step had left is damaged, and it is done again."""
    done: int = 0
    """Training steps done, or examples predicted."""
    total: int = 0
    loss: float | None = None
    seconds: float = 0.0
    error: str = ""
    """Of a failed, skipped or damaged step, in one line."""
    health: str = ""
    """Of a finished training, where it is not ok."""
    worker: str = ""
    device: str = ""
    """Where it computes, as soon as it is known."""
    scores: dict[str, dict[str, float]] = {}
    """Of an exam that is done."""


Watch = Callable[[Event], None]


class StepStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One step as the store shows it."""

    step: Step
    state: State
    progress: Progress | None = None
    failure: Failure | None = None
    seconds: float | None = None
    """What it took, if it is done."""
    left: float | None = None
    """Seconds still to go, if speed is known."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How far a plan is."""

    study: str
    done: int
    running: int
    waiting: int
    failed: int
    skipped: int
    steps: tuple[StepStatus, ...]
    eta: float | None
    """Seconds until the end with as many workers as are running now (one if none is); None: no speed is known yet."""

    @property
    def total(self) -> int:
        """All steps of the plan."""
        return len(self.steps)


def status(store: Store, plan: Plan, *, took: dict[str, float] | None = None) -> Status:
    """How far the plan is, read from the store alone: it works while others run it, and when nobody does.

    `took` keeps what was read of finished steps, for whoever asks again and again.
    """
    open_steps, out = to_do(plan, store), left_out(plan)
    means = _durations(plan, store, {} if took is None else took)
    steps = tuple(
        _status(step, store, step.digest in open_steps, means, out.get(step.digest, "")) for step in plan.steps
    )
    count = Counter(step.state for step in steps)
    left = [step.left for step in steps if step.state not in ("done", "skipped")]
    known = [value for value in left if value is not None]
    return Status(
        study=plan.study.name,
        steps=steps,
        done=count["done"],
        running=count["running"],
        waiting=count["waiting"],
        failed=count["failed"],
        skipped=count["skipped"],
        eta=None if len(known) < len(left) else sum(known) / max(1, count["running"]),
    )


def _status(step: Step, store: Store, is_open: bool, took: dict[str, float], lacks: str) -> StepStatus:
    digest = step.digest
    progress = store.progress(digest) if is_open else None
    failure = store.failure(digest) if is_open else None
    if failure is None and lacks and is_open:
        failure = Failure(digest=digest, label=step.name, error=lacks, skipped=True)
    alive = progress is not None and store.held(digest)
    state: State = "waiting"
    if not is_open:
        state = "done"
    elif alive:
        state = "running"
    elif failure is not None:
        state = "skipped" if failure.skipped else "failed"
    return StepStatus(
        step=step,
        state=state,
        progress=progress if alive else None,
        failure=failure if state in ("failed", "skipped") else None,
        seconds=took.get(digest) if state == "done" else None,
        left=_left(step, progress if alive else None, took) if is_open else None,
    )


def _left(step: Step, progress: Progress | None, took: dict[str, float]) -> float | None:
    """From the speed of the step itself once it moves, else from steps like it that are done."""
    if progress is not None and progress.done > progress.first:
        return progress.seconds / (progress.done - progress.first) * (progress.total - progress.done)
    for name in _alike(step):
        if name in took:
            return took[name] * (_size(step) if name == "training" else 1)
    return None


def _durations(plan: Plan, store: Store, took: dict[str, float]) -> dict[str, float]:
    """Mean seconds of finished steps: by digest, by kinds of likeness, and for trainings by example."""
    seen: dict[str, list[float]] = {}
    for step in plan.steps:
        if step.digest not in took:
            with suppress(XstiltsError):
                took[step.digest] = store.read(step.digest).seconds
        if step.digest in took:
            seconds = took[step.digest]
            seen.setdefault(step.digest, []).append(seconds)
            for name in _alike(step):
                seen.setdefault(name, []).append(seconds / (_size(step) if name == "training" else 1))
    return {name: sum(values) / len(values) for name, values in seen.items()}


def _alike(step: Step) -> tuple[str, ...]:
    """What a step shares with those that take as long, closest first."""
    if step.stage is None:
        return f"exam {step.exam} {len(step.languages)}", "exam"
    written = msgspec.json.encode(step.stage).decode()
    return (written, "training") if step.examples else (written,)


def _size(step: Step) -> int:
    return step.examples or 1
