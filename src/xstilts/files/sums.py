"""Sums: how long the files of a folder are and what they hash to, and what is wrong with them later."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from xstilts.files.whole import content_hash, refused


class Sum(msgspec.Struct, frozen=True):
    """What a file was when it was written."""

    bytes: int
    sha256: str


def sums(folder: Path, *, durable: bool = False) -> dict[str, Sum]:
    """The sum of every file below a folder, by relative name; `durable` sees to it that they are on the disk."""
    found = {}
    try:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if durable:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            found[path.relative_to(folder).as_posix()] = Sum(path.stat().st_size, content_hash(path))
    except OSError as error:
        raise refused(folder, error) from error
    return found


def damage(folder: Path, expected: Mapping[str, Sum], *, deep: bool) -> list[str]:
    """What is wrong with the files of a folder, in words. `deep` reads them; else only their lengths are looked at."""
    found = []
    for name, wanted in expected.items():
        path = folder / name
        try:
            length = path.stat().st_size
            if length != wanted.bytes:
                found.append(f"{name} has {length:,} bytes and had {wanted.bytes:,}")
            elif deep and content_hash(path) != wanted.sha256:
                found.append(f"{name} is not what was written: its SHA-256 differs")
        except FileNotFoundError:
            found.append(f"{name} is gone")
        except OSError as error:
            found.append(f"{name} cannot be read: {error.strerror or error}")
    return found
