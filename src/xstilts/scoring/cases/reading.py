"""Reads what lies in a case's folder. Nothing in it is trusted: no pickles, no links that lead out, every type checked.

Whatever is wrong is said with the file and the line where it stands. A field that comes twice in an object is refused
too: readers take the last one, and which was meant nobody knows.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.files import Twice, once
from xstilts.scoring.cases.rows import Row, as_row


class Folder:
    """A case's folder, of which only files that really lie in it are read."""

    def __init__(self, path: Path, *, lenient: bool = False) -> None:
        self.path = path
        self.lenient = lenient
        """Empty lines are passed over, and of fields that come twice the last one counts."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.path / name).is_file()

    def bytes(self, name: str) -> bytes:
        """A whole file."""
        path = self._inside(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise BadInput(f"{name}: cannot be read ({error.strerror or error}).", way_out="Put it there.") from error

    def json(self, name: str) -> Any:
        """A file that is one JSON value."""
        return _decoded(self.bytes(name), name, lenient=self.lenient)

    def rows(self, name: str, *, blank: bool = False) -> list[Row]:
        """A file with one JSON object per line; empty lines are refused, or passed over with `blank`."""
        lines = self.bytes(name).split(b"\n")
        while lines and not lines[-1].strip():
            lines.pop()
        found = []
        for number, line in enumerate(lines, start=1):
            where = f"{name}:{number}"
            if not line.strip():
                if blank or self.lenient:
                    continue
                raise BadInput(f"{where}: the line is empty.", way_out="Remove it, or add --lenient.")
            found.append(as_row(where, _decoded(line, where, lenient=self.lenient)))
        return found

    def vectors(self, name: str) -> NDArray[np.float32]:
        """A matrix of finite numbers, one row a vector."""
        path = self._inside(name)
        try:
            with path.open("rb") as file:
                _check_size(file, path.stat().st_size)
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError, SyntaxError, OverflowError) as error:
            raise BadInput(
                f"{name}: is no array that can be read ({_line(error)}).", way_out="Save it anew."
            ) from error
        if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind != "f":
            shape = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else "an archive"
            raise BadInput(
                f"{name}: must be a matrix of floats, but is {shape}.", way_out="Save float32 vectors in rows."
            )
        found = np.ascontiguousarray(found, dtype=np.float32)
        bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(bad):
            raise BadInput(
                f"{name}: row {bad[0]} holds NaN or infinity ({len(bad)} of {len(found)} rows do).",
                way_out="Look at what made these vectors.",
            )
        return found

    def _inside(self, name: str) -> Path:
        path = self.path / name
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise BadInput(
                f"{name}: is a link that leads out of the case's folder.", way_out="Put the file itself there."
            )
        return path


def _decoded(raw: bytes, where: str, *, lenient: bool = False) -> Any:
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=None if lenient else once)
    except Twice as error:
        raise BadInput(
            f"{where}: the field {error.name!r} comes twice in one object.", way_out="Keep the one that is meant."
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{where}: is not UTF-8 ({error.reason} at byte {error.start}).", way_out="Save it anew."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: is not valid JSON ({_line(error)}).", way_out="Mend it.") from error


def _check_size(file: Any, size: int) -> None:
    """Refuse an array whose header promises more than the file holds, before memory is asked for."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read(file)
    if kind.hasobject:
        raise ValueError("it holds Python objects")
    if math.prod(shape) * kind.itemsize > size:
        raise ValueError("it is cut off")


def _line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
