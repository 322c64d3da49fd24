"""`xstilts status`: how far a study is, from any terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, StudyName, at
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working import progress
from xstilts.studies.working.progress import StepStatus


def status(
    study: StudyName,
    store: StoreFolder = STORE,
    every: Annotated[bool, typer.Option("--all", help="Every step, not only those that run or failed.")] = False,
) -> None:
    """Show how far a study is. It works while another terminal runs it, and when nobody does."""
    kept = Store(store)
    planned = known(load_study(study), kept)
    found = progress.status(kept, planned)
    parts = [f"{found.done} of {found.total} steps done", f"{found.running} running", f"{found.waiting} waiting"]
    if found.failed:
        parts.append(f"{found.failed} failed")
    if found.skipped:
        parts.append(f"{found.skipped} skipped")
    if found.running and found.eta is not None:
        parts.append(f"about {screen.duration(found.eta)} left")
    screen.say(f"{found.study}: {', '.join(parts)}")
    screen.own_up(lang for step in planned.steps for lang in step.languages)
    shown = [one for one in found.steps if every or one.state in ("running", "failed", "skipped")]
    if shown:
        screen.gap()
        columns = ["state", "step", "seed", "", "time", "device", "worker"]
        screen.table(columns, map(_row, shown), right=["seed", "time"])
    if found.done + found.skipped == found.total:
        screen.command("xstilts", "report", study, *at(store))
    elif not found.running:
        screen.gap()
        begun = any(kept.folder(one.step.digest).is_dir() for one in found.steps)
        screen.say("Nobody is at work on it." if begun else "It has not begun.")
        screen.command("xstilts", "run", study, *at(store))


def _row(found: StepStatus) -> tuple[object, ...]:
    style = {"failed": "red", "running": "green", "done": "", "waiting": "dim", "skipped": "yellow"}[found.state]
    about, worker, device = "", "", ""
    seconds = found.seconds
    if found.progress is not None:
        now = found.progress
        seconds, worker, device = now.seconds, now.worker, now.device
        loss = "" if now.loss is None else f", loss {now.loss:.3f}"
        about = f"{now.done:,} of {now.total:,}{loss}" if now.total else "reading"
        if found.left is not None:
            about += f", {screen.duration(found.left)} left"
    elif found.failure is not None:
        about = found.failure.error
    time = "" if seconds is None else screen.duration(seconds)
    return screen.cell(found.state, style), found.step.label, found.step.seed, about, time, device, worker
