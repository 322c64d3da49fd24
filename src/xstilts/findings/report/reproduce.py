"""How to make a report again: one command that works as it is pasted, with the store and baseline that were given."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from xstilts.files import content_hash
from xstilts.findings.asked import Asked
from xstilts.findings.pairs import BASELINE
from xstilts.findings.replay.example import example
from xstilts.findings.replay.records import File, published_of
from xstilts.studies.records.store import Store

USUAL = Path("runs")
"""The store that every verb takes when none is named."""


def reproduce(asked: Asked, store: Store, *, baseline: str = BASELINE) -> tuple[str, ...]:
    """The command, after a comment for what it needs and cannot bring. Names come from anybody's tables: all quoted."""
    where = () if store.root == USUAL else ("--store", str(store.root))
    encoder = asked.encoder or (asked.runs[0].encoder if asked.runs else "")
    chosen = (
        *(("--encoder", encoder) if encoder else ()),
        *(("--baseline", baseline) if baseline != BASELINE else ()),
    )
    make = ["xstilts", "report", asked.what or asked.name, *chosen, *where]
    if asked.study is not None:
        return (_then(["xstilts", "run", asked.what or asked.name, *where], make),)
    if not asked.runs:
        return (shlex.join(make),)
    files = list(dict.fromkeys(file for run in asked.runs for file in published_of(run).files))
    ours = {content_hash(path) for path in example()}
    others = [file for file in files if file.sha256 not in ours]
    shipped = ["--example"] if len(others) < len(files) else []
    replay = ["xstilts", "replay", *(file.name for file in others), *shipped, *where]
    return (*([_needs(others)] if others else []), _then(replay, make))


def _then(first: Sequence[str], second: Sequence[str]) -> str:
    return f"{shlex.join(first)} && {shlex.join(second)}"


def _needs(files: Sequence[File]) -> str:
    """A comment. JSON keeps a name in its line, whatever is in it."""
    named = ", ".join(f"{json.dumps(file.name)} (SHA-256 {file.sha256})" for file in files)
    return f"# in the folder with {named}; if it was read with a column map, add --columns MAP to replay"
