"""No step asks the device for a number: Python would wait for all that was sent there before, and it would be idle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from xstilts.encoders.network import Network
from xstilts.forms.form import Head
from xstilts.training import Recipe
from xstilts.training.batches import Feed, RowFeed
from xstilts.training.masking import masked, masker
from xstilts.training.optimizer import clip, make_optimizer, set_rate
from xstilts.training.pieces import Pieces

CPU = torch.device("cpu")
WAITING = {"_local_scalar_dense", "nonzero", "bincount", "masked_select", "unique", "_unique2", "is_nonzero", "equal"}
"""What cannot give its result, or say how large it is, before the device has come so far."""
HEADS = {
    "sequence": Head("sequence", 3), "token": Head("token", 3), "choice": Head("choice"), "span": Head("span"),
    "mask": Head("mask"), "embed": Head("embed", pooling="mean"),
}  # fmt: skip


class Heard(TorchDispatchMode):
    """Every operation that is done inside."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        kwargs = kwargs or {}
        repeated = name == "repeat_interleave" and kwargs.get("output_size") is None
        if name in WAITING or repeated:
            self.waited.append(name)
        return func(*args, **kwargs)


def made(kind: str) -> tuple[Network, Feed]:
    network = tiny.network()
    network.add_head(kind, HEADS[kind], seed=5)
    per = {"choice": 3, "embed": 3}.get(kind, 1)
    rows = tiny.rows(12 * per, targets=kind, per=per)
    if kind == "embed":
        # Of each example a query, its right text and a wrong one.
        rows.targets.update(role=np.tile([0, 1, 2], 12), key=np.arange(36))
    feed: Feed = RowFeed(rows, 6, 3, 1)
    return network, masked(feed, masker(network), seed=3) if kind == "mask" else feed


@pytest.mark.parametrize("kind", HEADS)
def test_no_step_waits(kind: str) -> None:
    network, feed = made(kind)
    recipe = Recipe(dropout=0.1)
    optimizer = make_optimizer(network.train(), recipe, CPU)
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    batch, pieces = feed(0), Pieces(recipe, CPU)
    with Heard() as heard:
        set_rate(optimizer, 1e-3)
        pieces.backward(network, kind, batch, step=1)
        clip(weights, recipe.clip, table=network.table)
        optimizer.step()
    assert not heard.waited


def test_what_waits_is_heard() -> None:
    """The test above can fail."""
    numbers = torch.tensor([0, 1, 2])
    with Heard() as heard:
        int(numbers.max())
        torch.nonzero(numbers)
        torch.repeat_interleave(numbers, numbers)
        torch.repeat_interleave(numbers, numbers, output_size=3)
    assert heard.waited == ["_local_scalar_dense", "nonzero", "repeat_interleave"]
