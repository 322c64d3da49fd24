"""What a store remembers of the data its studies were first run with, so that their runs are found without it.

`pins.json` lies beside the runs. `run` looks up what it must, asks the Hub where a study names a branch, and keeps the
answers; every other command reads them and asks nobody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xstilts.errors import BadInput, BadStore
from xstilts.files import Claim, read_json, write_json
from xstilts.sources.lookups import Lookups, Pins
from xstilts.studies.grid import Study
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.store import Store

PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""


def known(study: Study, store: Store) -> Plan:
    """The plan as this store knows it: nothing is asked of the network."""
    return plan(study, Lookups(pins(store)))


def settled(study: Study | Plan, store: Store) -> Plan:
    """The plan with everything looked up that can be, and kept: what is done from here on is done from these files.

    Two processes that begin at once agree: the first to write a commit or a choice is believed by both.
    """
    study = study.study if isinstance(study, Plan) else study
    before = pins(store)
    planned = plan(study, Lookups(before))
    if planned.open:
        planned = plan(study, Lookups(before, network=True))
    if _adds(planned.pins, before):
        with _alone(store):
            there = pins(store)
            write_json(_path(store), there | planned.pins | Pins(commits=there.commits, chosen=there.chosen))
        planned = plan(study, Lookups(pins(store)))
        if planned.open:
            # Another process was believed: what stands at its commit has yet to be listed.
            return settled(study, store)
    return planned


def pins(store: Store) -> Pins:
    """What the store remembers; nothing if it was never run in."""
    path = _path(store)
    try:
        return read_json(path, Pins) if path.is_file() else Pins()
    except BadInput as error:
        way_out = f"Bring it back from a copy, or see what `xstilts doctor --store {store.root}` says."
        raise BadStore(error.wrong, way_out=way_out) from error


def forget_pins(store: Store) -> None:
    """Put what is remembered aside, under another name: the next run looks everything up anew."""
    path = _path(store)
    path.replace(path.with_name(f"{path.name}.damaged"))


def _path(store: Store) -> Path:
    return store.root / "pins.json"


def _adds(found: Pins, before: Pins) -> bool:
    return (before | found) != before


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """The right to write the store's pins."""
    store.prepare()
    path = store.root / "pins.claim"
    until = time.monotonic() + PATIENCE
    while (claim := Claim.take(path, stale_after=PATIENCE / 2)) is None:
        if time.monotonic() > until:
            raise BadStore(f"{path} has been held for {PATIENCE:.0f} seconds.", way_out="Remove it if nobody runs.")
        time.sleep(0.05)
    with claim:
        yield
