"""The loop: every training of xstilts, of one task, of several, or of a new encoder, is this one function."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xstilts.encoders.network import Network
from xstilts.encoders.table import Cut, cut
from xstilts.training import checkpoint as checkpoints
from xstilts.training.batches import Feed
from xstilts.training.health import of_losses
from xstilts.training.machine import set_up
from xstilts.training.optimizer import clip, decay_alone, make_optimizer, scale_of, set_rate
from xstilts.training.pieces import Pieces
from xstilts.training.rates import rate_at
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Progress, Training, thin
from xstilts.training.streams import number

Watch = Callable[[Progress], None]
"""Called about every half second, between two steps; if it raises, the training saves itself and stops."""
TICK = 0.5


def train(
    network: Network,
    feeds: Mapping[str, Feed],
    recipe: Recipe,
    *,
    steps: int,
    seed: int,
    machine: Machine | None = None,
    schedule: Sequence[int] | NDArray[np.int64] | None = None,
    heads: Mapping[str, str] = {},
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    every: float = 60.0,
    seen: NDArray[np.integer] | None = None,
) -> Training:
    """Train the heads named in `feeds`, and the body below them, for `steps` steps.

    `schedule` gives, for each step, the index of the feed whose turn it is; without it the first has every turn.
    `heads` names the head of each feed that is not called like its own.
    `seen` are all the token ids that the feeds can give: then only these rows of the word table are trained, which
    changes no bit on CPU (`encoders/table.py`). Where hidden words are guessed, every row gets a gradient.
    With a `checkpoint` folder the training saves itself every `every` seconds and, started again with the same
    arguments, goes on from there, bit for bit as if it had never stopped. The file is removed at the end.
    """
    machine = machine or Machine()
    device = set_up(machine)
    names = list(feeds)
    turns = np.zeros(steps, dtype=np.int64) if schedule is None else np.asarray(schedule, dtype=np.int64)
    network.to(device).train()
    network.set_dropout(recipe.dropout)
    if machine.recompute:
        network.set_recompute(True)
    torch.manual_seed(number(seed, "dropout"))
    kinds = {network.kinds[heads.get(name, name)].kind for name in names}
    rows = None if seen is None or "mask" in kinds else cut(network, seen)
    table = network.body.get_input_embeddings().weight
    optimizer = make_optimizer(network, recipe, device)
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    place = None if checkpoint is None else _Place(checkpoint, _signature(network, names, recipe, seed, turns), every)
    run = _Run(steps, watch, place, network, optimizer, device, Pieces(recipe, device, machine.micro))
    start = run.go_on()
    taken = np.bincount(turns[:start], minlength=len(names))
    for step in range(start, steps):
        turn = int(turns[step])
        batch = feeds[names[turn]](int(taken[turn]))
        taken[turn] += 1
        set_rate(optimizer, recipe.rate * rate_at(step, steps, recipe))
        loss = run.pieces.backward(network, heads.get(names[turn], names[turn]), batch, step=step + 1)
        clip(trained, recipe.clip, table=table)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        run.pending.append(loss)
        run.examples += batch.examples
        run.tokens += batch.count
        if not run.tick(step + 1):
            break
    run.report()
    if rows is not None:
        _make_whole(rows, recipe, steps, len(run.losses), scale_of(optimizer, table))
    network.eval().set_dropout(None)
    if machine.recompute:
        network.set_recompute(False)
    if place is not None:
        checkpoints.remove(place.folder)
    record = run.record({name: int(count) for name, count in zip(names, taken, strict=True)})
    return msgspec.structs.replace(record, rows=None if rows is None else rows.size)


def _make_whole(rows: Cut, recipe: Recipe, steps: int, done: int, scale: float) -> None:
    """Put the trained rows back, and decay the others as every step would have."""
    rates = [recipe.rate * rate_at(step, steps, recipe) * scale for step in range(done)]
    rows.put_back(lambda weights: decay_alone(weights, rates, recipe.weight_decay))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and how often a training saves itself."""

    folder: Path
    signature: str
    every: float


@dataclass(slots=True)
class _Run:
    """What a training carries from step to step beside its weights: counts, losses and the clock."""

    steps: int
    watch: Watch | None
    place: _Place | None
    network: Network
    optimizer: torch.optim.Optimizer
    device: torch.device
    pieces: Pieces
    losses: list[float] = field(default_factory=list)
    pending: list[Tensor] = field(default_factory=list)
    """Losses still on the device: fetching each at once would make the device wait for Python."""
    examples: int = 0
    tokens: int = 0
    before: float = 0.0
    restarts: int = 0
    started: float = field(default_factory=time.perf_counter)
    ticked: float = field(default_factory=time.perf_counter)
    saved: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Of all sittings."""
        return self.before + time.perf_counter() - self.started

    def fetch(self) -> float:
        """Bring the pending losses over; their mean."""
        fetched = torch.stack(self.pending).tolist() if self.pending else self.losses[-1:]
        if self.pending:
            self.losses += fetched
            self.pending.clear()
        return sum(fetched) / len(fetched) if fetched else math.nan

    def report(self) -> float:
        """Tell the watcher; the mean loss since the last time."""
        loss = self.fetch()
        if self.watch is not None:
            self.watch(
                Progress(done=len(self.losses), total=self.steps, loss=loss, tokens=self.tokens, seconds=self.seconds)
            )
        return loss

    def tick(self, done: int) -> bool:
        """Report and save when it is time. False: the loss is no number any more."""
        now = time.perf_counter()
        if now - self.ticked >= TICK:
            self.ticked = now
            try:
                loss = self.report()
            except BaseException:
                self.save(done)
                raise
            if not math.isfinite(loss):
                return False
        if self.place is not None and now - self.saved >= self.place.every and done < self.steps:
            self.save(done)
            self.saved = time.perf_counter()
        return True

    def save(self, done: int) -> None:
        """Write a checkpoint, if there is a place for one."""
        if self.place is None:
            return
        self.fetch()
        mark = checkpoints.Mark(
            signature=self.place.signature,
            step=done,
            examples=self.examples,
            tokens=self.tokens,
            seconds=self.seconds,
            restarts=self.restarts,
            losses=[loss if math.isfinite(loss) else None for loss in self.losses],
            halved=self.pieces.halved,
        )
        checkpoints.save(self.place.folder, mark, self.network, self.optimizer, self.device)

    def go_on(self) -> int:
        """Go back to the checkpoint; the step to begin with."""
        mark = None
        if self.place is not None:
            mark = checkpoints.load(self.place.folder, self.place.signature, self.network, self.optimizer, self.device)
        if mark is None:
            return 0
        self.losses = [math.nan if loss is None else loss for loss in mark.losses]
        self.examples, self.tokens, self.before = mark.examples, mark.tokens, mark.seconds
        self.restarts = mark.restarts + 1
        self.pieces.go_on(mark.halved)
        return mark.step

    def record(self, counts: dict[str, int]) -> Training:
        """What was done."""
        return Training(
            steps=len(self.losses),
            examples=self.examples,
            tokens=self.tokens,
            seconds=self.seconds,
            losses=thin(self.losses),
            counts=counts,
            health=of_losses(self.losses),
            restarts=self.restarts,
            micro=self.pieces.most,
            halved=self.pieces.halved,
        )


def _signature(network: Network, names: list[str], recipe: Recipe, seed: int, turns: NDArray[np.int64]) -> str:
    """What a checkpoint must agree in: the recipe, seed, turns, and the weights that the training began with."""
    digest = blake2b(msgspec.json.encode([names, recipe, seed, turns.tolist()]), digest_size=16)
    for name, tensor in checkpoints.named(network).items():
        digest.update(name.encode())
        digest.update(tensor.detach().sum(dtype=torch.float64).cpu().numpy().tobytes())
    return digest.hexdigest()
