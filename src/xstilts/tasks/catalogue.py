"""Finds tasks, exams and suites by name: what the modules of this folder declare, and what the user's own files do.

Nothing is registered: a value that a module here holds is in the catalogue. The modules are loaded when a name is asked
for. `mnli@de` is a task in another language, `mnli@de+ru+sw` one in several.

Own declarations (see `own.py` and `neighbours.py`) are found in the folders that `XSTILTS_TASKS` names, or are added by
a study file that names them.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from xstilts.errors import BadInput, UnknownName, XstiltsError, unknown
from xstilts.lab import World
from xstilts.tasks import lab
from xstilts.tasks.corpora import Corpus, corpus_task
from xstilts.tasks.labels import labelled
from xstilts.tasks.neighbours import add as neighbours_add
from xstilts.tasks.neighbours import neighbours
from xstilts.tasks.suites import Suite
from xstilts.tasks.task import Exam, Task
from xstilts.tasks.translated import AND, AT, in_language, in_languages

_OTHER_WORLD = re.compile(r"lab([1-9]\d{0,8})-")
_corpora: dict[str, Task] = {}
"""Running text that studies declared."""


def tasks(world: int = 0) -> Mapping[str, Task]:
    """Every task by its name; lab tasks of the given world."""
    return _declared_tasks(world) | _corpora | neighbours(_names()).tasks


def exams(world: int = 0) -> Mapping[str, Exam]:
    """Every exam by its name; lab exams of the given world."""
    return _declared_exams(world) | neighbours(_names()).exams


def suites() -> Mapping[str, Suite]:
    """Every benchmark suite by its name."""
    return _declared(Suite)


def task(name: str) -> Task:
    """The task of that name; after an @ the language to read it in."""
    base, at, lang = name.partition(AT)
    known = tasks(_world(name))
    _refuse("task", name, base, known)
    if AND in lang:
        return in_languages(known[base], lang.split(AND))
    return labelled(in_language(known[base], lang) if at else known[base])


def exam(name: str) -> Exam:
    """The exam of that name."""
    known = exams(_world(name))
    _refuse("exam", name, name, known)
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
    neighbours_add(path, _names())


def passed_over() -> Mapping[Path, XstiltsError]:
    """Files in the folders of `XSTILTS_TASKS` that declare nothing that can be used, and why."""
    return neighbours(_names()).wrong


def _refuse(kind: str, name: str, base: str, known: Mapping[str, object]) -> None:
    """Nothing, where the name is known; else the error that says what is wrong with it."""
    if base in known and base in _names():
        return
    found = neighbours(_names())
    if base in found.spoilt:
        raise found.spoilt[base]
    if base not in known:
        error = unknown(kind, name, known)
        also = f" Not read: {', '.join(path.name for path in found.wrong)} (`xstilts list`)." if found.wrong else ""
        raise UnknownName(error.wrong, way_out=f"{error.way_out}{also}")


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
