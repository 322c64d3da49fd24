"""Setting up the machine for a training: device, threads, and faster arithmetic where it proves exact enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import torch

from xstilts.errors import Lacking, XstiltsError
from xstilts.training.recipe import Machine, Precision

EXACT = 1e-5
"""Largest error of a product, relative to its largest entry, that still counts as fp32."""


def set_up(machine: Machine) -> torch.device:
    """Apply threads and arithmetic; the device that the machine means."""
    if machine.threads is not None:
        torch.set_num_threads(machine.threads)
    device = known_device(machine.device)
    if device.type == "cpu":
        fast_products()
    return device


def known_device(wanted: str) -> torch.device:
    """The device of that name, which this machine has."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise XstiltsError(f"There is no device {wanted!r}.", way_out="Use auto, cpu, cuda or cuda:1.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise XstiltsError(f"This machine has no {wanted}.", way_out="Use --device cpu, or auto.")
    return device


@cache
def fast_products() -> bool:
    """Let oneDNN multiply fp32 matrices where its result is as exact as fp32 (it is not on chips with AMX)."""
    # Older torch has no such flag.
    flags: Any = getattr(torch.backends.mkldnn, "matmul", None)
    if not hasattr(flags, "fp32_precision"):
        return False
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = left.double() @ right.double()
    before = flags.fp32_precision
    flags.fp32_precision = "bf16"
    error = ((left @ right).double() - exact).abs().max() / exact.abs().max()
    if float(error) > EXACT:
        flags.fp32_precision = before
        return False
    return True


def seed_dropout(number: int, device: torch.device) -> None:
    """Seed what dropout draws from on a device. `torch.manual_seed` also notes a stack trace for every other kind of
    device, which takes a millisecond: too much for every step."""
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(number)


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: CUDA has a class for it, the CPU only words."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


@contextmanager
def within_memory(device: torch.device) -> Iterator[None]:
    """Inside, memory that is too small is no failure: the device lacks it, and another may not."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        said = (str(error).strip() or "no more memory").splitlines()[0]
        raise Lacking(f"{device} has too little memory: {said}", way_out="Do it on a larger one.") from error


def arithmetic(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """The context to run forward passes in."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()
