"""Content hashes of data files, remembered by path, size and times of change, so that a plan costs no reading."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

import msgspec

from xstilts.errors import XstiltsError
from xstilts.files import content_hash, write_json
from xstilts.sources.folders import cache_folder

FRESH = 2_000_000_000
"""Nanoseconds: a file changed so lately may change again within one tick of its clock, so its hash is not kept."""


class Known(msgspec.Struct, frozen=True):
    """The hash of a file as it was."""

    path: str
    size: int
    changed: int
    touched: int
    """The time of the last change to anything about the file, which copying with old times does not hide."""
    sha256: str


_memory: dict[str, Known] = {}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, from memory or the cache where the file has not changed since."""
    path = path.absolute()
    found = path.stat()
    kept = _memory.get(str(path)) or _recall(path)
    now = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if kept is not None and (kept.size, kept.changed, kept.touched) == now:
        _memory[str(path)] = kept
        return kept.sha256
    kept = Known(str(path), *now, content_hash(path))
    if time.time_ns() - max(now[1:]) > FRESH:
        _memory[str(path)] = kept
        _keep(path, kept)
    return kept.sha256


def forget(path: Path) -> None:
    """Hash the file anew when it is next asked for: what is remembered has proved wrong."""
    _memory.pop(str(path.absolute()), None)
    note = _note(path.absolute())
    if note is not None:
        note.unlink(missing_ok=True)


def _note(path: Path) -> Path | None:
    folder = cache_folder()
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    return None if folder is None else folder / "hashes" / f"{name}.json"


def _recall(path: Path) -> Known | None:
    note = _note(path)
    try:
        kept = msgspec.json.decode(note.read_bytes(), type=Known) if note else None
    except (OSError, msgspec.DecodeError):
        return None
    return kept if kept is not None and kept.path == str(path) else None


def _keep(path: Path, known: Known) -> None:
    note = _note(path)
    # A cache that cannot be written only costs time.
    with contextlib.suppress(XstiltsError):
        if note is not None:
            write_json(note, known)
