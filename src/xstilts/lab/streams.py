"""Seeded randomness by name: the same keys give the same stream on every machine, in every process, in any order."""

from __future__ import annotations

import hashlib
import random


def stream(*keys: str | int) -> random.Random:
    """A generator that depends on its keys alone."""
    return random.Random(number(*keys))


def number(*keys: str | int) -> int:
    """A 64-bit number that depends on its keys alone: for splits that must not depend on any order of drawing."""
    text = "\x1f".join(map(str, keys))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
