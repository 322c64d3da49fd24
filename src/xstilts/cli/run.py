"""`xstilts run`: do a study, or go on with it."""

from __future__ import annotations

from pathlib import Path

import typer

from xstilts.cli import screen
from xstilts.cli.display import Display
from xstilts.cli.options import (
    STOPPED,
    STORE,
    Device,
    Keep,
    Micro,
    Recompute,
    StoreFolder,
    StudyName,
    Threads,
    Workers,
    at,
)
from xstilts.findings.claims import load_ledger
from xstilts.studies.pins import settled
from xstilts.studies.plan import Plan
from xstilts.studies.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.work import Summary
from xstilts.studies.work import run as work
from xstilts.training.recipe import Machine

SHOWN = 5
"""Failures that are shown in full."""


def run(
    study: StudyName,
    store: StoreFolder = STORE,
    workers: Workers = 1,
    device: Device = "auto",
    threads: Threads = None,
    micro: Micro = None,
    recompute: Recompute = False,
    keep: Keep = False,
) -> None:
    """Do every step of a study that is not done yet. Ctrl-C stops it; the same command goes on from there."""
    plan = settled(load_study(study), Store(store))
    for ledger in plan.study.claims:
        # A slip in a claim is found now, not when the runs are done and every change is an amendment.
        load_ledger(ledger)
    screen.own_up(lang for step in plan.steps for lang in step.languages)
    machine = Machine(device=device, threads=threads, micro=micro, recompute=recompute)
    summary = watched(plan, store, workers=workers, machine=machine, keep=keep)
    conclude(summary, study, store)


def watched(plan: Plan, store: Path, *, workers: int, machine: Machine, keep: bool = False) -> Summary:
    """Run a plan with its progress in sight."""
    kept = Store(store)
    with Display(plan, kept) as display:
        return work(plan, kept, machine=machine, watch=display, workers=workers, keep=keep)


def conclude(summary: Summary, study: str, store: Path) -> None:
    """Say how it went and what to type next. Exits with 130 if it was stopped, with 1 if something is left to do."""
    screen.gap()
    for line in summary.sick:
        screen.warn(f"Not healthy, kept and counted in: {line}")
    if summary.ok:
        done = f"{screen.several(summary.done, 'step')} done now, in {screen.duration(summary.seconds)}."
        screen.say(
            f"The study is complete: {done}" if summary.done else "The study is complete; nothing was left to do."
        )
        screen.command("xstilts", "compare", study, *at(store))
        screen.command("xstilts", "report", study, *at(store))
        return
    for failure in summary.failures[:SHOWN]:
        screen.complain(f"{failure.label}: {failure.error}", kind="Failed: ")
        screen.say(f"traceback in {Store(store).folder(failure.digest) / 'failed.json'}", indent=2)
    if len(summary.failures) > SHOWN:
        screen.say(f"and {len(summary.failures) - SHOWN} more: xstilts status shows them")
    screen.complain(summary.way_on, kind="")
    raise typer.Exit(STOPPED if summary.stopped else 1)
