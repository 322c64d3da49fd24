"""Tokenised data on disk: rows of token ids, by what determines them, mapped into memory instead of made again.

An entry is a folder of `.npy` files with a list of their sums. It is written under another name and renamed when it is
whole, so readers never see half of one and two processes that fill the cache at once only do the work twice. An entry
that is not what its list says is thrown away and made again. Whatever keeps the cache from being written costs time,
never a result.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
import warnings
import zlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts import forms
from xstilts.files import content_hash
from xstilts.forms.encoding import untouched
from xstilts.forms.form import Form, Rows
from xstilts.identity import digest
from xstilts.sources.folders import cache_folder
from xstilts.sources.several import Each
from xstilts.sources.table import pin

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROOM = 20 * 2**30
"""Bytes the cache may take; what was not used for longest goes first."""
STALE = 24 * 3600
"""Seconds after which a half-written entry is believed to be nobody's."""
LIST = "entry.json"


class _Array(msgspec.Struct, frozen=True):
    """One file of an entry."""

    name: str
    """`tokens`, `starts`, `example`, `targets.label`, `notes.chars`."""
    size: int
    crc: int


def encoded(
    form: Form,
    source: Any,
    lang: str,
    tokenizer: Tokenizer,
    max_length: int,
    *,
    only: NDArray[np.int64] | None = None,
) -> Rows:
    """The source's examples of one language as token rows; `only` these, by their place. From the cache if it can be.

    Only sources that read files are kept: others, the lab's among them, draw their rows as fast as a disk gives them.
    """
    if isinstance(source, Each):
        # What one language's rows are kept under must not change with the languages that stand beside it.
        source = source.sources.get(lang, source)
    pinned = pin(source, [lang])
    folder = cache_folder() if hasattr(source, "pin") else None
    if folder is None:
        return _made(form, pinned, lang, tokenizer, max_length, only)
    key = digest(
        {
            "made by": makers(),
            "source": pinned.only(lang) if hasattr(pinned, "only") else pinned,
            "lang": lang,
            "form": form,
            "tokenizer": tokenizer_digest(tokenizer),
            "max_length": max_length,
            "only": None if only is None else hashlib.sha256(np.ascontiguousarray(only, np.int64).data).hexdigest(),
        },
        length=40,
    )
    entry = folder / "rows" / key
    rows = _read(entry)
    if rows is None:
        rows = _made(form, pinned, lang, tokenizer, max_length, only)
        _write(entry, rows)
    return rows


@cache
def makers() -> dict[str, str]:
    """What turns examples into rows: the forms' code and the tokenizers library. A cache can afford to be strict."""
    return {"forms": content_hash(Path(forms.__file__).parent), "tokenizers": version("tokenizers")}


def tokenizer_digest(tokenizer: Tokenizer) -> str:
    """What a tokenizer does, as 64 digits; its truncation and padding, which forms never use, left out."""
    with untouched(tokenizer):
        return hashlib.sha256(tokenizer.to_str().encode()).hexdigest()


def clean(most: int = 0) -> int:
    """Throw away entries, those not used for longest first, until the rest takes at most `most` bytes. Bytes freed."""
    folder = cache_folder()
    if folder is None or not (folder / "rows").is_dir():
        return 0
    entries: list[tuple[float, int, Path]] = []
    freed = 0
    for path in (folder / "rows").iterdir():
        try:
            used, size = path.stat().st_mtime, sum(one.stat().st_size for one in path.iterdir())
        except OSError:
            continue
        if not path.name.startswith("."):
            entries.append((used, size, path))
        elif most == 0 or time.time() - used > STALE:
            freed += size
            shutil.rmtree(path, ignore_errors=True)
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= most:
            break
        _discard(path)
        total -= size
        freed += size
    return freed


def _made(
    form: Form, source: Any, lang: str, tokenizer: Tokenizer, max_length: int, only: NDArray[np.int64] | None
) -> Rows:
    examples: Sequence[Any] = source.read(lang)
    chosen = examples if only is None else [examples[place] for place in only]
    return form.encode(chosen, tokenizer, max_length=max_length)


def _arrays(rows: Rows) -> dict[str, NDArray[Any]] | None:
    """All arrays of the rows by name; None if there is anything but arrays."""
    found: dict[str, Any] = {"tokens": rows.tokens, "starts": rows.starts, "example": rows.example}
    found |= {f"targets.{name}": value for name, value in rows.targets.items()}
    found |= {f"notes.{name}": value for name, value in rows.notes.items()}
    plain = all(isinstance(value, np.ndarray) and not value.dtype.hasobject for value in found.values())
    return found if plain else None


def _read(entry: Path) -> Rows | None:
    """The entry, mapped into memory; None if there is none. One that is broken is thrown away."""
    try:
        listed = msgspec.json.decode((entry / LIST).read_bytes(), type=list[_Array])
        found = {one.name: _mapped(entry, one) for one in listed}
        rows = Rows(found.pop("tokens"), found.pop("starts"), found.pop("example"))
        for name, value in found.items():
            kind, _, short = name.partition(".")
            (rows.targets if kind == "targets" else rows.notes)[short] = value
        if len(rows.tokens) != rows.starts[-1] or len(rows.example) != len(rows):
            raise ValueError("the arrays do not fit together")
        os.utime(entry)
    except FileNotFoundError:
        if entry.exists():
            _discard(entry)
        return None
    except (OSError, msgspec.DecodeError, ValueError, KeyError, IndexError):
        _discard(entry)
        return None
    return rows


def _mapped(entry: Path, one: _Array) -> NDArray[Any]:
    path = entry / f"{one.name}.npy"
    if path.stat().st_size != one.size:
        raise ValueError(f"{path} has another size")
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if zlib.crc32(np.ascontiguousarray(array).data) != one.crc:
        raise ValueError(f"{path} has another sum")
    return array.view(np.ndarray)


def _write(entry: Path, rows: Rows) -> None:
    arrays = _arrays(rows)
    if arrays is None:
        return
    part = entry.with_name(f".{entry.name[:16]}.{uuid.uuid4().hex[:12]}")
    try:
        part.mkdir(parents=True)
        listed = []
        for name, array in arrays.items():
            path = part / f"{name}.npy"
            whole = np.ascontiguousarray(array)
            np.save(path, whole, allow_pickle=False)
            listed.append(_Array(name, path.stat().st_size, zlib.crc32(whole.data)))
        (part / LIST).write_bytes(msgspec.json.encode(listed))
        part.rename(entry)
    except OSError as error:
        # Another process may have been faster; its entry is as good as ours.
        if not (entry / LIST).is_file():
            warnings.warn(
                f"Tokenised data cannot be kept in {entry.parent} ({error.strerror}); it stays in memory. "
                "Free some space, or set XSTILTS_CACHE to another folder, or to off.",
                stacklevel=3,
            )
        shutil.rmtree(part, ignore_errors=True)
        return
    clean(ROOM)


def _discard(entry: Path) -> None:
    """Away with an entry, at once for whoever looks for it by name."""
    away = entry.with_name(f".{entry.name[:16]}.{uuid.uuid4().hex[:12]}")
    try:
        entry.rename(away)
    except OSError:
        return
    shutil.rmtree(away, ignore_errors=True)
