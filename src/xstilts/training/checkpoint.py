"""Checkpoints of a running training: everything that its next step depends on, sealed, and the one before kept.

A checkpoint is `<step>.safetensors` and, written after it, its seal `<step>.json` with the sum of those bytes. One
without a seal, or whose bytes are not what the seal says, is as good as none: the one before it is taken.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from xstilts.errors import BadStore, XstiltsError
from xstilts.files import content_hash, read_json, write_json
from xstilts.training.parts import fill, gathered, like
from xstilts.training.record import Selection

log = logging.getLogger(__name__)

HALF = "half."
"""How the folder begins in which a process writes a checkpoint until it is whole. Each has its own: one that was frozen
and comes back may be in the middle of saving the very step that its successor saves. What a kill leaves is swept away
by whoever goes on."""
KEPT = 2
BEST = "best"
"""The folder of the best weights so far, where a training chooses: they are checkpoints too."""

UNREADABLE = (SafetensorError, msgspec.DecodeError, KeyError, TypeError, ValueError, OSError, XstiltsError)
"""What reading a checkpoint that is not whole can raise."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Where a training was, beside its tensors."""

    signature: str
    """What training this is of; another one never goes on from it."""
    step: int
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0
    restarts: int = 0
    halved: list[tuple[int, int]] = []
    """Where memory ran out so far: see pieces.py."""
    notes: tuple[str, ...] = ()
    selection: Selection | None = None
    """What the looks at development data had said: see selection.py."""


class Seal(msgspec.Struct, frozen=True):
    """What proves a checkpoint whole."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint that was read and proved whole."""

    mark: Mark
    tensors: dict[str, Tensor]


def save(folder: Path, mark: Mark, tensors: Mapping[str, Tensor]) -> None:
    """Add a checkpoint to the folder and drop all but the last two; a crash or a full disk leaves these as they are."""
    name = f"{mark.step:012}"
    room: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        room = Path(mkdtemp(prefix=HALF, dir=folder))
        half = room / f"{name}.safetensors"
        save_file(dict(tensors), half, {"mark": msgspec.json.encode(mark).decode()})
        with half.open("rb") as file:
            os.fsync(file.fileno())
        seal = Seal(bytes=half.stat().st_size, sha256=content_hash(half))
        half.replace(folder / half.name)
        write_json(folder / f"{name}.json", seal)
    except (OSError, SafetensorError, XstiltsError) as error:
        raise BadStore(
            f"Cannot write a checkpoint to {folder}: {getattr(error, 'wrong', error)}", way_out="Free some space there."
        ) from error
    finally:
        if room is not None:
            shutil.rmtree(room, ignore_errors=True)
    sealed = _sealed(folder)
    # What claims to be later is broken or another training's, or this one would have gone on from there; unless this
    # process was frozen meanwhile and another has gone on.
    later = [one for one in sealed if one > name and _is_of(folder, one, mark.signature)]
    _drop(folder, keep=[*[one for one in sealed if one <= name][-KEPT:], *later])


def load(folder: Path, signature: str) -> tuple[Found | None, tuple[str, ...]]:
    """The folder's last whole checkpoint of this training, and a line for each that had to be passed over."""
    _sweep(folder)
    passed: list[str] = []
    for name in reversed(_sealed(folder)):
        try:
            found = _read(folder / f"{name}.safetensors")
        except UNREADABLE as error:
            why = str(getattr(error, "wrong", error)).splitlines()[0][:200]
            passed.append(f"the checkpoint of step {int(name)} is broken ({why}) and was passed over")
            log.warning("%s: %s.", folder, passed[-1])
            continue
        if found.mark.signature == signature:
            return found, tuple(passed)
        log.warning("%s holds the checkpoint of another training; it is not used.", folder)
    return None, tuple(passed)


def load_step(folder: Path, step: int, signature: str) -> Found | None:
    """The checkpoint of one step, if it is there, whole, and of this training."""
    try:
        found = _read(folder / f"{step:012}.safetensors")
    except UNREADABLE:
        return None
    return found if found.mark.signature == signature else None


def remove(folder: Path) -> None:
    """Forget the folder's checkpoints, and the best weights beside them."""
    _drop(folder, keep=[])
    shutil.rmtree(folder / BEST, ignore_errors=True)
    _sweep(folder)


def named(network: nn.Module) -> dict[str, Tensor]:
    """Each weight once, also when two modules share it, and the buffers that are saved."""
    persistent = set(network.state_dict(keep_vars=True))
    buffers = {name: buffer for name, buffer in network.named_buffers() if name in persistent}
    return dict(network.named_parameters()) | buffers


def tensors_of(network: nn.Module, optimizer: torch.optim.Optimizer, *, kept: bool = True) -> dict[str, Tensor]:
    """All that training changes in a network and its optimizer. What is frozen is what it was at the beginning.

    In a team that holds it in parts all have to ask, and only whose are to be `kept` get them.
    """
    found = {f"weights/{name}": tensor for name, tensor in changing(network).items()}
    for name, parameter in network.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            found[f"optimizer/{key}/{name}"] = value
    return _whole(found, kept=kept)


def weights_of(network: nn.Module, *, kept: bool = True) -> dict[str, Tensor]:
    """Of what `tensors_of` gives the weights alone, by their own names."""
    return _whole(changing(network), kept=kept)


def _whole(tensors: Mapping[str, Tensor], *, kept: bool) -> dict[str, Tensor]:
    """One after the other, into main memory: of a network in parts all at once may not fit on a device."""
    found = {}
    for name, tensor in tensors.items():
        whole = gathered(tensor.detach())
        if kept:
            found[name] = whole.cpu().contiguous()
    return found


def put_back(tensors: Mapping[str, Tensor], network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """The opposite of `tensors_of`."""
    state: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, key, parameter = name.split("/", 2)
            state.setdefault(parameter, {})[key] = tensor
    for name, own in changing(network).items():
        fill(own, tensors[f"weights/{name}"])
    for name, weight in network.named_parameters():
        if name in state:
            optimizer.state[weight] = {
                key: like(weight, value) if value.shape == weight.shape else value.to(weight.device)
                for key, value in state[name].items()
            }


def changing(network: nn.Module) -> dict[str, Tensor]:
    """The weights that training changes, and the buffers that are saved."""
    return {n: t for n, t in named(network).items() if t.requires_grad or not isinstance(t, nn.Parameter)}


def _sealed(folder: Path) -> list[str]:
    """The names of the checkpoints that have a seal, the last one last."""
    return sorted(path.stem for path in folder.glob("*.json") if path.stem.isdigit())


def _is_of(folder: Path, name: str, signature: str) -> bool:
    """Whether a checkpoint is whole and of this training."""
    return load_step(folder, int(name), signature) is not None


def _sweep(folder: Path) -> None:
    """Remove what was being written when its process was killed."""
    for place in (folder, folder / BEST):
        for room in place.glob(f"{HALF}*"):
            shutil.rmtree(room, ignore_errors=True)


def _drop(folder: Path, *, keep: list[str]) -> None:
    # Seals first: a checkpoint without one is no checkpoint, so a kill in between leaves nothing half.
    for ending in ("json", "safetensors"):
        for path in folder.glob(f"*.{ending}"):
            if path.stem.isdigit() and path.stem not in keep:
                path.unlink(missing_ok=True)


def _read(path: Path) -> Found:
    seal = read_json(path.with_suffix(".json"), Seal)
    size = path.stat().st_size
    if size != seal.bytes:
        raise ValueError(f"{size} bytes instead of {seal.bytes}")
    if content_hash(path) != seal.sha256:
        raise ValueError("its bytes are not the ones that were written")
    with safe_open(path, framework="pt") as file:
        mark = msgspec.json.decode(file.metadata()["mark"], type=Mark)
        return Found(mark=mark, tensors={name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
