"""The loop: every training of xstilts, of one task, of several, or of a new encoder, is this one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from xstilts.encoders.network import Network
from xstilts.training import checkpoint as checkpoints
from xstilts.training import health
from xstilts.training.batches import Feed
from xstilts.training.journal import Journal, Place, Watch
from xstilts.training.machine import arithmetic, set_up
from xstilts.training.optimizer import make_optimizer, rate_at, set_rate
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import number

Look = Callable[[Mapping[str, health.Ends]], health.Health]
"""Asked in the middle of a training, with what became of each feed's loss, whether it is worth going on."""


def train(
    network: Network,
    feeds: Mapping[str, Feed],
    recipe: Recipe,
    *,
    steps: int,
    seed: int,
    machine: Machine | None = None,
    schedule: Sequence[int] | NDArray[np.int64] | None = None,
    watch: Watch | None = None,
    look: Look | None = None,
    checkpoint: Path | None = None,
    every: float = 60.0,
) -> Training:
    """Train the heads named in `feeds`, and the body below them, for `steps` steps.

    `schedule` gives, for each step, the index of the feed whose turn it is; without it the first has every turn.
    With a `checkpoint` folder the training saves itself about every `every` seconds and, started again with the same
    arguments, goes on from there, bit for bit as if it had never stopped. Whoever gave the folder removes what is in
    it (`checkpoint.remove`) when that which came of the training is safe.
    A training that diverges, or that `look` finds dead, ends early, always after the same step.
    """
    device = set_up(machine or Machine())
    names = list(feeds)
    turns = np.zeros(steps, dtype=np.int64) if schedule is None else np.asarray(schedule, dtype=np.int64)
    network.train().set_dropout(recipe.dropout)
    place = checkpoint and Place(checkpoint, _signature(network, feeds, recipe, seed, turns), every)
    network.to(device)
    optimizer = make_optimizer(network, recipe, device)
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    journal = Journal(names, turns, watch, place, network, optimizer)
    start = journal.go_on()
    taken = np.bincount(turns[:start], minlength=len(names))
    looks = health.looks(steps, int(recipe.warmup * steps)) if look else frozenset()
    verdict = health.Health()
    for step in range(start, steps):
        # Not carried over from the step before: what is drawn in a step depends on nothing but its number.
        torch.manual_seed(number(seed, "dropout", step))
        turn = int(turns[step])
        batch = feeds[names[turn]](int(taken[turn])).to(device)
        taken[turn] += 1
        set_rate(optimizer, recipe.rate * rate_at(step, steps, recipe.warmup))
        with arithmetic(recipe.precision, device):
            loss = network.loss(names[turn], batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, recipe.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        journal.note(loss.detach(), batch.examples, batch.count)
        done = step + 1
        if done % health.CHECK == 0:
            verdict = health.running(journal.apart())
        if look is not None and done in looks and not verdict.why:
            verdict = look(health.ends(journal.apart()))
            network.train()
        if verdict.why:
            break
        journal.tick(done)
    journal.report()
    network.eval().set_dropout(None)
    whole = health.worse(verdict, health.of_tasks(journal.apart()))
    return journal.record(whole, dead=bool(verdict.why) or whole.state == "diverged")


def _signature(network: Network, feeds: Mapping[str, Feed], recipe: Recipe, seed: int, turns: NDArray[np.int64]) -> str:
    """What a checkpoint must agree in: recipe, seed, turns, the first batch of each feed, and the first weights."""
    digest = blake2b(msgspec.json.encode([list(feeds), recipe, seed, turns.tolist()]), digest_size=16)
    for feed in feeds.values():
        digest.update(feed(0).tokens.numpy().tobytes())
    for name, tensor in checkpoints.named(network).items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
