"""AdamW as every training here uses it: no decay on biases and normalisations, a rise and fall of the rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from xstilts.errors import BadEncoder
from xstilts.training.parts import gathered
from xstilts.training.rates import depth
from xstilts.training.recipe import Recipe

BETAS, EPSILON = (0.9, 0.999), 1e-8


def make_optimizer(network: nn.Module, recipe: Recipe, device: torch.device) -> torch.optim.AdamW:
    """AdamW over every weight; one that gets no gradient in a step is left alone in that step."""
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    if recipe.layer_decay == 1:
        groups = _groups((p for _, p in named), recipe)
    else:
        depths = _depths(network)
        top = 1 + max((at for at in depths.values() if at is not None), default=0)
        if top == 1:
            raise BadEncoder(
                "The weights of this encoder do not say their layers, so `layer_decay` cannot tell them apart.",
                way_out="Leave it at 1.",
            )
        groups = []
        for level in range(top + 1):
            here = (p for name, p in named if (top if depths[name] is None else depths[name]) == level)
            groups += _groups(here, recipe, scale=recipe.layer_decay ** (top - level))
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=BETAS, eps=EPSILON, fused=_fused(device))


def _depths(network: nn.Module) -> dict[str, int | None]:
    """How high each weight stands; one with several names, as a word table that also guesses words, at the lowest."""
    names: dict[int, list[str]] = {}
    for name, weight in network.named_parameters(remove_duplicate=False):
        names.setdefault(id(weight), []).append(name)
    found = {}
    for name, weight in network.named_parameters():
        heights = [at for at in map(depth, names[id(weight)]) if at is not None]
        found[name] = min(heights, default=None)
    return found


def _groups(weights: Iterable[nn.Parameter], recipe: Recipe, *, scale: float = 1.0) -> list[dict[str, Any]]:
    """The weights that decay and those that do not."""
    weights = list(weights)
    return [
        # Biases and normalisations are exactly the weights with one dimension.
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": recipe.weight_decay, "scale": scale},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0, "scale": scale},
    ]


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("scale", 1.0)


def scale_of(optimizer: torch.optim.Optimizer, weight: nn.Parameter) -> float:
    """What the rate is multiplied by for one weight; 1 for one that is frozen."""
    groups = optimizer.param_groups
    return next((group["scale"] for group in groups if any(one is weight for one in group["params"])), 1.0)


@torch.no_grad()
def clip(weights: Sequence[nn.Parameter], most: float, *, table: nn.Parameter) -> None:
    """Scale all gradients down so that together they have at most this norm.

    The word table's share of it is added up row by row, in order: rows without a gradient then change nothing at all,
    also not by rounding, so that a table cut down to the others is trained to the same bits (on CPU).
    """
    gradients = [w.grad for w in weights if w.grad is not None and w is not table]
    norm = gathered(get_total_norm(gradients))
    if table.grad is not None:
        squares = gathered(torch.linalg.vector_norm(table.grad, dim=1)).double().square()
        total = squares.cumsum(0)[-1] if squares.device.type == "cpu" else squares.sum()
        norm = torch.hypot(norm, total.sqrt().to(norm.dtype))
    clip_grads_with_norm_(weights, most, norm)


def decay_alone(weights: Tensor, rates: Sequence[float], decay: float) -> None:
    """What AdamW does in steps at these rates to weights that get a gradient of zero: decay them, to the same bits."""
    if _is_a_product(weights.device.type):
        for rate in rates:
            weights.mul_(1 - rate * decay)
    else:
        _by_adamw(weights, rates, decay)


@cache
def _is_a_product(device: str) -> bool:
    """Whether this device's AdamW decays by one product. Others round differently, and then it has to do it itself."""
    rates, decays = (1e-5, 3.7e-6, 2e-4, 1e-3), (0.01, 0.013, 0.1)
    start = torch.randn(4096, generator=torch.Generator().manual_seed(0)).to(device)
    for decay in decays:
        real, product = start.clone(), start.clone()
        _by_adamw(real, rates, decay)
        for rate in rates:
            product.mul_(1 - rate * decay)
        if not torch.equal(real, product):
            return False
    return True


def _by_adamw(weights: Tensor, rates: Sequence[float], decay: float) -> None:
    weight = nn.Parameter(weights)
    weight.grad = torch.zeros_like(weights)
    optimizer = torch.optim.AdamW(
        [weight], lr=0.0, betas=BETAS, eps=EPSILON, weight_decay=decay, fused=_fused(weights.device)
    )
    for rate in rates:
        set_rate(optimizer, rate)
        optimizer.step()


def _fused(device: torch.device) -> bool:
    return device.type in ("cpu", "cuda")
