"""Checkpoints of a running training: everything that the next step depends on, as safetensors, written atomically."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from xstilts.errors import BadStore

FILE = "checkpoint.safetensors"
HALF = "checkpoint.half"


class Mark(msgspec.Struct, kw_only=True):
    """Where a training was, beside its tensors."""

    signature: str
    """What training this is of; another one never goes on from it."""
    step: int
    examples: int
    tokens: int
    seconds: float
    restarts: int
    losses: list[float | None]
    """None: not a number."""
    halved: list[tuple[int, int]] = []
    """Where memory ran out so far: see pieces.py."""


def save(folder: Path, mark: Mark, network: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Replace the folder's checkpoint; a crash leaves the old one or the new one."""
    tensors = {f"weights/{name}": tensor for name, tensor in named(network).items()}
    for name, parameter in network.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer/{key}/{name}"] = value
    tensors["random/cpu"] = torch.get_rng_state()
    if device.type == "cuda":
        tensors["random/cuda"] = torch.cuda.get_rng_state(device)
    # safetensors writes files of its own naming on its way; a folder of ours holds what a kill leaves of them.
    written = folder / HALF / FILE
    try:
        written.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            {name: tensor.detach().contiguous() for name, tensor in tensors.items()},
            written,
            {"mark": msgspec.json.encode(mark).decode()},
        )
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(folder / FILE)
        shutil.rmtree(written.parent, ignore_errors=True)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(written.parent, ignore_errors=True)
        raise BadStore(
            f"Cannot write a checkpoint to {folder}: {error}", way_out="Free some space, or run without."
        ) from error


def load(
    folder: Path, signature: str, network: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
) -> Mark | None:
    """Go back to the folder's checkpoint. None, and nothing changed, where it has none of this training."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            mark = msgspec.json.decode(file.metadata()["mark"], type=Mark)
            if mark.signature != signature:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, msgspec.DecodeError, KeyError, TypeError, OSError):
        # A torn file is as good as none: the training starts again, which costs time and changes nothing.
        return None
    state: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, key, parameter = name.split("/", 2)
            state.setdefault(parameter, {})[key] = tensor
    with torch.no_grad():
        for name, own in named(network).items():
            own.copy_(tensors[f"weights/{name}"])
    for name, parameter in network.named_parameters():
        if name in state:
            optimizer.state[parameter] = {key: value.to(parameter.device) for key, value in state[name].items()}
    torch.set_rng_state(tensors["random/cpu"])
    if device.type == "cuda" and "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"], device)
    return mark


def remove(folder: Path) -> None:
    """Forget the folder's checkpoint."""
    (folder / FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / HALF, ignore_errors=True)


def named(network: nn.Module) -> dict[str, Tensor]:
    """Each weight once, also when two modules share it, and the buffers that are saved."""
    persistent = set(network.state_dict(keep_vars=True))
    buffers = {name: buffer for name, buffer in network.named_buffers() if name in persistent}
    return dict(network.named_parameters()) | buffers
