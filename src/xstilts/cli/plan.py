"""`xstilts plan`: what a study would do, as a tree, with its cost."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.text import Text
from rich.tree import Tree

from xstilts.cli import screen
from xstilts.cli.options import StudyName
from xstilts.findings.claims import load_ledger
from xstilts.studies import plan as planning
from xstilts.studies.plan import Plan
from xstilts.studies.study import load_study
from xstilts.studies.tree import Branch, as_dict, counts, tree


def plan(
    study: StudyName,
    json: Annotated[
        bool, typer.Option("--json", help="The whole plan for programs, every step with its digest.")
    ] = False,
) -> None:
    """Show what a study would do, and what it costs. Nothing is trained."""
    planned = planning.plan(load_study(study))
    ledgers = [load_ledger(name) for name in planned.study.claims]
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(as_dict(planned)), indent=2).decode())
        return
    screen.head(f"Study {planned.study.name}")
    if planned.study.question:
        screen.say(planned.study.question)
    screen.gap()
    screen.console().print(_drawn(tree(planned)))
    screen.gap()
    _costs(planned)
    for ledger in ledgers:
        screen.say(f"claims: {len(ledger.claims)} of {ledger.name}, as they stand in {ledger.digest}")
    for warning in planned.warnings:
        screen.warn(warning)
    screen.own_up(lang for step in planned.steps for lang in step.languages)
    screen.gap()
    screen.command("xstilts", "run", study)


def _drawn(branch: Branch, into: Tree | None = None) -> Tree:
    label = _label(branch)
    node = Tree(label, guide_style="dim") if into is None else into.add(label)
    for child in branch.children:
        _drawn(child, node)
    return node


def _label(branch: Branch) -> Text:
    times = f" × {screen.several(branch.times, 'seed')}" if branch.kind != "encoder" else ""
    if branch.kind == "test":
        about = f"{screen.several(branch.languages, 'language')}{times}"
        return screen.cell(branch.label, "cyan") + screen.cell(f"  exam, {about}", "dim")
    if branch.kind == "encoder":
        return screen.cell(branch.label, "bold")
    seen = "as long as its data" if branch.examples is None else f"{branch.examples:,} examples"
    return screen.cell(f"train {branch.label}") + screen.cell(f"  {seen}{times}", "dim")


def _costs(planned: Plan) -> None:
    cost = counts(planned)
    shared = cost.trainings_unshared - cost.trainings
    seen = f"{cost.examples:,}"
    if cost.unknown:
        seen += f", and those of {screen.several(cost.unknown, 'training')} whose length only the data can tell"
    screen.facts(
        [
            ("results", f"{cost.cells:,} (routes × exams × seeds)"),
            ("trainings", f"{cost.trainings:,}, not {cost.trainings_unshared:,}: {shared:,} are shared"),
            ("exams sat", f"{cost.tests:,}"),
            ("training examples", seen),
        ]
    )
