"""AdamW as every training here uses it: no decay on biases and normalisations, a linear rise and fall of the rate."""

from __future__ import annotations

import torch
from torch import nn

from xstilts.training.recipe import Recipe

BETAS, EPSILON = (0.9, 0.999), 1e-8


def make_optimizer(network: nn.Module, recipe: Recipe, device: torch.device) -> torch.optim.AdamW:
    """AdamW over every weight; one that gets no gradient in a step is left alone in that step."""
    weights = [p for p in network.parameters() if p.requires_grad]
    groups = [
        # Biases and normalisations are exactly the weights with one dimension.
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
    ]
    fused = device.type in ("cpu", "cuda")
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=BETAS, eps=EPSILON, fused=fused)


def rate_at(step: int, steps: int, warmup: float) -> float:
    """The share of the peak rate in a step: rises over the first `warmup` of the steps, then falls to zero."""
    rise = int(warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return (steps - step) / (steps - rise)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate
