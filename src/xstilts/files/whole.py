"""Files that survive a crash: atomic writes, JSON, lines that are appended whole, and content hashes.

A reader never sees half a file, whatever kills the writer; a full disk or a folder without write permission becomes
one clear error and leaves what was there before untouched.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import uuid
from pathlib import Path
from typing import Any, TypeVar, overload

import msgspec

from xstilts.errors import BadInput, BadStore
from xstilts.identity import digest

T = TypeVar("T")

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def write_atomic(path: str | Path, data: bytes | str, *, durable: bool = True) -> None:
    """Write a whole file or nothing. Missing folders are made.

    `durable` waits for the disk, so that also a crash of the machine leaves it whole: right for results, and too slow
    for what is written every second and may be lost.
    """
    path = Path(path)
    part = path.parent / f".{path.name}.{uuid.uuid4().hex[:12]}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                file.write(data.encode("utf-8") if isinstance(data, str) else data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise refused(path, error) from error
    if durable:
        _sync_folder(path.parent)


def write_json(path: str | Path, obj: Any, *, durable: bool = True) -> None:
    """Write a value (structs included) as indented JSON, atomically."""
    write_atomic(path, msgspec.json.format(msgspec.json.encode(obj), indent=2) + b"\n", durable=durable)


def read_whole(path: str | Path) -> bytes:
    """All bytes of a file that another machine may just be replacing."""
    path = Path(path)
    try:
        return path.read_bytes()
    except OSError as error:
        # NFS: what was opened is no longer there, what is there now has not been opened.
        if error.errno != errno.ESTALE:
            raise
        return path.read_bytes()


@overload
def read_json(path: str | Path) -> Any: ...
@overload
def read_json(path: str | Path, type: type[T]) -> T: ...
@overload
def read_json(path: str | Path, type: Any) -> Any: ...
def read_json(path: str | Path, type: Any = Any) -> Any:
    """Read JSON into a checked value; BadInput says which file is missing or which field is wrong."""
    try:
        return msgspec.json.decode(read_whole(path), type=type)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except OSError as error:
        raise BadStore(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be used: {error}.") from error


def append_line(path: str | Path, line: bytes | str) -> None:
    """Add one line in a single write: lines of several processes do not mix, and a torn last line is closed first."""
    raw = line.encode("utf-8") if isinstance(line, str) else line
    if b"\n" in raw:
        raise ValueError("One line at a time: the text has a line break in it.")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                raw = raw if file.read(1) == b"\n" else b"\n" + raw
            if file.write(raw + b"\n") != len(raw) + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise refused(path, error) from error


def content_hash(path: str | Path) -> str:
    """SHA-256 (64 hex digits) of a file, or of a folder's relative names and contents; hidden files do not count."""
    path = Path(path)
    if not path.exists():
        raise BadInput(f"There is no file or folder {path}.")
    try:
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        inside = {member.relative_to(path): member for member in path.rglob("*") if member.is_file()}
        shown = {name.as_posix(): member for name, member in inside.items() if not _hidden(name)}
        return digest({name: content_hash(member) for name, member in shown.items()}, length=64)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def _hidden(name: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in name.parts)


def refused(path: Path, error: OSError) -> BadStore:
    """The error to raise when `path` could not be written."""
    if error.errno in FULL:
        return BadStore(f"No room left to write {path}.", way_out="Free some space and run the same command again.")
    if error.errno in CLOSED:
        return BadStore(
            f"{path} may not be written.", way_out="Choose a folder that you can write to, or change its mode."
        )
    return BadStore(f"{path} cannot be written: {error.strerror or error}.", way_out="Check the folder and try again.")


def _sync_folder(folder: Path) -> None:
    # The rename has happened already; some file systems (and Windows) cannot sync a folder, which is no failure.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
