"""`xstilts doctor`: are this machine and this installation fit to work? Every line is ok, warn or fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import datachecks, screen
from xstilts.cli.checks import Check, examinations
from xstilts.cli.leakchecks import leak_checks
from xstilts.cli.options import STORE
from xstilts.cli.storechecks import store_checks
from xstilts.errors import XstiltsError
from xstilts.tasks import suite

STYLE = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="With --leaks: tasks, exams or studies; all without one."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Read a whole store and compare it with its sums.")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="With --store: mend what it names, as it says.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Read and check all data that is here.")] = False,
    suite_name: Annotated[str, typer.Option("--suite", help="Only the data of a suite: xtreme, xtreme-r.")] = "",
    online: Annotated[bool, typer.Option("--online", help="With --data or --suite: fetch from the Hub too.")] = False,
    leaks: Annotated[bool, typer.Option("--leaks", help="Look for test rows that stand in training data.")] = False,
) -> None:
    """Check this machine and installation, or a store, or the data. Exits with 1 if something must be put right."""
    if names and not leaks:
        raise XstiltsError(f"{names[0]!r} is named for nothing.", way_out="Names are for --leaks; suites for --suite.")
    if repair and store is None:
        raise XstiltsError("--repair is for a store.", way_out="Say which with --store.")
    states = []
    checks: Iterator[Check]
    if leaks:
        checks = leak_checks(names or [])
    elif suite_name:
        checks = datachecks.suite_data(suite(suite_name), online=online)
    elif data:
        checks = datachecks.data(online=online)
    elif store is not None:
        checks = store_checks(store, repair=repair)
    else:
        checks = examinations(STORE)
    for check in checks:
        screen.say(screen.cell(f"{check.state:<4}", STYLE[check.state]), f"{check.name}: {check.found}")
        if check.way_out:
            screen.say(check.way_out, indent=5)
        states.append(check.state)
    screen.gap()
    bad, doubtful = states.count("fail"), states.count("warn")
    if bad:
        if suite_name:
            screen.say(f"What is here is not {suite(suite_name).title} but a part of it.")
        screen.complain(f"{screen.several(bad, 'thing')} to put right.", kind="")
        raise typer.Exit(1)
    if leaks:
        screen.say("Gains on rows that were seen before are no transfer." if doubtful else "Nothing leaks.")
        return
    if suite_name:
        screen.say(f"{suite(suite_name).title} is whole.")
        return
    if data:
        screen.say("All that is here loads.")
        return
    if store is not None:
        screen.say("The store is sound." if not doubtful else "The store can be trusted.")
        return
    doubts = f", with {screen.several(doubtful, 'warning')}" if doubtful else ""
    screen.say(f"Fit to work{doubts}. Try:")
    screen.command("xstilts", "demo")
