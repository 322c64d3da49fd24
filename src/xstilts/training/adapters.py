"""Adapters: a stage that trains a few new weights beside frozen ones, by peft, and is merged into them at its end.

A merged network is an ordinary encoder again: saved, loaded, trained on and read like any other. Heads are trained
in full. What is trained is part of the recipe, hence of the digest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from xstilts.encoders.network import Network
from xstilts.errors import BadEncoder, XstiltsError
from xstilts.training.recipe import Adapter
from xstilts.training.streams import number

QUERIES = ("query", "query_proj", "q_proj")
KEYS = ("key", "key_proj", "k_proj")
VALUES = ("value", "value_proj", "v_proj")
ALL = ("Wqkv",)
"""What encoders call their attention's projections; some have one for all three."""


def adapt(network: Network, adapter: Adapter, *, seed: int) -> Callable[[], None]:
    """Freeze the body and put the adapter's weights into it; call what this gives to merge them and thaw the body.

    The new weights come from the seed alone, so routes with one seed begin a stage with the same adapter.
    """
    peft = _peft()
    free = [weight for weight in network.model.parameters() if weight.requires_grad]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number(seed, "new", "adapter"))
        tuned = peft.get_peft_model(network.model, _config(peft, adapter, _modules(network, adapter)))

    def merge() -> None:
        with torch.no_grad():
            tuned.merge_and_unload(safe_merge=True)
        for weight in free:
            weight.requires_grad_(True)

    return merge


def trained(network: nn.Module) -> tuple[int, int]:
    """Numbers that training changes, and all there are."""
    weights = list(network.parameters())
    return sum(w.numel() for w in weights if w.requires_grad), sum(w.numel() for w in weights)


def _config(peft: Any, adapter: Adapter, modules: list[str]) -> Any:
    if adapter.kind == "ia3":
        return peft.IA3Config(target_modules=modules, feedforward_modules=[])
    return peft.LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        use_dora=adapter.kind == "dora",
        target_modules=modules,
        bias="none",
    )


def _modules(network: Network, adapter: Adapter) -> list[str]:
    """The linear layers of the body that are adapted, by their whole names: a head may have one of the same name."""
    usual = (*ALL, *VALUES, *(KEYS if adapter.kind == "ia3" else QUERIES))
    wanted = adapter.modules or usual
    inside = {id(module) for module in network.body.modules()}
    linear = [name for name, one in network.model.named_modules() if isinstance(one, nn.Linear) and id(one) in inside]
    found = [name for name in linear if any(f".{name}".endswith(f".{one}") for one in wanted)]
    missing = [one for one in adapter.modules if not any(f".{name}".endswith(f".{one}") for name in linear)]
    if missing or not found:
        known = sorted({name.rpartition(".")[2] for name in linear})
        raise BadEncoder(
            f"{type(network.body).__name__} has no linear layer {(missing or list(usual))[0]!r} to adapt.",
            way_out=f"Name some in `modules`: {', '.join(known)}.",
        )
    return found


def _peft() -> Any:
    try:
        # An extra: whoever trains all weights need not have it.
        import peft
    except ImportError as error:
        raise XstiltsError(
            "This recipe has an `adapter`, and peft is not installed.", way_out='pip install "xstilts[peft]"'
        ) from error
    return peft
