"""Bring here what a study reads, before it is begun: for machines that have no network when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from xstilts.encoders.catalogue import locate
from xstilts.errors import Absent
from xstilts.sources import reading
from xstilts.studies.planning.plan import Plan


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one encoder, task or exam."""

    kind: str
    name: str
    rows: int = 0
    languages: int = 0
    lacks: str = ""
    """Why it is not here; empty: it is."""


def bring(plan: Plan) -> Iterator[Brought]:
    """Fetch and read everything, one after another. What is nowhere is told of; whatever else is wrong is raised.

    The plan must be settled: what is fetched are the commits that the store remembers.
    """
    locate(plan.study.encoder)
    yield Brought(kind="encoder", name=plan.study.encoder.name)
    for name, one in plan.tasks.items():
        yield _brought("task", name, (one.train, one.dev), one.spoken)
    for name, sat in plan.exams.items():
        yield _brought("exam", name, (sat.test,), sat.languages)


def _brought(kind: str, name: str, sources: Sequence[Any], languages: Sequence[str]) -> Brought:
    try:
        rows = sum(len(reading(source, lang).examples) for source in sources for lang in languages)
    except Absent as error:
        return Brought(kind=kind, name=name, lacks=str(error))
    return Brought(kind=kind, name=name, rows=rows, languages=len(languages))
