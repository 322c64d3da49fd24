"""Whether a training can be trusted, judged by losses and predictions. A sick run is reported, never dropped."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

State = Literal["ok", "diverged", "collapsed", "flat"]
GRAVEST: tuple[State, ...] = ("diverged", "collapsed", "flat", "ok")
FEW = 20
"""Fewer losses or predictions than this say nothing."""


class Health(msgspec.Struct, frozen=True):
    """A verdict and its reason."""

    state: State = "ok"
    why: str = ""


def worse(*verdicts: Health) -> Health:
    """The gravest of some verdicts; the first of equals."""
    return min(verdicts, key=lambda verdict: GRAVEST.index(verdict.state))


def of_losses(losses: Sequence[float]) -> Health:
    """diverged: a loss that is no number, or an end far above the start · flat: the end is no lower than the start."""
    for step, loss in enumerate(losses):
        if not math.isfinite(loss):
            return Health("diverged", f"the loss of step {step} is {loss}")
    if len(losses) < FEW:
        return Health()
    part = max(5, len(losses) // 10)
    start, end = sum(losses[:part]) / part, sum(losses[-part:]) / part
    if end > 3 * start + 1:
        return Health("diverged", f"the loss rose from {start:.3f} to {end:.3f}")
    if end >= start:
        return Health("flat", f"the loss went from {start:.3f} to {end:.3f}")
    return Health()


def of_dev(predictions: Sequence[Any], *, score: float, chance: float) -> Health:
    """collapsed: one answer for everything, or a development score no better than guessing."""
    if len(predictions) < FEW:
        return Health()
    counts = Counter(map(repr, predictions))
    if len(counts) == 1 and score < 100:
        return Health("collapsed", f"every one of {len(predictions)} answers is {next(iter(counts))[:40]}")
    # Two standard errors of a guessed share: a score below that cannot be told from guessing.
    margin = 200 * math.sqrt(max(chance / 100 * (1 - chance / 100), 0.0) / len(predictions))
    if score <= chance + margin:
        return Health("collapsed", f"the development score {score:.1f} is no better than guessing ({chance:.1f})")
    return Health()
