"""Journal: what a training carries from step to step beside its weights, and how it saves itself and goes on.

Losses stay on the device until somebody wants them: fetching each at once would make the device wait for Python.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from xstilts.errors import BadStore
from xstilts.training import checkpoint as checkpoints
from xstilts.training.health import CHECK, Health, ends
from xstilts.training.pieces import Pieces
from xstilts.training.record import Overtaken, Progress, Training, thin
from xstilts.training.selection import Selector
from xstilts.training.team import Halted

log = logging.getLogger(__name__)

Watch = Callable[[Progress], None]
"""Called about every half second, between two steps; if it raises, the training saves itself and stops. Where another
has the training (`Overtaken`), it only stops."""
TICK = 0.5
SAVE, HALT = 1, 2
"""What the first of a team tells the others to do between two steps; to halt is to save first."""
SHARE = 0.05
"""Saving takes at most this share of the time, however large the network: then it is done less often."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how often, in seconds, a training saves itself."""

    folder: Path
    signature: str
    every: float


@dataclass(slots=True)
class Journal:
    """One sitting of a training."""

    names: Sequence[str]
    turns: NDArray[np.int64]
    """For each step of the whole training, whose turn it is."""
    watch: Watch | None
    place: Place | None
    network: nn.Module
    optimizer: torch.optim.Optimizer
    pieces: Pieces
    selector: Selector | None = None
    losses: list[float] = field(default_factory=list)
    by_feed: dict[str, list[float]] = field(init=False)
    pending: list[Tensor] = field(default_factory=list)
    examples: int = 0
    tokens: int = 0
    before: float = 0.0
    restarts: int = 0
    notes: tuple[str, ...] = ()
    """What went otherwise than it should, for the record."""
    started: float = field(default_factory=time.perf_counter)
    ticked: float = field(default_factory=time.perf_counter)
    saved: float = field(default_factory=time.perf_counter)
    cost: float = 0.0
    """Seconds that the last checkpoint took."""
    told: int = 0
    """Losses that the watcher has heard of."""

    def __post_init__(self) -> None:
        self.by_feed = {name: [] for name in self.names}

    @property
    def seconds(self) -> float:
        """Of all sittings."""
        return self.before + time.perf_counter() - self.started

    def go_on(self) -> int:
        """Go back to the last whole checkpoint, if there is one; the step to begin with."""
        if self.place is None:
            return 0
        found, passed = checkpoints.load(self.place.folder, self.place.signature)
        step = 0 if found is None else found.mark.step
        if self.pieces.team.agree(step) != step:
            raise BadStore(
                f"The processes of one training find different checkpoints in {self.place.folder}.",
                way_out="All of them must see the same folder.",
            )
        if found is None:
            self.notes += passed
            return 0
        mark = found.mark
        checkpoints.put_back(found.tensors, self.network, self.optimizer)
        self._add(found.tensors["losses"].tolist())
        self.told = len(self.losses)
        self.examples, self.tokens, self.before = mark.examples, mark.tokens, mark.seconds
        self.restarts, self.notes = mark.restarts + 1, mark.notes + passed
        self.pieces.go_on(mark.halved)
        if self.selector is not None and mark.selection is not None:
            self.selector.state = mark.selection
        return mark.step

    def note(self, loss: Tensor, examples: int, tokens: int) -> None:
        """A step was taken."""
        self.pending.append(loss)
        self.examples += examples
        self.tokens += tokens

    def fetch(self) -> list[float]:
        """Bring the pending losses over; all there are."""
        if self.pending:
            self._add(self.pieces.team.total(torch.stack(self.pending)).tolist())
            self.pending.clear()
        return self.losses

    def _add(self, losses: list[float]) -> None:
        for loss in losses:
            self.by_feed[self.names[self.turns[len(self.losses)]]].append(loss)
            self.losses.append(loss)

    def apart(self) -> dict[str, list[float]]:
        """The losses so far of each feed."""
        self.fetch()
        return self.by_feed

    def report(self) -> None:
        """Tell the watcher the mean loss since the last time."""
        losses = self.fetch()
        new = losses[self.told :] or losses[-1:]
        self.told = len(losses)
        if self.watch is not None:
            loss = sum(new) / len(new) if new else math.nan
            self.watch(
                Progress(done=len(losses), total=len(self.turns), loss=loss, tokens=self.tokens, seconds=self.seconds)
            )

    def tick(self, done: int) -> None:
        """Report and save when it is time. In a team the first one's clock counts, every CHECK steps."""
        team, now, trouble = self.pieces.team, time.perf_counter(), None
        if team.size > 1 and done % CHECK:
            return
        if now - self.ticked >= TICK and team.rank == 0:
            self.ticked = now
            try:
                self.report()
            except Overtaken:
                raise
            except BaseException as error:
                trouble = error
        due = self.place is not None and now - self.saved >= max(self.place.every, self.cost / SHARE)
        said = team.agree(HALT if trouble is not None else SAVE if due else 0)
        if said:
            self.save(done)
        if trouble is not None:
            raise trouble
        if said == HALT:
            raise Halted

    def save(self, done: int) -> None:
        """Write a checkpoint, if there is a place for one. Where it cannot be written, the training goes on without.

        In a team all have to be here: losses are added up, and a network in parts is put together. The first writes.
        """
        if self.place is None or done >= len(self.turns):
            return
        begun, first = time.perf_counter(), self.pieces.team.rank == 0
        losses = torch.tensor(self.fetch(), dtype=torch.float64)
        tensors = checkpoints.tensors_of(self.network, self.optimizer, kept=first)
        if not first:
            return
        mark = checkpoints.Mark(
            signature=self.place.signature,
            step=done,
            examples=self.examples,
            tokens=self.tokens,
            seconds=self.seconds,
            restarts=self.restarts,
            halved=self.pieces.halved,
            notes=self.notes,
            selection=None if self.selector is None else self.selector.state,
        )
        try:
            checkpoints.save(self.place.folder, mark, tensors | {"losses": losses})
        except BadStore as error:
            log.warning("%s The training goes on; if it is killed, it goes back to the checkpoint before.", error)
            self.notes += (f"no checkpoint could be written in step {done}: {error.wrong}",)
        self.saved = time.perf_counter()
        self.cost = self.saved - begun

    def record(self, health: Health, *, dead: bool, kept: int) -> Training:
        """What was done, and after which step the weights are that were kept."""
        return Training(
            steps=len(self.losses),
            examples=self.examples,
            tokens=self.tokens,
            seconds=self.seconds,
            losses=thin(self.losses),
            counts={name: len(losses) for name, losses in self.apart().items()},
            ends=ends(self.apart()),
            health=health,
            dead=dead,
            restarts=self.restarts,
            notes=self.notes,
            selection=None if self.selector is None else self.selector.told(len(self.losses), kept=kept),
            micro=self.pieces.most,
            halved=self.pieces.halved,
        )
