"""Needs: every unfinished study says in the store what it has still to do, so that no other drops weights it needs.

A registration is a file `needs/<study>.<key>.json`. It is written before the study looks at what is there, and removed
when the study is done; one that was given up stays, and `xstilts doctor --store` shows it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from xstilts.errors import XstiltsError
from xstilts.files import read_json, write_json
from xstilts.identity import digest
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.left import Graph, is_wanted
from xstilts.studies.records.store import Store


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What one study has still to do."""

    study: str
    steps: dict[str, str | None]
    """Step that had no record when this was written → what it starts from."""
    host: str = ""
    when: float = 0.0


class Needs:
    """The registrations of a store, as one study sees them."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self.store = store
        self.path = folder(store) / f"{plan.study.name}.{digest([step.digest for step in plan.steps])}.json"
        self._read: dict[Path, tuple[int, Graph]] = {}

    def register(self, plan: Plan) -> None:
        """Say what this study has still to do. An earlier plan of the same study that nobody works on gives way."""
        steps = {step.digest: step.parent for step in plan.steps if not self.store.has(step.digest)}
        need = Need(study=plan.study.name, steps=steps, host=socket.gethostname(), when=time.time())
        write_json(self.path, need)
        for path, other in registered(self.store):
            if path != self.path and other.study == need.study and not at_work(self.store, other):
                path.unlink(missing_ok=True)

    def withdraw(self) -> None:
        """The study is done."""
        self.path.unlink(missing_ok=True)

    def wanted(self, digest: str) -> bool:
        """Whether another study has still to start something from the weights of this step."""
        for path in folder(self.store).glob("*.json"):
            if path != self.path and is_wanted(self.store, self._graph(path), digest):
                return True
        return False

    def _graph(self, path: Path) -> Graph:
        """The children of every step in a registration, read again only where it changed."""
        try:
            changed = path.stat().st_mtime_ns
            known = self._read.get(path)
            if known is None or known[0] != changed:
                known = self._read[path] = changed, _children(read_json(path, Need))
        except (OSError, XstiltsError):
            # It was withdrawn meanwhile, or is no registration.
            return {}
        return known[1]


def folder(store: Store) -> Path:
    """Where registrations lie."""
    return store.root / "needs"


def registered(store: Store) -> Iterator[tuple[Path, Need]]:
    """Every registration that can be read."""
    for path in sorted(folder(store).glob("*.json")):
        try:
            yield path, read_json(path, Need)
        except XstiltsError:
            continue


def at_work(store: Store, need: Need) -> bool:
    """Whether somebody is doing a step of it right now."""
    return any(store.held(step) for step in need.steps)


def _children(need: Need) -> Graph:
    found: dict[str, list[str]] = {}
    for step, parent in need.steps.items():
        if parent is not None:
            found.setdefault(parent, []).append(step)
    return {parent: tuple(steps) for parent, steps in found.items()}
