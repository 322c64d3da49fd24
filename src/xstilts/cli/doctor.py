"""`xstilts doctor`: are this machine and this installation fit to work? Every line is ok, warn or fail."""

from __future__ import annotations

import typer

from xstilts.cli import screen
from xstilts.cli.checks import examinations
from xstilts.cli.options import STORE, StoreFolder

STYLE = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(store: StoreFolder = STORE) -> None:
    """Check this machine and this installation. Exits with 1 if something must be put right."""
    states = []
    for check in examinations(store):
        screen.say(screen.cell(f"{check.state:<4}", STYLE[check.state]), f"{check.name}: {check.found}")
        if check.way_out:
            screen.say(check.way_out, indent=5)
        states.append(check.state)
    screen.gap()
    bad, doubtful = states.count("fail"), states.count("warn")
    if bad:
        screen.complain(f"{screen.several(bad, 'thing')} to put right.", kind="")
        raise typer.Exit(1)
    doubts = f", with {screen.several(doubtful, 'warning')}" if doubtful else ""
    screen.say(f"Fit to work{doubts}. Try:")
    screen.command("xstilts", "demo")
