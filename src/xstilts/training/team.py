"""Team: the processes that train one network together, each on its own device. Alone, most of it is nothing to do.

Every process runs the same loop over the same batches and takes its share of each; gradients are added up, so all of
them hold the same weights, or each a part of the same. The first one watches the clock, writes checkpoints, and says
when to stop.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from torch import Tensor

from xstilts.encoders import heads
from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed, split


class Team(Protocol):
    """What the loop asks of it."""

    rank: int
    """0: the first."""
    size: int
    parts: bool
    """Whether each holds only a part of the weights."""

    def join(self, network: Network) -> Network:
        """Before the first step: what is trained, the network itself unless it is held in parts."""

    def loss(self, network: Network, name: str, batch: Packed, smoothing: float) -> Tensor:
        """The mean loss of a batch, whose gradient is averaged over the team on the way back."""

    def quiet(self) -> AbstractContextManager[object]:
        """Inside, gradients are kept to oneself: more of the same step is to come."""

    def whole(self, network: Network) -> AbstractContextManager[object]:
        """Inside, and afterwards until the next step, the network that came has the weights of now."""

    def total(self, values: Tensor) -> Tensor:
        """The sum over the team, for each value."""

    def agree(self, number: int) -> int:
        """The number that the first one says."""


class Alone:
    """One process."""

    rank = 0
    size = 1
    parts = False

    def join(self, network: Network) -> Network:
        """Nobody else is there."""
        return network

    def loss(self, network: Network, name: str, batch: Packed, smoothing: float) -> Tensor:
        """The network's own."""
        return network.loss(name, batch, smoothing=smoothing)

    def quiet(self) -> AbstractContextManager[object]:
        """Nobody hears it."""
        return nullcontext()

    def whole(self, network: Network) -> AbstractContextManager[object]:
        """It always is."""
        return nullcontext()

    def total(self, values: Tensor) -> Tensor:
        """One's own."""
        return values

    def agree(self, number: int) -> int:
        """One's own."""
        return number


ALONE = Alone()


class Halted(Exception):
    """The first one of the team was told to stop, and everything is saved."""


def share(team: Team, network: Network, name: str, batch: Packed) -> tuple[Packed, float]:
    """This process's part of a batch, and what share of the step's mean loss it is.

    Shares weigh the terms of the loss (labelled tokens, rows, examples), not one over the number of processes. A batch
    that cannot be cut, texts that compete with each other, is done by all; one with too few examples leaves some idle.
    """
    if team.size == 1:
        return batch, 1.0
    kind = network.kinds[name]
    if kind.kind == "embed":
        return batch, 1 / team.size
    parts = split(batch, -(-batch.examples // team.size), pad=network.pad_id)
    if team.rank >= len(parts):
        # It still has to take its turn in adding up.
        return parts[0], 0.0
    own = parts[team.rank]
    return own, heads.terms(kind, own) / max(1, heads.terms(kind, batch))
