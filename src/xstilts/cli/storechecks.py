"""What `xstilts doctor --store` says of a store, and mends if it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xstilts.cli import checks, screen
from xstilts.cli.checks import Check
from xstilts.studies.records.store import Store
from xstilts.studies.records.upkeep import count, examine


def store_checks(folder: Path, *, repair: bool) -> Iterator[Check]:
    """Whether the folder can be written, and everything that is wrong with what lies there."""
    yield from checks.disk(folder)
    store = Store(folder)
    if not (folder / "runs").exists():
        yield Check("records", "ok", f"{folder} holds no runs yet")
        return
    mended = 0
    for finding in examine(store):
        if finding.mend is None or not finding.repair:
            yield Check("found", finding.state, finding.what)
        elif not repair:
            yield Check("found", finding.state, finding.what, f"With --repair: {finding.repair}.")
        elif finding.mend() is False:
            yield Check("found", finding.state, finding.what, "Somebody works there again: nothing was touched.")
        else:
            mended += 1
            yield Check("mended", "warn", finding.what, f"Done: {finding.repair}.")
    done, running = count(store)
    about = f"{screen.several(done, 'step')} on record, every record, prediction and weight read"
    yield Check("records", "ok", f"{about}; {running} being done now" if running else about)
