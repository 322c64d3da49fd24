"""Streams of randomness. A stage's seed and a purpose give a stream of their own, whatever was trained before.

So two stages with one seed see the same examples in the same order and start from the same head, whichever
intermediate stage came first: their scores can be compared in pairs.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

import numpy as np

Purpose = Literal["order", "head", "dropout", "mix", "mask", "sample", "new", "again", "tongue"]


def stream(seed: int, purpose: Purpose, *parts: int | str) -> np.random.Generator:
    """The generator for a purpose, and for a part of it (a task's name, the number of a pass).

    One purpose always goes with the same number of parts: a 0 at the end would not tell two streams apart.
    """
    numbers = (crc32(part.encode()) if isinstance(part, str) else part for part in parts)
    return np.random.default_rng([seed, crc32(purpose.encode()), *numbers])


def number(seed: int, purpose: Purpose, *parts: int | str) -> int:
    """One number of 63 bits from a stream, for what seeds itself (torch)."""
    return int(stream(seed, purpose, *parts).integers(2**63))


def again(seed: int, attempt: int) -> int:
    """The seed of a training's attempts: its own for the first, and streams that have nothing to do with it after."""
    return number(seed, "again", attempt) if attempt else seed
