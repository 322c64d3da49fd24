"""Whether a training can be trusted, judged by losses and predictions. A sick run is reported, never dropped.

Every verdict is a function of losses and predictions at steps that are fixed beforehand, never of the clock: a training
that was interrupted gets the very verdicts of one that was not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

State = Literal["ok", "diverged", "collapsed", "chance", "flat"]
"""diverged: the loss is no number, or far above its start · collapsed: one answer for everything · chance: no better
than guessing · flat: the loss is where it began"""
GRAVEST: tuple[State, ...] = ("diverged", "collapsed", "chance", "flat", "ok")
FEW = 20
"""Fewer losses or predictions than this say nothing."""
CHECK = 20
"""Steps between looks at the losses of a running training."""
LEARNT = 0.9
"""A loss that has come below this part of its start has learnt something."""
LOOKS = (0.5, 0.75)
"""Where in a training, as shares of its steps, one that has learnt nothing so far is looked at more closely."""


Ends = tuple[float, float]
"""A mean loss at the start and at the end."""


class Health(msgspec.Struct, frozen=True):
    """A verdict and its reason."""

    state: State = "ok"
    why: str = ""


def worse(*verdicts: Health) -> Health:
    """The gravest of some verdicts; the first of equals."""
    return min(verdicts, key=lambda verdict: GRAVEST.index(verdict.state))


def of_losses(losses: Sequence[float]) -> Health:
    """diverged or flat, of the losses of one task: the ends of the training are compared."""
    for step, loss in enumerate(losses):
        if not math.isfinite(loss):
            return Health("diverged", f"the loss of step {step} is {loss}")
    if len(losses) < FEW:
        return Health()
    start, end = _ends(losses, max(5, len(losses) // 10))
    if _exploded(start, end):
        return Health("diverged", f"the loss rose from {start:.3f} to {end:.3f}")
    if end >= start:
        return Health("flat", f"the loss went from {start:.3f} to {end:.3f}")
    return Health()


def of_tasks(losses: Mapping[str, Sequence[float]]) -> Health:
    """The same of several tasks, whose losses cannot be compared: one that diverges is enough, but all must be flat."""
    verdicts = {name: of_losses(one) for name, one in losses.items() if len(one)}
    if len(verdicts) < 2:
        return worse(Health(), *verdicts.values())
    named = [Health(verdict.state, f"{name}: {verdict.why}") for name, verdict in verdicts.items()]
    grave = [verdict for verdict in named if verdict.state == "diverged"]
    return worse(Health(), *(grave or (named if all(verdict.why for verdict in verdicts.values()) else ())))


def running(losses: Mapping[str, Sequence[float]], *, carry_on: bool) -> Health:
    """diverged, if the losses so far say so. Asked every CHECK steps, so a lost training is not carried to its end.

    `carry_on`: only a loss that is no number ends it.
    """
    for name, one in losses.items():
        before = f"{name}: " if len(losses) > 1 else ""
        recent = one[-CHECK:]
        if not all(map(math.isfinite, recent)):
            return Health("diverged", f"{before}the loss is {next(x for x in recent if not math.isfinite(x))}")
        if not carry_on and len(one) >= 2 * FEW and _exploded(*_ends(one, FEW)):
            start, end = _ends(one, FEW)
            return Health("diverged", f"{before}the loss rose from {start:.3f} to {end:.3f}")
    return Health()


def looks(steps: int, rise: int) -> frozenset[int]:
    """After which steps a training that has learnt nothing is looked at: none before the rate has been at its peak."""
    return frozenset(step for share in LOOKS if (step := math.ceil(share * steps)) >= max(rise, 2 * FEW))


def ends(losses: Mapping[str, Sequence[float]]) -> dict[str, Ends]:
    """For each task its mean loss over its first and its last steps; none for a task with too few of them."""
    return {name: _ends(one, FEW) for name, one in losses.items() if len(one) >= 2 * FEW}


def learnt(ends: Ends) -> bool:
    """Whether a loss has come down at all."""
    start, end = ends
    return end < LEARNT * start


def hopeless(verdicts: Mapping[str, Health], ends: Mapping[str, Ends]) -> Health:
    """The verdict on the optimisation itself, as far as it is a reason to begin again; ok: there is none.

    Every task must be dead: one answer for everything, or no better than guessing with a loss that has not come down.
    What is learnt and does not carry over to the development data is a result and no accident.
    """
    dead = [
        name in ends and (verdict.state == "collapsed" or (verdict.state == "chance" and not learnt(ends[name])))
        for name, verdict in verdicts.items()
    ]
    return worse(*verdicts.values()) if dead and all(dead) else Health()


def of_dev(predictions: Sequence[Any], *, score: float, chance: float) -> Health:
    """collapsed: one answer for everything · chance: a development score no better than guessing."""
    if len(predictions) < FEW:
        return Health()
    counts = Counter(map(repr, predictions))
    if len(counts) == 1 and score < 100:
        return Health("collapsed", f"every one of {len(predictions)} answers is {next(iter(counts))[:40]}")
    # Two standard errors of a guessed share: a score below that cannot be told from guessing.
    margin = 200 * math.sqrt(max(chance / 100 * (1 - chance / 100), 0.0) / len(predictions))
    if score <= chance + margin:
        return Health("chance", f"the development score {score:.1f} is no better than guessing ({chance:.1f})")
    return Health()


def _ends(losses: Sequence[float], part: int) -> Ends:
    # A rate that is far too high lets the loss jump within a few steps: only the first loss of all is before that.
    return min(losses[0], sum(losses[:part]) / part), sum(losses[-part:]) / part


def _exploded(start: float, end: float) -> bool:
    return end > 3 * start + 1
