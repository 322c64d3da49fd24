"""Declarations of one's own that stand beside the catalogue: in the folders of `XSTILTS_TASKS`, or named by a study.

A file of a folder that cannot be read, or whose name is taken, spoils that name alone: it is told of, and raised where
it is asked for. One that a study names is its own affair, and raised at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from xstilts.errors import BadInput, XstiltsError
from xstilts.tasks.own import is_study, read_declaration
from xstilts.tasks.task import Exam, Task

FOLDERS = "XSTILTS_TASKS"
_added: dict[Path, None] = {}
"""Declaration files that studies named, in order. They are read again when asked for, so that none goes stale."""


@dataclass(slots=True)
class Neighbours:
    """What the files declare."""

    tasks: dict[str, Task] = field(default_factory=dict)
    exams: dict[str, Exam] = field(default_factory=dict)
    spoilt: dict[str, XstiltsError] = field(default_factory=dict)
    """Names that cannot be used, and why."""
    wrong: dict[Path, XstiltsError] = field(default_factory=dict)
    """Files that were passed over, and why."""


def add(path: str | Path, taken: Collection[str]) -> None:
    """Let a declaration file's task and exam be found by name from now on, in this process."""
    path = Path(path).expanduser().resolve()
    for one in read_declaration(path):
        if one is not None and one.name in taken:
            raise _twice(path, one.name, "the catalogue")
    _added[path] = None


def neighbours(taken: Collection[str]) -> Neighbours:
    """All of them. `taken`: names that the catalogue has."""
    found = Neighbours()
    home: dict[str, Path] = {}
    for path in dict.fromkeys([*_in_folders(), *_added]):
        try:
            declared = [one for one in _declared(path) if one is not None]
        except XstiltsError as error:
            if path in _added:
                raise
            found.wrong[path] = found.spoilt[_name(path)] = error
            continue
        for one in declared:
            if one.name in taken:
                found.wrong[path] = _twice(path, one.name, "the catalogue")
            elif home.setdefault(one.name, path) != path:
                found.wrong[path] = found.spoilt[one.name] = _twice(path, one.name, str(home[one.name]))
            elif isinstance(one, Task):
                found.tasks[one.name] = one
            else:
                found.exams[one.name] = one
    return found


def _twice(path: Path, name: str, other: str) -> BadInput:
    return BadInput(f"{path} declares {name!r}, as {other} does.", way_out="Rename one of them.")


def _in_folders() -> list[Path]:
    folders = [Path(name).expanduser() for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name.strip()]
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"{FOLDERS} names {folder}, and there is no such folder.", way_out=f"Mend {FOLDERS}.")
    return [path.resolve() for folder in folders for path in sorted(folder.glob("*.toml"))]


def _declared(path: Path) -> tuple[Task | None, Exam | None]:
    return _read(path, path.stat().st_mtime_ns) if path.exists() else read_declaration(path)


@cache
def _read(path: Path, changed: int) -> tuple[Task | None, Exam | None]:
    return (None, None) if is_study(path) else read_declaration(path)


def _name(path: Path) -> str:
    """What a file that cannot be used would have declared, as far as it can be told: else it is called as the file."""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))["name"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError):
        return path.stem
