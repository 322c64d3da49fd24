"""Room in memory: how much is free, within the limit of a container, and whether a network fits there at all."""

from __future__ import annotations

import re
from pathlib import Path

from xstilts.errors import Lacking


def free_memory() -> float:
    """Bytes that this process may still take; infinite where the system does not tell."""
    return min(_of_machine(), _of_container())


def check_room(folder: Path) -> None:
    """Refuse to load weights that are larger than what is free: the system would kill the process without a word."""
    needed, free = sum(path.stat().st_size for path in folder.glob("*.safetensors")), free_memory()
    if needed > free:
        raise Lacking(
            f"The weights in {folder} have {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB of memory are free.",
            way_out="Use a machine with more memory; training needs about four times as much.",
        )


def _of_machine() -> float:
    try:
        told = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return float("inf")
    return int(told[1]) * 1024 if told else float("inf")


def _of_container() -> float:
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):
        return float("inf")
