"""`xstilts demo`: a small study from the first training to the report, and what to type for data of one's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.compare import print_gains
from xstilts.cli.options import Device, Threads
from xstilts.cli.run import conclude, watched
from xstilts.findings.gains import gains
from xstilts.findings.report import report_study
from xstilts.findings.table import long_table, readings
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.plan import plan as planned
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.training.recipe import Machine

STUDY = "lab-demo"
FOLDER = Path("xstilts-demo")

OWN = """\
name = "mine"
encoder = "xlm-roberta-base"
seeds = [1, 2, 3]
exams = ["lab-xquad"]
intermediates = { squad1 = "lab-squad1", mnli = "lab-mnli" }
"""
"""A study to begin with: five lines that load."""


def demo(
    store: Annotated[Path, typer.Option("--store", help="The folder for everything that the demo makes.")] = FOLDER,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; 2 where there are cores.")] = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """See it work: a small study in invented languages, offline, from training to report."""
    plan = planned(load_study(STUDY))
    _announce(plan)
    count = workers or min(2, _cores())
    summary = watched(plan, store, workers=count, machine=Machine(device=device, threads=threads))
    if not summary.ok:
        conclude(summary, STUDY, store)
    table = long_table(Store(store), plan.study)
    print_gains(gains(table), name=plan.study.name, read_at=readings(table))
    page = report_study(Store(store), plan.study, store / "report.html")
    screen.gap()
    screen.say(f"The whole story, with every language and every run: {page.resolve()}")
    _next_steps()


def _announce(plan: Plan) -> None:
    screen.head(plan.study.question)
    routes = ", ".join(route.name for route in plan.study.routes)
    screen.say(
        f"{routes} before {screen.several(len(plan.study.exams), 'exam')}, against nothing before them, "
        f"with {screen.several(len(plan.study.seeds), 'seed')}: {screen.several(plan.trainings, 'training')} "
        f"of a tiny encoder. {screen.LAB}"
    )
    screen.say("Ctrl-C stops it; the same command goes on from there.", style="dim")
    screen.gap()


def _next_steps() -> None:
    screen.head("Surer: the whole grid of the lab, with five seeds, half an hour on two cores")
    screen.command("xstilts", "run", "lab", "--workers", "2")
    screen.head("Now yours")
    screen.command("xstilts", "list")
    screen.command("xstilts", "show", "lab-xquad")
    screen.say("Put these lines into mine.toml, with your tasks and exams:")
    for line in OWN.splitlines():
        screen.show(f"    {line}")
    screen.command("xstilts", "plan", "mine.toml")
    screen.command("xstilts", "run", "mine.toml")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
