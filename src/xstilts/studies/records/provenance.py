"""Where and with what a step was done: versions, machine, commit. Read once a process."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from xstilts.studies.records.record import Provenance
from xstilts.training.recipe import Machine

PACKAGES = (
    "xstilts", "torch", "transformers", "tokenizers", "safetensors", "numpy", "msgspec", "polars", "scipy",
    "huggingface_hub", "accelerate", "peft",
)  # fmt: skip

ABSENT = "not installed"
"""What a record says of a package that was not there, or, of xstilts itself, of one that runs from a checkout."""


def provenance(machine: Machine, *, device: str = "") -> Provenance:
    """What a record says of its circumstances."""
    commit, dirty = checkout()
    return Provenance(
        packages=packages(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        device=device or machine.device,
        threads=machine.threads,
        asked=msgspec.to_builtins(machine),
        commit=commit,
        dirty=dirty,
        worker=worker(),
    )


def worker() -> str:
    """This process, for people who look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


@cache
def packages() -> dict[str, str]:
    """Versions of what can change a number."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ABSENT
    return found


@cache
def checkout() -> tuple[str, bool]:
    """The commit that this xstilts is checked out at and whether files differ from it; ("", False) if installed."""
    folder = Path(__file__).parents[4]
    if not (folder / ".git").exists():
        return "", False
    commit = _git(folder, "rev-parse", "HEAD")
    return commit, bool(commit) and bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
