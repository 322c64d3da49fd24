"""`xstilts plan`: what a study would do, as a tree, with its cost. Nothing is trained, and nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.text import Text
from rich.tree import Tree

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, StudyName, at
from xstilts.studies.ledgers import load_ledger
from xstilts.studies.narrow import narrow
from xstilts.studies.planning.cost import Cost, cost, measured
from xstilts.studies.planning.devices import device
from xstilts.studies.planning.plan import NOT_HERE, Plan
from xstilts.studies.planning.power import detectable
from xstilts.studies.planning.tree import Branch, as_dict, as_dot, counts, tree
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study

MEASURED = "measured"
SHOWN = 12
"""Warnings that are shown; --json has all."""


def plan(
    study: StudyName,
    store: StoreFolder = STORE,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only these: route=mnli,qqp or exam=, language=, seed=.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option("--skip", help="All but these, written the same way.")] = None,
    on: Annotated[
        str, typer.Option("--device", help="Whose hours to estimate: h100, a100, …, or measured by finished runs.")
    ] = "h200",
    full: Annotated[bool, typer.Option("--all", help="Every branch, also those that are alike.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="The whole plan for programs, every step with its digest.")
    ] = False,
    dot: Annotated[bool, typer.Option("--dot", help="The tree for Graphviz.")] = False,
) -> None:
    """Show what a study would do, and what it costs. Nothing is trained."""
    kept = Store(store)
    planned = known(narrow(load_study(study), only or (), skip or ()), kept)
    ledgers = [load_ledger(name) for name in planned.study.claims]
    there = (measured(kept.runs(), planned) if on == MEASURED else None) or device("h200" if on == MEASURED else on)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(as_dict(planned, there)), indent=2).decode())
        return
    if dot:
        typer.echo(as_dot(planned))
        return
    screen.head(f"Study {planned.study.name}")
    if planned.study.question:
        screen.say(planned.study.question)
    screen.gap()
    screen.console().print(_drawn(tree(planned), _Alike(full=full)))
    screen.gap()
    _costs(planned, cost(planned, there))
    if on == MEASURED and there.name == "h200":
        screen.warn("No finished training of this study tells its speed: the hours are those of an h200.")
    for ledger in ledgers:
        screen.say(f"claims: {len(ledger.claims)} of {ledger.name}, as they stand in {ledger.digest}")
    _doubts(planned)
    screen.own_up(lang for step in planned.steps for lang in step.languages)
    screen.gap()
    if only or skip:
        screen.say(
            "A part of the study: `run` does all of it. A study file of the part alone would share its trainings."
        )
        return
    screen.command("xstilts", "run", study, *at(store))


class _Alike:
    """What follows a training, drawn once: the next that is followed by the same says only that."""

    def __init__(self, *, full: bool) -> None:
        self.full = full
        self.seen: dict[bytes, str] = {}

    def said(self, branch: Branch) -> str:
        """Whose following is the same and was drawn; empty where it is to be drawn now."""
        if self.full or not any(child.children for child in branch.children):
            return ""
        key = msgspec.json.encode(branch.children)
        if key in self.seen:
            return self.seen[key]
        self.seen[key] = branch.label
        return ""


def _drawn(branch: Branch, alike: _Alike, into: Tree | None = None) -> Tree:
    label = _label(branch)
    # The encoder's own children are the baseline and every route: no other branch is followed by the same.
    as_after = "" if branch.kind == "encoder" or branch.cannot else alike.said(branch)
    if as_after:
        label += screen.cell(f", then as after {as_after}", "dim")
    if branch.cannot and branch.children:
        label += screen.cell(f", nor {_below(branch)} after it", "dim")
    node = Tree(label, guide_style="dim") if into is None else into.add(label)
    for child in () if as_after or branch.cannot else branch.children:
        _drawn(child, alike, node)
    return node


def _below(branch: Branch) -> str:
    """How much follows a branch."""

    def count(one: Branch) -> int:
        return one.times + sum(map(count, one.children))

    return screen.several(sum(map(count, branch.children)), "step")


def _label(branch: Branch) -> Text:
    times = f" × {screen.several(branch.times, 'seed')}" if branch.kind != "encoder" else ""
    cannot = screen.cell("  not here", "yellow") if branch.cannot else Text()
    if branch.kind == "test":
        about = f"{screen.several(branch.languages, 'language')}{times}"
        return screen.cell(branch.label, "cyan") + screen.cell(f"  exam, {about}", "dim") + cannot
    if branch.kind == "encoder":
        return screen.cell(branch.label, "bold")
    seen = "as long as its data" if branch.examples is None else f"{branch.examples:,} examples"
    return screen.cell(f"train {branch.label}") + screen.cell(f"  {seen}{times}", "dim") + cannot


def _costs(planned: Plan, money: Cost) -> None:
    count = counts(planned)
    shared = count.trainings_unshared - count.trainings
    seen = f"{count.examples:,}"
    if count.unknown:
        seen += f", and those of {screen.several(count.unknown, 'training')} whose length only the data can tell"
    screen.facts(
        [
            ("results", f"{count.cells:,} (routes × exams × seeds)"),
            ("trainings", f"{count.trainings:,}, not {count.trainings_unshared:,}: {shared:,} are shared"),
            ("exams sat", f"{count.tests:,}"),
            ("training examples", seen),
            *_estimates(money),
            ("smallest gain to be seen", _seen(len(planned.study.seeds))),
        ]
    )


def _estimates(money: Cost) -> Iterator[tuple[str, str]]:
    if money.training_flops is None or money.exam_flops is None or money.disk is None or money.disk_worker is None:
        yield "operations", "unknown: the encoder's config is not here"
        return
    without = ""
    if money.unknown_exams:
        without = f", without {', '.join(money.unknown_exams)}, whose size is not known here"
    yield "operations", f"{money.training_flops:.2g} of trainings, {money.exam_flops:.2g} of exams{without}"
    if money.hours is not None:
        yield f"hours on one {money.device}", f"{_hours(money.hours)} (an estimate; --json says what it rests on)"
    peak, further = screen.size(money.disk), screen.size(money.disk_worker)
    yield "disk at its peak", f"{peak} of weights and checkpoints; up to {further} more for each further worker"


def _some(names: tuple[str, ...], *, most: int = 3) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}" if hours >= 0.1 else f"{hours:.2g}"


def _seen(seeds: int) -> str:
    found = detectable(seeds)
    if found is None:
        return "none: one seed has no interval"
    return (
        f"{found.points:.1f} points with {seeds} seeds, in 80% of such studies, if gains vary by {found.spread:.1f} "
        "from seed to seed (an assumption)"
    )


def _doubts(planned: Plan) -> None:
    """What the plan could not look up, and what it warns of."""
    if NOT_HERE in planned.identity:
        screen.warn(f"not here: the encoder {planned.study.encoder.source}. Make or bring it before `xstilts run`.")
    for name, why in planned.absent.items():
        steps = sum(planned.cannot(step).startswith(f"{name}: ") for step in planned.steps)
        screen.warn(f"not here: {name} ({screen.several(steps, 'step')} cannot be done). {why}")
    if planned.open:
        screen.warn(
            f"not looked up: {screen.several(len(planned.open), 'branch', 'branches')} on the Hub "
            f"({_some(planned.open)}). The first run asks for their commits and keeps them; until then the digests of "
            "what reads them are not settled."
        )
    for name in planned.changed:
        screen.warn(f"changed since the first run here: {name}. What reads it is done again.")
    for warning in planned.warnings[:SHOWN]:
        screen.warn(warning)
    if len(planned.warnings) > SHOWN:
        screen.say(f"and {len(planned.warnings) - SHOWN} more warnings: xstilts plan --json has them")
