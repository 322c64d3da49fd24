"""What a study asks for and its store does not have, in words, for wherever its numbers are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xstilts.findings.gains import in_order
from xstilts.findings.words import listing
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.left import why_not
from xstilts.studies.records.store import Store

NAMED = 6
"""Missing results that a sentence names; the report's account of the runs has them all."""


def missing(planned: Plan, store: Store) -> Iterator[str]:
    """Planned results that are not there, and why as far as it is known: `route → exam, seed 2`."""
    for cell in planned.cells:
        if not store.has(cell.digest):
            why = why_not(planned, store, cell.digest)
            yield f"{cell.route} → {cell.exam}, seed {cell.seed}{f' ({why})' if why else ''}"


def absent(planned: Plan, store: Store) -> list[str]:
    """Planned exams of which there is no result at all: nothing else shows that they are missing."""
    there = {cell.exam for cell in planned.cells if store.has(cell.digest)}
    return [name for name in in_order(cell.exam for cell in planned.cells) if name not in there]


def unfinished(gone: Sequence[str], exams: Sequence[str]) -> list[str]:
    """`missing` and `absent` as sentences; none where nothing is missing."""
    if not gone:
        return []
    shown = ", ".join(gone[:NAMED]) + (", …" if len(gone) > NAMED else "")
    told = [f"Not finished: {'one result is' if len(gone) == 1 else f'{len(gone)} results are'} missing ({shown})."]
    if exams:
        whom = "them" if len(exams) > 1 else "it"
        told.append(f"Of {listing(exams)} nothing is there: no average over exams has {whom} in it.")
    return told
