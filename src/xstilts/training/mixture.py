"""Mixture: how often each of several tasks has its turn, and each language of a task in several.

One task a step, so a batch is always of one kind; the languages of a task meet in one batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

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
    portions: dict[str, float] = {}
    """Tasks that have this share of the steps whatever the rule says; the others share the rest by it."""
    batches: dict[str, int] = {}
    """Examples a step of a task, where that is not the recipe's `batch`."""
    heads: dict[str, tuple[str, ...]] = {}
    """Tasks that train one head together, by the head's name. Any other task has a head of its own."""
    epoch: Literal["all", "capped"] = "all"
    """What one epoch of a recipe counts: all examples of all tasks, or of a task no more than `cap`."""
    alpha: float | None = None
    """Tasks in several languages: each language's share is as its size to this power; None: as the task says."""
    floors: dict[str, float] = {}
    """Languages that have at least this share of the examples of every task that they are a part of."""
    ceilings: dict[str, float] = {}
    """Languages that have at most this share."""
    __later__: ClassVar[tuple[str, ...]] = (
        "portions", "batches", "heads", "epoch", "alpha", "floors", "ceilings",
    )  # fmt: skip

    def probabilities(self, sizes: Sequence[int], tasks: Sequence[str] = ()) -> NDArray[np.float64]:
        """The probability of each task, given how many examples it has; `portions` go by the names of the `tasks`."""
        if not sizes or min(sizes) <= 0:
            raise BadStudy(f"A mixture of tasks with {list(sizes)} examples.", way_out="Every task needs examples.")
        weights = self._weights(sizes)
        kept = np.array([self.portions.get(name, np.nan) for name in tasks or [""] * len(sizes)])
        free = np.isnan(kept)
        rest = 1 - float(kept[~free].sum())
        if rest < -1e-9 or (rest > 1e-9) != bool(free.any()):
            raise BadStudy(
                f"Portions of {self.portions} leave {rest:.3g} of the steps to {int(free.sum())} other tasks.",
                way_out="Leave something to the others; without others the portions add up to 1.",
            )
        weights[free] *= rest / weights[free].sum() if free.any() else 1
        weights[~free] = kept[~free]
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def _weights(self, sizes: Sequence[int]) -> NDArray[np.float64]:
        capped = np.minimum(np.asarray(sizes, dtype=np.float64), self.cap or np.inf)
        match self.rule:
            case "proportional":
                return capped
            case "uniform":
                return np.ones(len(sizes))
            case "temperature":
                if self.temperature <= 0:
                    raise BadStudy(f"A temperature of {self.temperature}.", way_out="Give one above 0.")
                weights: NDArray[np.float64] = capped ** (1 / self.temperature)
                return weights
            case "fixed":
                given = np.asarray(self.shares, dtype=np.float64)
                if len(given) != len(sizes) or (given <= 0).any():
                    raise BadStudy(
                        f"A fixed mixture of {len(sizes)} tasks with shares {list(self.shares)}.",
                        way_out="Give one share above 0 for each task.",
                    )
                return given

    def schedule(self, sizes: Sequence[int], *, steps: int, seed: int, tasks: Sequence[str] = ()) -> NDArray[np.int64]:
        """For each step the index of the task whose turn it is, drawn independently."""
        shares = self.probabilities(sizes, tasks)
        return stream(seed, "mix").choice(len(sizes), size=steps, p=shares).astype(np.int64)

    def head_of(self, task: str) -> str:
        """The head that a task trains."""
        return next((head for head, names in self.heads.items() if task in names), task)

    def languages(self, sizes: Mapping[str, int], *, alpha: float) -> dict[str, float]:
        """Each language's share of the examples of a task that has so many of each; `alpha` where none is declared."""
        counts = np.asarray(list(sizes.values()), dtype=np.float64)
        if not len(counts) or counts.min() <= 0:
            empty = ", ".join(lang for lang, size in sizes.items() if size <= 0)
            raise BadStudy(f"A task has no examples in {empty or 'any language'}.", way_out="Leave that language out.")
        shares = counts ** (alpha if self.alpha is None else self.alpha)
        low = np.array([self.floors.get(lang, 0.0) for lang in sizes])
        high = np.array([self.ceilings.get(lang, 1.0) for lang in sizes])
        return dict(zip(sizes, bounded(shares / shares.sum(), low, high).tolist(), strict=True))


def bounded(shares: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shares within their bounds: what a bound takes or gives is shared by the others, in proportion."""
    if (low > high).any() or low.sum() > 1 + 1e-9 or high.sum() < 1 - 1e-9:
        raise BadStudy(
            f"No shares are at least {low.round(3).tolist()}, at most {high.round(3).tolist()} and 1 together.",
            way_out="Lower the floors or raise the ceilings.",
        )
    least, most = 0.0, float((high / shares).max())
    for _ in range(200):
        middle = (least + most) / 2
        if np.clip(middle * shares, low, high).sum() < 1:
            least = middle
        else:
            most = middle
    clipped = np.clip(most * shares, low, high)
    found: NDArray[np.float64] = clipped / clipped.sum()
    return found
