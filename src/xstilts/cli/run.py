"""`xstilts run`: do a study, or go on with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from xstilts.cli import screen
from xstilts.cli.display import Display
from xstilts.cli.options import (
    STOPPED,
    STORE,
    Device,
    Devices,
    Gpus,
    Keep,
    Micro,
    On,
    Recompute,
    Shards,
    StoreFolder,
    StudyName,
    Threads,
    Track,
    Wait,
    Workers,
    at,
)
from xstilts.errors import XstiltsError
from xstilts.studies.ledgers import load_ledger
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.pins import settled
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working.cluster import Cluster, cluster
from xstilts.studies.working.progress import Event, Watch
from xstilts.studies.working.trackers import tracking
from xstilts.studies.working.work import Summary
from xstilts.studies.working.work import run as work
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
    devices: Devices = 1,
    shards: Shards = False,
    keep: Keep = False,
    wait: Wait = True,
    on: On = "",
    gpus: Gpus = None,
    track: Track = "",
) -> None:
    """Do every step of a study that is not done yet. Ctrl-C stops it; the same command goes on from there.

    Any number of these may run at once, also on several machines that share the store: each step is done by one.
    """
    where = cluster(on, gpus=gpus) if on else None
    if shards and devices == 1:
        raise XstiltsError(
            "--shards cuts a network into parts for several devices.", way_out="Add --devices 2 or more."
        )
    if where is None and gpus is not None:
        raise XstiltsError("--gpus is for Ray.", way_out="Add --on ray, or name one with --device cuda:0.")
    if where is not None and workers > 1:
        raise XstiltsError("--workers and --on exclude each other.", way_out="On Ray, its cluster says how many.")
    if where is None and device not in ("auto", "cpu"):
        # Said once and before anything starts, not by every step; what needs no such look starts without torch.
        from xstilts.training.machine import known_device

        known_device(device)
    asked = load_study(study)
    for ledger in asked.claims:
        # A slip in a claim is found now, not when the runs are done and every change is an amendment.
        load_ledger(ledger)
    plan = settled(asked, Store(store))
    screen.own_up(lang for step in plan.steps for lang in step.languages)
    machine = Machine(device=device, threads=threads, micro=micro, recompute=recompute, devices=devices, shards=shards)
    with tracking(track, plan, store) as trackers:
        summary = watched(
            plan, store, workers=workers, machine=machine, keep=keep, wait=wait, on=where, trackers=trackers
        )
    conclude(summary, study, store)


def watched(
    plan: Plan,
    store: Path,
    *,
    workers: int,
    machine: Machine,
    keep: bool = False,
    wait: bool = True,
    on: Cluster | None = None,
    trackers: Sequence[Watch] = (),
) -> Summary:
    """Run a plan with its progress in sight."""
    kept = Store(store)
    with Display(plan, kept) as display:
        watchers: tuple[Watch, ...] = (display, *trackers)

        def watch(event: Event) -> None:
            for one in watchers:
                one(event)

        return work(
            plan,
            kept,
            machine=machine,
            watch=watch,
            workers=workers,
            keep=keep,
            wait=wait,
            on=on,
            told=display.stopping,
        )


def conclude(summary: Summary, study: str, store: Path) -> None:
    """Say how it went and what to type next. Exits with 130 if it was stopped, with 1 if work is left here."""
    screen.gap()
    for line in summary.damaged:
        screen.warn(f"Was damaged, and is done again: {line}")
    for line in summary.sick:
        screen.warn(f"Not healthy, kept and counted in: {line}")
    _tell_holes(summary)
    if summary.ok:
        done = f"{screen.several(summary.done, 'step')} done now, in {screen.duration(summary.seconds)}."
        whole = "All is done that can be done here" if summary.skipped else "The study is complete"
        screen.say(f"{whole}: {done}" if summary.done else f"{whole}; nothing was left to do.")
        screen.command("xstilts", "compare", study, *at(store))
        screen.command("xstilts", "report", study, *at(store))
        return
    if summary.others:
        screen.say(summary.way_on)
        screen.command("xstilts", "status", study, *at(store))
        return
    for failure in summary.failures[:SHOWN]:
        screen.complain(f"{failure.label}: {failure.error}", kind="Failed: ")
        screen.say(f"traceback in {Store(store).folder(failure.digest) / 'failed.json'}", indent=2)
    if len(summary.failures) > SHOWN:
        screen.say(f"and {len(summary.failures) - SHOWN} more: xstilts status shows them")
    screen.complain(summary.way_on, kind="")
    raise typer.Exit(STOPPED if summary.stopped else 1)


def _tell_holes(summary: Summary) -> None:
    """Say what could not be done here, and why."""
    for reason, steps in list(summary.skipped.items())[:SHOWN]:
        screen.warn(f"{screen.several(steps, 'step')} left out: {reason}")
    if len(summary.skipped) > SHOWN:
        screen.say(f"and for {len(summary.skipped) - SHOWN} other reasons: xstilts status shows them")
