"""One step's loss and gradient: the batch at once, or in pieces where memory asks for it. The same step either way.

A piece weighs what it has of the step's terms (labelled tokens, rows, examples), not one over the number of pieces:
the gradient is that of the mean over the whole step, up to rounding. Only what is drawn on the way, dropout, differs.
Pairs whose texts compete with all others of their batch cannot be cut, and never are.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xstilts.encoders import heads
from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed, split
from xstilts.errors import XstiltsError
from xstilts.training.machine import arithmetic, out_of_memory
from xstilts.training.recipe import Recipe
from xstilts.training.team import ALONE, Team, share

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pieces:
    """How many examples go through the network at once, and where in the training memory made it fewer."""

    recipe: Recipe
    device: torch.device
    most: int | None = None
    """Examples of a piece; None: the whole batch."""
    team: Team = ALONE
    halved: list[tuple[int, int]] = field(default_factory=list)
    """The step, from 1, in which memory ran out, and the examples of a piece from then on."""

    def go_on(self, halved: list[tuple[int, int]]) -> None:
        """As it was when a checkpoint was written; a machine that was told to take smaller pieces still does."""
        self.halved = list(halved)
        if halved:
            self.most = min(halved[-1][1], self.most or halved[-1][1])

    def backward(self, network: Network, name: str, batch: Packed, *, step: int) -> Tensor:
        """Leave the gradient of the step's mean loss in the weights; gives that loss. Retried where memory runs out."""
        while True:
            random = _random(self.device)
            try:
                return self._backward(network, name, batch)
            except RuntimeError as error:
                # In a team the others wait for this one's gradient, not for a second try.
                if not out_of_memory(error) or self.team.size > 1:
                    raise
                reason = str(error).splitlines()[0]
            # Out of the except block, where the error no longer holds on to the tensors of the failed pass.
            network.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            self._halve(network, name, batch, step, reason)
            _back_to(random, self.device)

    def _backward(self, network: Network, name: str, batch: Packed) -> Tensor:
        """The process's share of the step's loss: all of it, where it is alone."""
        kind = network.kinds[name]
        mine, weight = share(self.team, network, name, batch)
        if self.most is None or mine.examples <= self.most or kind.kind == "embed":
            pieces = [(mine, weight)]
        else:
            total = max(1, heads.terms(kind, mine))
            cut = ((piece, heads.terms(kind, piece)) for piece in split(mine, self.most, pad=network.pad_id))
            pieces = [(piece, weight * terms / total) for piece, terms in cut if terms] or [(mine, weight)]
        whole = torch.zeros((), device=self.device)
        for number, (piece, weight) in enumerate(pieces, 1):
            with nullcontext() if number == len(pieces) else self.team.quiet():
                loss = self._loss(network, name, piece)
                # The team averages its gradients, and a step's gradient is the sum of the shares.
                (loss * (weight * self.team.size)).backward()  # type: ignore[no-untyped-call]
            whole += loss.detach() * weight
        return whole

    def _loss(self, network: Network, name: str, batch: Packed) -> Tensor:
        with arithmetic(self.recipe.precision, self.device):
            return self.team.loss(network, name, batch.to(self.device), self.recipe.smoothing)

    def _halve(self, network: Network, name: str, batch: Packed, step: int, reason: str) -> None:
        now = batch.examples if self.most is None else min(self.most, batch.examples)
        if now == 1 or network.kinds[name].kind == "embed":
            what = "one example" if now == 1 else "a batch of pairs, which cannot be cut,"
            raise XstiltsError(
                f"Out of memory with {what} in step {step}: {reason}",
                way_out="Give a smaller `max_length` or `batch`, gradient checkpointing (--recompute), or more memory.",
            )
        self.most = -(-now // 2)
        self.halved.append((step, self.most))
        log.warning("Out of memory in step %d: going on with %d examples at once.", step, self.most)


def _random(device: torch.device) -> tuple[Tensor, Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _back_to(state: tuple[Tensor, Tensor | None], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
