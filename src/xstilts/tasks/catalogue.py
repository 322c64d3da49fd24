"""Finds tasks, exams and suites by name: what the modules of this folder declare, and what the user's own files do.

Nothing is registered: a value that a module here holds is in the catalogue. The modules are loaded when a name is asked
for. `mnli@de` is a task in another language, `mnli@de+ru+sw` one in several.

Own declarations (see `own.py`) are found in the folders that `XSTILTS_TASKS` names, or are added by a study file that
names them.
"""

from __future__ import annotations

import os
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from xstilts.errors import BadInput, unknown
from xstilts.lab import World
from xstilts.tasks import lab
from xstilts.tasks.corpora import Corpus, corpus_task
from xstilts.tasks.labels import labelled
from xstilts.tasks.own import is_study, read_declaration
from xstilts.tasks.suites import Suite
from xstilts.tasks.task import Exam, Task
from xstilts.tasks.translated import AND, AT, in_language, in_languages

FOLDERS = "XSTILTS_TASKS"
_OTHER_WORLD = re.compile(r"lab([1-9]\d{0,8})-")
_added: dict[Path, None] = {}
"""Declaration files that studies named, in order. They are read again when asked for, so that none goes stale."""

_corpora: dict[str, Task] = {}
"""Running text that studies declared."""


def tasks(world: int = 0) -> Mapping[str, Task]:
    """Every task by its name; lab tasks of the given world."""
    return _declared_tasks(world) | _own()[0]


def exams(world: int = 0) -> Mapping[str, Exam]:
    """Every exam by its name; lab exams of the given world."""
    return _declared_exams(world) | _own()[1]


def suites() -> Mapping[str, Suite]:
    """Every benchmark suite by its name."""
    return _declared(Suite)


def task(name: str) -> Task:
    """The task of that name; after an @ the language to read it in."""
    known = tasks(_world(name))
    base, at, lang = name.partition(AT)
    if base not in known:
        raise unknown("task", name, known)
    if AND in lang:
        return in_languages(known[base], lang.split(AND))
    return labelled(in_language(known[base], lang) if at else known[base])


def exam(name: str) -> Exam:
    """The exam of that name."""
    known = exams(_world(name))
    if name not in known:
        raise unknown("exam", name, known)
    return known[name]


def suite(name: str) -> Suite:
    """The suite of that name."""
    known = suites()
    if name not in known:
        raise unknown("suite", name, known)
    return known[name]


def add_corpus(name: str, corpus: Corpus, folder: Path) -> None:
    """Let a study's corpus be found by name from now on, in this process; read again where it was added before."""
    if name in _names():
        raise BadInput(f"A corpus cannot be called {name!r}: the catalogue has that name.", way_out="Rename it.")
    _corpora[name] = corpus_task(name, corpus, folder)


def add(path: str | Path) -> None:
    """Let a declaration file's task and exam be found by name from now on, in this process."""
    path = Path(path).expanduser().resolve()
    read_declaration(path)
    _added[path] = None


def _own() -> tuple[dict[str, Task], dict[str, Exam]]:
    found_tasks: dict[str, Task] = dict(_corpora)
    found_exams: dict[str, Exam] = {}
    home: dict[str, Path] = {}
    for path in dict.fromkeys([*_in_folders(), *_added]):
        declared = _read(path, path.stat().st_mtime_ns) if path.exists() else read_declaration(path)
        one: Task | Exam | None
        for one in declared:
            if one is None:
                continue
            if home.setdefault(one.name, path) != path or one.name in _names():
                other = home[one.name] if home[one.name] != path else "the catalogue"
                raise BadInput(f"{path} declares {one.name!r}, as {other} does.", way_out="Rename one of them.")
            if isinstance(one, Task):
                found_tasks[one.name] = one
            else:
                found_exams[one.name] = one
    return found_tasks, found_exams


def _in_folders() -> list[Path]:
    folders = [Path(name).expanduser() for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name.strip()]
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"{FOLDERS} names {folder}, and there is no such folder.", way_out=f"Mend {FOLDERS}.")
    return [path.resolve() for folder in folders for path in sorted(folder.glob("*.toml"))]


@cache
def _read(path: Path, changed: int) -> tuple[Task | None, Exam | None]:
    return (None, None) if is_study(path) else read_declaration(path)


@cache
def _declared_tasks(world: int) -> dict[str, Task]:
    return _declared(Task) | {task.name: task for task in lab.declared_tasks(World(world))}


@cache
def _declared_exams(world: int) -> dict[str, Exam]:
    return _declared(Exam) | {exam.name: exam for exam in lab.declared_exams(World(world))}


Kind = TypeVar("Kind", Task, Exam, Suite)


@cache
def _declared(kind: type[Kind]) -> dict[str, Kind]:
    """What the modules of this folder hold of a kind, also in tuples, by name."""
    found: dict[str, Kind] = {}
    for value in _values():
        if isinstance(value, kind) and found.setdefault(value.name, value) is not value:
            raise BadInput(f"Two different {kind.__name__} values are called {value.name!r}.", way_out="Rename one.")
    return dict(sorted(found.items()))


def _values() -> Iterator[object]:
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        for value in vars(import_module(f"{__package__}.{module.name}")).values():
            yield from value if isinstance(value, tuple) else (value,)


def _names() -> frozenset[str]:
    return frozenset(_declared_tasks(0)) | frozenset(_declared_exams(0))


def _world(name: str) -> int:
    found = _OTHER_WORLD.match(name)
    return int(found[1]) if found else 0
