"""`xstilts fetch`: bring here what a study reads, so that it can run where there is no network."""

from __future__ import annotations

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, StudyName, at
from xstilts.studies.fetching import Brought, bring
from xstilts.studies.records.pins import settled
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study


def fetch(study: StudyName, store: StoreFolder = STORE) -> None:
    """Fetch the encoder and all rows that a study needs, and check them. Nothing is trained.

    The store keeps which commits were read. Machines that run the study need it, and the Hub's cache (HF_HUB_CACHE).
    """
    missing = 0
    for one in bring(settled(load_study(study), Store(store))):
        missing += bool(one.lacks)
        if one.lacks:
            screen.warn(f"{one.kind} {one.name}: {one.lacks}")
        else:
            screen.say(_line(one))
    if missing:
        screen.warn(f"{screen.several(missing, 'part')} of the study cannot be had; `run` leaves out what needs them.")
    screen.command("xstilts", "run", study, *at(store))


def _line(one: Brought) -> str:
    if one.kind == "encoder":
        return f"{one.kind} {one.name}"
    spoken = f" in {one.languages} languages" if one.languages > 1 else ""
    return f"{one.kind} {one.name}: {screen.several(one.rows, 'row')}{spoken}"
