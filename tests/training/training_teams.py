"""What the processes of a team do in the tests: it is imported by its name, also in them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import tiny
import torch

from xstilts.encoders.files import save_network
from xstilts.encoders.network import Network
from xstilts.forms.form import Head
from xstilts.training import Machine, Recipe, Training, journal
from xstilts.training.adapters import adapt
from xstilts.training.batches import Feed, RowFeed, ids_of
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.recipe import Adapter
from xstilts.training.team import ALONE, Team

STEPS = 45
RECIPE = Recipe(rate=1e-3, batch=8, dropout=0.0, weight_decay=0.1)
HERE = Machine(device="cpu", threads=1)
KINDS = {
    "nli": Head("sequence", 3), "tags": Head("token", 3), "spans": Head("span"), "options": Head("choice", 1),
    "words": Head("mask"),
}  # fmt: skip


def made(names: list[str]) -> tuple[Network, dict[str, Feed], Any]:
    """A network with heads of these kinds, and a feed for each; the words that occur, where not all are trained."""
    network = tiny.network()
    rows = {
        "nli": tiny.rows(50), "tags": tiny.rows(30, seed=2, targets="token"), "spans": tiny.rows(34, targets="span"),
        "options": tiny.rows(60, targets="choice", per=4), "words": tiny.rows(60, seed=3),
    }  # fmt: skip
    for one in rows.values():
        one.tokens[one.tokens > 60] -= 40
    for name in names:
        network.add_head(name, KINDS[name], seed=5)
    feeds: dict[str, Feed] = {name: RowFeed(rows[name], 9, 3, 1, name=name) for name in names}
    if "words" in names:
        feeds["words"] = masked(feeds["words"], masker(network), seed=3)
    return network, feeds, ids_of(rows[name] for name in names)


def work(team: Team, machine: Machine, watch: Any, given: dict[str, Any]) -> Training:
    """Train; the first one saves what came of it."""
    journal.TICK = given.get("tick", journal.TICK)
    names = given["names"]
    network, feeds, seen = made(names)
    turns = np.random.default_rng(0).integers(0, len(names), STEPS)
    folder = given.get("checkpoint")
    merge = adapt(network, Adapter(rank=2), seed=3) if given.get("adapted") else None

    looks = itertools.count()

    def score() -> float:
        """Of looks that choose weights: the third is the best, and each needs a network that is whole."""
        with torch.inference_mode():
            assert float(network.eval().loss(names[0], feeds[names[0]](50).to(network.device))) > 0
        return -abs(2 - next(looks))

    training = train(
        network, feeds, given.get("recipe", RECIPE), steps=STEPS, seed=3, machine=machine, schedule=turns, watch=watch,
        seen=seen, team=team, checkpoint=folder and Path(folder), every=0.0, score=score,
    )  # fmt: skip
    if merge is not None:
        merge()
    if team.rank == 0:
        save_network(network, given["folder"])
    return training


def alone(given: dict[str, Any]) -> Training:
    """The same in one process."""
    return work(ALONE, HERE, None, given)
