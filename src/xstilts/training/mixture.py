"""Mixture: how often each of several tasks has its turn. One task a step, so a batch is always of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadStudy
from xstilts.training.streams import stream


class Mixture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule that gives each task its share of the steps."""

    rule: Literal["proportional", "uniform", "temperature", "fixed"] = "proportional"
    """proportional: to the capped size · temperature: to its power 1 / temperature · fixed: to `shares`"""
    cap: int | None = 131072
    """A larger task counts as this large; None: no cap."""
    temperature: float = 1.0
    shares: tuple[float, ...] = ()
    """fixed: one a task, in any unit."""

    def probabilities(self, sizes: Sequence[int]) -> NDArray[np.float64]:
        """The probability of each task, given how many examples it has."""
        if not sizes or min(sizes) <= 0:
            raise BadStudy(f"A mixture of tasks with {list(sizes)} examples.", way_out="Every task needs examples.")
        capped = np.minimum(np.asarray(sizes, dtype=np.float64), self.cap or np.inf)
        match self.rule:
            case "proportional":
                weights = capped
            case "uniform":
                weights = np.ones(len(sizes))
            case "temperature":
                if self.temperature <= 0:
                    raise BadStudy(f"A temperature of {self.temperature}.", way_out="Give one above 0.")
                weights = capped ** (1 / self.temperature)
            case "fixed":
                weights = np.asarray(self.shares, dtype=np.float64)
                if len(weights) != len(sizes) or (weights <= 0).any():
                    raise BadStudy(
                        f"A fixed mixture of {len(sizes)} tasks with shares {list(self.shares)}.",
                        way_out="Give one share above 0 for each task.",
                    )
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def schedule(self, sizes: Sequence[int], *, steps: int, seed: int) -> NDArray[np.int64]:
        """For each step the index of the task whose turn it is, drawn independently."""
        return stream(seed, "mix").choice(len(sizes), size=steps, p=self.probabilities(sizes)).astype(np.int64)
