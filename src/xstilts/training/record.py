"""What a training tells: its progress while it runs, and its record when it is done. No torch."""

from __future__ import annotations

import msgspec

from xstilts.training.health import Health


class Overtaken(Exception):
    """Raised by whoever watches a training: another process has it now, and nothing of it may be written any more."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a training is."""

    done: int
    total: int
    """Steps."""
    loss: float
    """Mean over the steps since the last report."""
    tokens: int
    seconds: float


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A training that was given up because its optimisation had failed; another took its place."""

    seed: int
    rate: float
    steps: int
    seconds: float
    health: Health
    losses: list[tuple[int, float]] = []
    """Some points of its loss."""
    dev: dict[str, dict[str, float]] = {}


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which weights of a training were kept, and by what."""

    rule: str
    """last · english-dev: by development data in the language of training · oracle: in the target languages, with
    labels that nobody has who needs the transfer"""
    step: int = 0
    """The weights after this step were kept; while it runs: the best so far."""
    score: float = 0.0
    """The best score seen: the mean of the tasks' main scores."""
    looks: list[tuple[int, float]] = []
    """Steps, and the score after each."""
    early: bool = False
    """Whether it stopped before its time, for want of anything better."""


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """What a training did."""

    steps: int
    """Steps done; fewer than planned when the loss stopped being a number."""
    examples: int
    tokens: int
    seconds: float
    """Of training alone, over all sittings."""
    losses: list[tuple[int, float]]
    """At most 200 points: the last step of a stretch, from 1, and the mean loss of the stretch."""
    counts: dict[str, int] = {}
    """Steps for each task."""
    shares: dict[str, float] = {}
    """Of the steps for each task, as the mixture meant them; `counts` is what the draw made of it."""
    sizes: dict[str, dict[str, int]] = {}
    """For each task, the examples it has by language."""
    drawn: dict[str, dict[str, int]] = {}
    """For each task, the examples it gave by language, repeats counted."""
    ends: dict[str, tuple[float, float]] = {}
    """For each task, its mean loss over its first and its last 20 steps; none of it where there were less than 40."""
    health: Health = Health()
    dead: bool = False
    """The optimisation failed: a reason to begin again, if the recipe says so."""
    abandoned: tuple[Attempt, ...] = ()
    """Attempts before this one, all of them dead."""
    restarts: int = 0
    """How often it went on from a checkpoint."""
    notes: tuple[str, ...] = ()
    """What went otherwise than it should: a broken checkpoint, a full disk, rows cut at the encoder's places."""
    rows: tuple[int, int] | None = None
    """Rows of the word table that were trained, and all there are; None: the whole table was."""
    weights: tuple[int, int] | None = None
    """Of a training with an adapter: numbers that were trained, and all there were."""
    selection: Selection | None = None
    """None: the last weights were kept, and nothing was looked at."""
    micro: int | None = None
    """Examples that went through the network at once, at the end; None: always the whole batch."""
    halved: list[tuple[int, int]] = []
    """Where memory ran out: the step, from 1, and the examples at once from then on. The batch stayed what it is."""
    dev: dict[str, dict[str, float]] = {}
    """For each task, the scores on its development data after the last step."""


def thin(losses: list[float], *, points: int = 200) -> list[tuple[int, float]]:
    """Means over at most `points` equal stretches."""
    size = max(1, -(-len(losses) // points))
    stretches = (losses[low : low + size] for low in range(0, len(losses), size))
    return [(min((i + 1) * size, len(losses)), sum(part) / len(part)) for i, part in enumerate(stretches)]
