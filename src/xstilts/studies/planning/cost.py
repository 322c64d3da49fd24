"""What a plan costs, estimated before anything runs: operations, hours on a named device, disk at its peak.

Estimates, and each says what it rests on. What is not known is counted as unknown, never put in as a guess.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable

import msgspec

from xstilts.encoders.shape import Shape, shape_of
from xstilts.forms import AnyForm, Choose, Classify, Mask, Match, Retrieve, Span, Tag
from xstilts.studies.planning.devices import Device
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.sizes import exam_size, parts
from xstilts.studies.planning.step import Step
from xstilts.studies.records.record import Run

LENGTHS: dict[type, int] = {Classify: 41, Choose: 60, Span: 172, Tag: 31, Retrieve: 31, Match: 60, Mask: 128}
"""Form → pieces of a row that is encoded. Means of MNLI (pairs), SQuAD (windows) and UD (sentences) under XLM-R's
vocabulary are about these; the others are of the same order, by assumption."""
OPTIONS = 4
"""Options of a choice task that says no number."""
BACKWARD = 2
"""A backward pass costs this many forward passes."""
UPDATE = 36
"""Bytes moved for a parameter at each update: gradient, two moments and the weight, read and written, and clipping."""
WEIGHT = 4
"""Bytes of a weight as it is saved."""
CHECKPOINT = 3
"""A checkpoint holds the weights and two moments; while it is written, the one before is still there."""
ASSUMED = (
    "rows of " + ", ".join(f"{size} pieces ({form.__name__.lower()})" for form, size in LENGTHS.items()),
    "no padding, a backward pass as two forward ones, every weight updated at each step",
)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate."""

    training_flops: float | None
    """Floating-point operations of all trainings whose length is known; None: the encoder's shape is not known."""
    exam_flops: float | None
    """Of all exams whose size is known."""
    updates: int
    """Training steps in all."""
    hours: float | None
    """On the device: operations at its share, and the updates' traffic."""
    device: str
    rests_on: tuple[str, ...]
    unknown_trainings: int
    """Trainings that are not in these numbers: only their data can tell how long they are."""
    unknown_exams: tuple[str, ...]
    """Exams that are not in these numbers."""
    disk: int | None
    """Bytes of weights and checkpoints at the peak, one worker walking the plan in order."""
    disk_worker: int | None
    """Bytes that each further worker may need on top."""


def cost(plan: Plan, device: Device) -> Cost:
    """The estimate for a whole plan, done on one such device."""
    shape = shape_of(plan.study.encoder)
    trainings = [step for step in plan.steps if step.stage is not None]
    sizes = {name: exam_size(sat) for name, sat in plan.exams.items()}
    updates = sum(_updates(step) for step in trainings)
    training = None if shape is None else sum(training_flops(step, plan, shape) for step in trainings)
    exams = None
    if shape is not None:
        sat = (step for step in plan.steps if step.exam is not None)
        exams = sum((sizes[step.exam or ""] or 0) * _row(plan.exams[step.exam or ""].form, shape) for step in sat)
    hours = None
    if shape is not None and training is not None and exams is not None:
        traffic = updates * UPDATE * shape.parameters / device.bandwidth
        hours = ((training + exams) / (device.flops * device.share) + traffic) / 3600
    return Cost(
        training_flops=training,
        exam_flops=exams,
        updates=updates,
        hours=hours,
        device=device.name,
        rests_on=(*ASSUMED, f"{device.name}: {device.source}"),
        unknown_trainings=sum(step.examples is None for step in trainings),
        unknown_exams=tuple(name for name, size in sizes.items() if size is None),
        disk=None if shape is None else peak(plan, shape),
        disk_worker=None
        if shape is None
        else max((_working(shape, step) for step in trainings), default=0) + _weights(shape),
    )


def training_flops(step: Step, plan: Plan, shape: Shape) -> float:
    """Operations of one training; 0 where its length is not known."""
    if step.stage is None or step.examples is None:
        return 0.0
    stage, tasks = step.stage, [plan.tasks[name] for name in step.stage.tasks]
    rows = [_row(task.form, shape, most=stage.recipe.max_length) for task in tasks]
    each = sum(share * row for share, row in zip(parts(stage, plan.tasks), rows, strict=True))
    return step.examples * each * (1 + BACKWARD)


def peak(plan: Plan, shape: Shape) -> int:
    """Bytes on disk at the peak: weights stay as long as a later step starts from them."""
    left = {digest: len(children) for digest, children in plan.children.items()}
    held: set[str] = set()
    most = 0
    for step in plan.steps:
        if step.kind == "train":
            most = max(most, len(held) * _weights(shape) + _working(shape, step))
            if left[step.digest]:
                held.add(step.digest)
        if step.parent is not None:
            left[step.parent] -= 1
            if not left[step.parent]:
                held.discard(step.parent)
        most = max(most, len(held) * _weights(shape))
    return most


def measured(runs: Iterable[Run], plan: Plan) -> Device | None:
    """What a device does, from finished trainings of this plan; None: there are none that tell.

    The updates' traffic is in the time that was taken, so that its bandwidth counts as endless.
    """
    shape = shape_of(plan.study.encoder)
    done = [run for run in runs if run.kind == "train" and run.digest in plan.by_digest and _telling(run)]
    if shape is None or not done:
        return None
    device = statistics.mode(run.provenance.device for run in done)
    those = [run for run in done if run.provenance.device == device]
    flops = sum(training_flops(plan.by_digest[run.digest], plan, shape) for run in those)
    seconds = sum(float(run.training["seconds"]) for run in those)
    if not flops:
        return None
    source = f"measured on {device} in {len(those)} finished trainings, updates and waiting in it"
    return Device(name=device, flops=flops / seconds, bandwidth=float("inf"), share=1.0, source=source)


def _telling(run: Run) -> bool:
    return isinstance(run.training.get("seconds"), (int, float)) and run.training["seconds"] > 0


def _updates(step: Step) -> int:
    if step.stage is None:
        return 0
    recipe = step.stage.recipe
    return recipe.steps or round((step.examples or 0) / recipe.batch)


def _row(form: AnyForm, shape: Shape, *, most: int | None = None) -> float:
    """Operations of one example, forward: of a choice every option is a row, of a pair both texts are."""
    length = min(LENGTHS[type(form)], most or LENGTHS[type(form)])
    rows = 2 if isinstance(form, Match) else 1
    if isinstance(form, Choose):
        rows = form.options or OPTIONS
    return rows * length * shape.forward(length)


def _weights(shape: Shape) -> int:
    return WEIGHT * shape.parameters


def _working(shape: Shape, step: Step) -> int:
    """What a training writes on its way; where it keeps the best weights so far, these too."""
    best = step.stage is not None and step.stage.recipe.select != "last"
    return (2 * CHECKPOINT + best) * _weights(shape)
