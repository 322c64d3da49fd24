"""The loop: every training of xstilts, of one task, of several, or of a new encoder, is this one function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xstilts.encoders.network import Network
from xstilts.encoders.table import Cut, cut
from xstilts.errors import XstiltsError
from xstilts.training import checkpoint as checkpoints
from xstilts.training import health
from xstilts.training.batches import Feed
from xstilts.training.journal import Journal, Place, Watch
from xstilts.training.machine import seed_dropout, set_up
from xstilts.training.optimizer import clip, decay_alone, make_optimizer, scale_of, set_rate
from xstilts.training.pieces import Pieces
from xstilts.training.rates import rate_at, rising
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.selection import selector
from xstilts.training.streams import number
from xstilts.training.team import ALONE, Team

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
    heads: Mapping[str, str] = {},
    watch: Watch | None = None,
    look: Look | None = None,
    score: Callable[[], float] | None = None,
    checkpoint: Path | None = None,
    every: float = 60.0,
    seen: NDArray[np.integer] | None = None,
    team: Team = ALONE,
) -> Training:
    """Train the heads named in `feeds`, and the body below them, for `steps` steps.

    `schedule` gives, for each step, the index of the feed whose turn it is; without it the first has every turn.
    `heads` names the head of each feed that is not called like its own.
    `seen` are all the token ids that the feeds can give: then only these rows of the word table are trained, which
    changes no bit on CPU (`encoders/table.py`). Where hidden words are guessed, every row gets a gradient.
    With a `checkpoint` folder the training saves itself about every `every` seconds and, started again with the same
    arguments, goes on from there, bit for bit as if it had never stopped. Whoever gave the folder removes what is in
    it (`checkpoint.remove`) when that which came of the training is safe.
    `score` is of the network as it is, for recipes that choose among weights or stop early (`selection.py`).
    In a `team` every process calls this with the same arguments; `watch` is asked in the first one.
    A training whose loss is no number any more ends early, and with a `look` also one that explodes or that the look
    finds dead: always after the same step.
    """
    machine = machine or Machine()
    device = set_up(machine)
    if team.parts:
        # Cut rows would have to be cut into parts; in parts the whole table is small enough.
        seen = None
    elif machine.shards:
        raise XstiltsError("A network is held in parts by several devices.", way_out="Give --devices 2 or more.")
    names = list(feeds)
    turns = np.zeros(steps, dtype=np.int64) if schedule is None else np.asarray(schedule, dtype=np.int64)
    network.train().set_dropout(recipe.dropout)
    signature = "" if checkpoint is None else _signature(network, feeds, seen, recipe, seed, turns)
    place = None if checkpoint is None else Place(checkpoint, signature, every)
    if not team.parts:
        network.to(device)
    if machine.recompute:
        network.set_recompute(True)
    kinds = {network.kinds[heads.get(name, name)].kind for name in names}
    rows = None if seen is None or "mask" in kinds else cut(network, seen)
    trained = team.join(network)
    table = trained.table
    optimizer = make_optimizer(trained, recipe, device)
    scale = scale_of(optimizer, table)
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    pieces = Pieces(recipe, device, machine.micro, team)
    chosen = None if score is None else selector(recipe, steps, score, checkpoint)
    journal = Journal(names, turns, watch, place, trained, optimizer, pieces, chosen)
    start = journal.go_on()
    taken = np.bincount(turns[:start], minlength=len(names))
    looks = health.looks(steps, rising(steps, recipe)) if look else frozenset()
    verdict = health.Health()
    for step in range(start, steps):
        # Not carried over from the step before: what is drawn in a step depends on nothing but its number.
        seed_dropout(number(seed, "dropout", step * team.size + team.rank), device)
        turn = int(turns[step])
        batch = feeds[names[turn]](int(taken[turn]))
        taken[turn] += 1
        set_rate(optimizer, recipe.rate * rate_at(step, steps, recipe))
        loss = pieces.backward(trained, heads.get(names[turn], names[turn]), batch, step=step + 1)
        clip(weights, recipe.clip, table=table)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        journal.note(loss, batch.examples, batch.count)
        done = step + 1
        if done % health.CHECK == 0:
            verdict = health.running(journal.apart(), carry_on=look is None)
        if look is not None and done in looks and not verdict.why:
            with _whole(network, team, rows, _decay(recipe, steps, done, scale)):
                verdict = look(health.ends(journal.apart()))
        stop = bool(verdict.why)
        if chosen is not None and not stop and chosen.due(done):
            with _whole(network, team, rows, _decay(recipe, steps, done, scale)):
                better = chosen.look(done)
            stop = chosen.exhausted
            if better:
                chosen.keep(trained, signature, write=team.rank == 0)
                # A checkpoint from before would not know of the best weights that lie beside it now.
                journal.save(done)
        asked = done % health.CHECK == 0 or done in looks or (chosen is not None and chosen.due(done))
        if asked and team.agree(int(stop)):
            break
        journal.tick(done)
    journal.report()
    kept = len(journal.losses)
    if chosen is not None and recipe.select != "last" and chosen.state.looks and not verdict.why:
        chosen.give_back(trained, signature)
        kept = chosen.state.step
    with team.whole(network):
        if rows is not None:
            rows.put_back(_decay(recipe, steps, kept, scale))
    network.eval().set_dropout(None)
    if machine.recompute:
        network.set_recompute(False)
    whole = health.worse(verdict, health.of_tasks(journal.apart()))
    record = journal.record(whole, dead=bool(verdict.why) or whole.state == "diverged", kept=kept)
    return msgspec.structs.replace(record, rows=None if rows is None else rows.size)


@contextmanager
def _whole(network: Network, team: Team, rows: Cut | None, decay: Callable[[Tensor], None]) -> Iterator[None]:
    """Inside, the network can be looked at: no part of its weights and no row of its table is elsewhere."""
    with team.whole(network), nullcontext() if rows is None else rows.whole(decay):
        yield
    network.train()


def _decay(recipe: Recipe, steps: int, done: int, scale: float) -> Callable[[Tensor], None]:
    """What the steps so far would have done to weights that never get a gradient."""
    rates = [recipe.rate * rate_at(step, steps, recipe) * scale for step in range(done)]
    return lambda weights: decay_alone(weights, rates, recipe.weight_decay)


def _signature(
    network: Network,
    feeds: Mapping[str, Feed],
    seen: NDArray[np.integer] | None,
    recipe: Recipe,
    seed: int,
    turns: NDArray[np.int64],
) -> str:
    """What a checkpoint must agree in: recipe, seed, turns, each feed's first batch, words seen, and first weights."""
    written = [list(feeds), recipe, seed, turns.tolist(), None if seen is None else seen.tolist()]
    digest = blake2b(msgspec.json.encode(written), digest_size=16)
    for feed in feeds.values():
        digest.update(feed(0).tokens.numpy().tobytes())
    for name, tensor in checkpoints.named(network).items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
