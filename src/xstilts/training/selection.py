"""Which weights of a training are kept, and when it stops early: looks at development data at steps fixed beforehand.

The best weights so far lie on disk beside the checkpoints (in memory where there is no folder), and what was decided is
part of every checkpoint: a training that goes on decides as one that was never interrupted. Labels of any exam's test
rows are out of reach here: what is looked at comes in as a function, made from tasks' development rows alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from torch import Tensor, nn

from xstilts.errors import BadStore
from xstilts.training import checkpoint as checkpoints
from xstilts.training.parts import fill
from xstilts.training.recipe import Recipe
from xstilts.training.record import Selection

LOOKS = 10
"""Looks in a training whose recipe does not say how often."""


@dataclass(slots=True)
class Selector:
    """The looks of one training, and what came of them."""

    recipe: Recipe
    steps: int
    score: Callable[[], float]
    """Of the network as it is: more is better."""
    state: Selection = field(init=False)
    folder: Path | None = None
    _best: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = Selection(rule=self.recipe.select)

    @property
    def every(self) -> int:
        """Steps between looks."""
        return self.recipe.evaluate or math.ceil(self.steps / LOOKS)

    def due(self, done: int) -> bool:
        """Whether there is a look after this step: there always is after the last."""
        return done % self.every == 0 or done == self.steps

    def look(self, done: int) -> bool:
        """Score the network; whether it is the best so far. Of equal ones the first stays."""
        found, state = self.score(), self.state
        better = not state.looks or found > state.score
        self.state = msgspec.structs.replace(
            state,
            looks=[*state.looks, (done, found)],
            step=done if better else state.step,
            score=found if better else state.score,
        )
        return better and self.recipe.select != "last"

    @property
    def exhausted(self) -> bool:
        """Whether `patience` looks in a row have brought nothing."""
        looks = [step for step, _ in self.state.looks]
        return self.recipe.patience is not None and len(looks) - looks.index(self.state.step) > self.recipe.patience

    def keep(self, network: nn.Module, signature: str, *, write: bool = True) -> None:
        """Put the network's weights aside: they are the best. On disk only where this process is to `write` them."""
        weights = checkpoints.weights_of(network, kept=write or self.folder is None)
        if self.folder is None:
            self._best = {name: tensor.clone() for name, tensor in weights.items()}
            return
        if not write:
            return
        mark = checkpoints.Mark(signature=signature, step=self.state.step)
        checkpoints.save(self.folder / checkpoints.BEST, mark, weights)

    def give_back(self, network: nn.Module, signature: str) -> None:
        """Make the network's weights the best ones again."""
        best = self._best
        if self.folder is not None:
            found = checkpoints.load_step(self.folder / checkpoints.BEST, self.state.step, signature)
            if found is None:
                raise BadStore(
                    f"The best weights, of step {self.state.step}, are gone from {self.folder / checkpoints.BEST}.",
                    way_out=f"Remove {self.folder}, so that the training begins again.",
                )
            best = found.tensors
        for name, own in checkpoints.changing(network).items():
            fill(own, best[name])

    def told(self, done: int, *, kept: int) -> Selection:
        """For the record. `kept` is not the best step where a training diverged: then nothing is given back."""
        early = done < self.steps and bool(self.state.looks) and self.exhausted
        return msgspec.structs.replace(self.state, step=kept, early=early)


def selector(recipe: Recipe, steps: int, score: Callable[[], float], folder: Path | None) -> Selector | None:
    """The selector that a recipe asks for; None: the last weights are kept, whatever they are."""
    if recipe.select == "last" and recipe.patience is None:
        return None
    return Selector(recipe, steps, score, folder=folder)
