"""Sentences to be found again across languages: lab-tatoeba (search) and lab-bucc2018 (mining)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal

from xstilts.errors import BadInput
from xstilts.forms import Line
from xstilts.lab.grammar import Speaker, Style, sentence, style
from xstilts.lab.world import Event, Split, World

ENOUGH = 2000
"""Draws in a row that bring nothing new: there is nothing new."""


def _distinct(world: World, rng: random.Random, split: Split) -> Iterator[tuple[Event, Style]]:
    """Endless events of the split, none with a core that came before."""
    seen: set[tuple[str, ...]] = set()
    in_vain = 0
    while in_vain < ENOUGH:
        event = world.event(rng, split)
        in_vain = in_vain + 1 if event.core in seen else 0
        if not in_vain:
            seen.add(event.core)
            yield event, style(rng)
    raise BadInput(
        f"World {world.seed} has no more than about {len(seen)} meanings in its {split} split.",
        way_out="Ask for fewer lines.",
    )


def tatoeba(world: World, rng: random.Random, split: Split, pivot: Speaker, other: Speaker, count: int) -> list[Line]:
    """Each pivot sentence searches for its translation among the other tongue's."""
    lines: list[Line] = []
    for i, said in zip(range(count), _distinct(world, rng, split), strict=False):
        lines.append(Line(f"piv-{i}", sentence(pivot.say(*said)), "query", "test", (f"other-{i}",)))
        lines.append(Line(f"other-{i}", sentence(other.say(*said)), "index", "test"))
    return lines


def bucc(world: World, rng: random.Random, split: Split, pivot: Speaker, other: Speaker, count: int) -> list[Line]:
    """Two pools a part, of which half have their translation on the other side; the threshold is tuned on dev."""
    lines: list[Line] = []
    told = _distinct(world, rng, split)
    parts: tuple[tuple[Literal["dev", "test"], int], ...] = (("dev", count // 3), ("test", count))
    for part, size in parts:
        for i in range(size):
            paired = i % 2 == 0
            first = next(told)
            second = first if paired else next(told)
            gold = (f"{part}-piv-{i}",) if paired else ()
            lines.append(Line(f"{part}-other-{i}", sentence(other.say(*first)), "query", part, gold))
            lines.append(Line(f"{part}-piv-{i}", sentence(pivot.say(*second)), "index", part))
    return lines
