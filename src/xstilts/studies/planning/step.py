"""Step and Cell: one piece of work, and one result of the grid that it gives. `plan.py` makes them from a study."""

from __future__ import annotations

from typing import Literal

import msgspec

from xstilts.studies.grid import Stage


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work: train a stage, or sit an exam. It starts from its parent's network, or from the encoder."""

    digest: str
    kind: Literal["train", "test"]
    label: str
    """For people: the way to it, `mnli → lab-xquad` or `mnli → lab-xquad, exam lab-mlqa`, on its first route."""
    parent: str | None = None
    """The train step whose network it starts from; None: the encoder as it is."""
    seed: int | None = None
    """None for an exam that the untouched encoder sits: no seed can change it."""
    stage: Stage | None = None
    exam: str | None = None
    languages: tuple[str, ...] = ()
    examples: int | None = None
    """Training examples it sees, repeats counted; None: only its data can tell. No part of the digest."""

    @property
    def name(self) -> str:
        """Its label with its seed, which tells it from its like."""
        return self.label if self.seed is None else f"{self.label}, seed {self.seed}"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result of the grid stands: the digest of the test step that gives it. Cells can share one step."""

    route: str
    exam: str
    seed: int
    digest: str
