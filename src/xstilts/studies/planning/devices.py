"""Devices by name, for estimates of hours: nominal numbers. What a device really does, finished runs tell."""

from __future__ import annotations

import msgspec

from xstilts.errors import unknown


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What an estimate needs to know of an accelerator."""

    name: str
    flops: float
    """Dense bf16 (V100 and T4: fp16) operations a second."""
    bandwidth: float
    """Bytes a second from and to its memory."""
    share: float = 0.4
    """Of `flops` that a training reaches, on tokens that are not padding."""
    source: str = "the vendor's nominal figures, from memory [not verified]; 40 % of them reached is an assumption"


DEVICES = {
    one.name: one
    for one in (
        Device(name="h200", flops=989e12, bandwidth=4.8e12),
        Device(name="h100", flops=989e12, bandwidth=3.35e12),
        Device(name="a100", flops=312e12, bandwidth=2.0e12),
        Device(name="v100", flops=125e12, bandwidth=0.9e12),
        Device(name="l4", flops=121e12, bandwidth=0.3e12),
        Device(name="t4", flops=65e12, bandwidth=0.3e12),
        Device(name="rtx4090", flops=165e12, bandwidth=1.0e12),
    )
}
"""Every field is a setting: make another Device where a number is known better."""


def device(name: str) -> Device:
    """The device of that name."""
    if name not in DEVICES:
        raise unknown("device", name, DEVICES)
    return DEVICES[name]
