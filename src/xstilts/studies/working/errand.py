"""Errand and Outcome: what doing a step needs, and what it gives. The seam between the scheduler and the training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.store import Store
from xstilts.training.recipe import Machine


class Stopped(Exception):
    """The worker was asked to stop in the middle of a step."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a step gave, for its record. Predictions and weights are in the store by then."""

    training: dict[str, Any] = {}
    scores: dict[str, dict[str, float]] = {}
    n: dict[str, int] = {}
    health: dict[str, Any] = {}
    reading: dict[str, Any] = {}
    """Of a retrieval exam that the encoder itself sits: the layer and the pooling that were read."""
    device: str = ""


@dataclass(slots=True, kw_only=True)
class Memory:
    """What a worker keeps between steps: the last network, by the digest of the training that made it."""

    digest: str | None = None
    network: Any = None
    device: str = ""
    """Where the step that is being done computes, once it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Everything that doing one step needs."""

    step: Step
    plan: Plan
    store: Store
    machine: Machine
    memory: Memory
    save: bool
    """Whether the weights of a training are to be saved: a step to do starts from them, or the user asked."""
    moved: Callable[[int, int, float | None], None]
    """Call it often with done, total and loss. It raises Stopped when the worker is to stop, Overtaken when another has
    taken the step meanwhile."""


Do = Callable[[Errand], Outcome]
