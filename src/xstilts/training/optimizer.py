"""AdamW as every training here uses it: no decay on biases and normalisations, a rise and fall of the rate."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from xstilts.training.recipe import Recipe

BETAS, EPSILON = (0.9, 0.999), 1e-8


def make_optimizer(network: nn.Module, recipe: Recipe, device: torch.device) -> torch.optim.AdamW:
    """AdamW over every weight; one that gets no gradient in a step is left alone in that step."""
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    if recipe.layer_decay == 1:
        groups = _groups((p for _, p in named), recipe)
    else:
        depths = {name: depth(name) for name, _ in named}
        top = 1 + max((at for at in depths.values() if at is not None), default=0)
        groups = []
        for level in range(top + 1):
            here = (p for name, p in named if (top if depths[name] is None else depths[name]) == level)
            groups += _groups(here, recipe, scale=recipe.layer_decay ** (top - level))
    fused = device.type in ("cpu", "cuda")
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=BETAS, eps=EPSILON, fused=fused)


def _groups(weights: Iterable[nn.Parameter], recipe: Recipe, *, scale: float = 1.0) -> list[dict[str, Any]]:
    """The weights that decay and those that do not."""
    weights = list(weights)
    return [
        # Biases and normalisations are exactly the weights with one dimension.
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": recipe.weight_decay, "scale": scale},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0, "scale": scale},
    ]


def depth(name: str) -> int | None:
    """How high a weight of a network stands: 0 embeddings, 1 the first layer; None: above all layers."""
    layer = re.search(r"\.(?:layers?|h|blocks?)\.(\d+)\.", name)
    if layer:
        return int(layer[1]) + 1
    return 0 if "embed" in name and not name.startswith("heads.") else None


def rate_at(step: int, steps: int, recipe: Recipe) -> float:
    """The share of the peak rate in a step: it rises over the first steps, then falls as the recipe says."""
    rise = int(recipe.warmup * steps) if recipe.warmup_steps is None else min(recipe.warmup_steps, steps)
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


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]
