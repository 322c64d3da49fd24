"""Attempts: a training whose optimisation failed is begun again by a rule that the recipe states, and all are told.

The rule: the second attempt draws everything anew (heads, order, dropout, mixture), the third too and with half the
rate, the fourth with a quarter, as far as the recipe's `attempts` go. The first that is not dead stands, else the last,
with its verdict. What a dead one is says `health.hopeless`. No score of an exam takes part in it.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from xstilts.errors import XstiltsError
from xstilts.files import read_json, write_json
from xstilts.training.recipe import Recipe
from xstilts.training.record import Attempt, Training
from xstilts.training.streams import again

log = logging.getLogger(__name__)

FILE = "attempts.json"
POINTS = 40
"""About so many points of an abandoned attempt's loss are kept: enough to see how it failed."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt is to do."""

    seed: int
    recipe: Recipe
    last: bool
    """Nothing comes after it, so it is carried to its end."""
    folder: Path | None
    """For its checkpoints."""


def persevere(once: Callable[[Try], Training], recipe: Recipe, *, seed: int, folder: Path | None = None) -> Training:
    """Train, from the same beginning every time, until an attempt is not dead or there is none left.

    With a `folder`, abandoned attempts are remembered there, so that a training that was killed does not repeat them.
    """
    tries = [
        Try(
            seed=again(seed, number),
            recipe=msgspec.structs.replace(recipe, rate=recipe.rate / 2 ** max(0, number - 1)),
            last=number == recipe.attempts - 1,
            folder=None if folder is None else folder / f"attempt-{number + 1}",
        )
        for number in range(recipe.attempts)
    ]
    given_up = _remembered(folder, tries)
    while True:
        now = tries[len(given_up)]
        training = once(now)
        if now.last or not training.dead:
            return msgspec.structs.replace(training, abandoned=given_up)
        given_up = (*given_up, _abandoned(now, training))
        log.warning(
            "Begun again (attempt %d of %d): %s.", len(given_up) + 1, recipe.attempts, training.health.why or "dead"
        )
        if folder is not None and now.folder is not None:
            write_json(folder / FILE, given_up)
            shutil.rmtree(now.folder, ignore_errors=True)


def _abandoned(tried: Try, training: Training) -> Attempt:
    return Attempt(
        seed=tried.seed,
        rate=tried.recipe.rate,
        steps=training.steps,
        seconds=training.seconds,
        losses=training.losses[:: max(1, len(training.losses) // POINTS)],
        dev=training.dev,
        health=training.health,
    )


def _remembered(folder: Path | None, tries: list[Try]) -> tuple[Attempt, ...]:
    """The attempts that were given up before the training was killed. A file that cannot be read remembers none."""
    if folder is None or not (folder / FILE).is_file():
        return ()
    try:
        found = read_json(folder / FILE, tuple[Attempt, ...])
    except XstiltsError:
        return ()
    planned = [(one.seed, one.recipe.rate) for one in tries[:-1]]
    return found if [(one.seed, one.rate) for one in found] == planned[: len(found)] else ()
