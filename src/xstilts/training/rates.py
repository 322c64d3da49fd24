"""The learning rate: how it goes over the steps, and how high in a network a weight stands, where layers differ."""

from __future__ import annotations

import math
import re

from xstilts.training.recipe import Recipe


def depth(name: str) -> int | None:
    """How high a weight of a network stands: 0 embeddings, 1 the first layer; None: above all layers."""
    layer = re.search(r"\.(?:layers?|h|blocks?|attentions|ffns|layer_norm[12])\.(\d+)\.", name)
    if layer:
        return int(layer[1]) + 1
    return 0 if "embed" in name and not name.startswith("heads.") else None


def rising(steps: int, recipe: Recipe) -> int:
    """In how many of the steps the rate still rises."""
    return int(recipe.warmup * steps) if recipe.warmup_steps is None else min(recipe.warmup_steps, steps)


def rate_at(step: int, steps: int, recipe: Recipe) -> float:
    """The share of the peak rate in a step: it rises over the first steps, then falls as the recipe says."""
    rise = rising(steps, recipe)
    if step < rise:
        return (step + 1) / (rise + 1)
    match recipe.decay:
        case "linear":
            return (steps - step) / (steps - rise)
        case "cosine":
            return (1 + math.cos(math.pi * (step - rise) / (steps - rise))) / 2
        case "root":
            return math.sqrt((rise + 1) / (step + 1))
        case "constant":
            return 1.0
