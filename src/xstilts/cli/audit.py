"""`xstilts audit`: what is wrong with a machine-written synthesis of papers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from xstilts.cli import screen
from xstilts.errors import BadInput
from xstilts.findings.audit import KINDS, Audit, Finding, read_synthesis
from xstilts.findings.audit import audit as check

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Syntheses as text; several are checked against each other too.")
]
MOST = 90
"""Characters of a claim that are shown."""


def audit(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")] = False,
) -> None:
    """Say what is wrong with syntheses of papers that machines wrote, from their text alone.

    Found are cut claims, claims that stand twice, claims without a place in a source, references that nothing rests on,
    confidences without meaning, and questions that nobody answers. Whether a claim is true is not looked at.
    """
    documents = [read_synthesis(path) for path in _files(files)]
    found = check(documents)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for name in found.files:
        _say_file(name, [one for one in found.findings if one.file == name])
    _say_totals(found)


def _files(given: list[Path]) -> list[Path]:
    """The files; of a folder, the texts in it."""
    found = []
    for path in given:
        inside = sorted(one for one in path.iterdir() if one.suffix in (".txt", ".md")) if path.is_dir() else [path]
        if not inside:
            raise BadInput(f"There is no text (.txt, .md) in {path}.", way_out="Give the syntheses themselves.")
        found += inside
    names = Counter(path.name for path in found)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice is not None:
        raise BadInput(f"Two of the files are called {twice}.", way_out="Give each once, or rename one.")
    return found


def _say_file(name: str, findings: list[Finding]) -> None:
    screen.head(f"{name}: {screen.several(len(findings), 'finding') if findings else 'nothing found'}")
    for kind, about in KINDS.items():
        mine = [one for one in findings if one.kind == kind]
        if not mine:
            continue
        screen.say(f"{kind}: {about}", style="bold", indent=2)
        for one in mine:
            text = f" “{one.text[:MOST]}{'…' if len(one.text) > MOST else ''}”" if one.text else ""
            screen.say(f"line {one.line}: {one.says}{text}", indent=4)


def _say_totals(found: Audit) -> None:
    screen.head("Together" if len(found.files) > 1 else "In numbers")
    questions = f"{found.answered} of {screen.several(found.questions, 'question')} answered"
    screen.facts(
        [
            ("claims", f"{found.rows:,}, of which {found.distinct:,} distinct"),
            ("cut", f"{found.cut:,} ({found.unclosed:,} without a closing mark)"),
            ("ticked", f"{found.ticked:,} of {found.rows:,}"),
            ("mean confidence", "" if found.confidence is None else f"{found.confidence:.2f}"),
            ("with a locator", f"{found.located:,}"),
            ("references", f"{found.references:,}, of which {found.never_used:,} never used"),
            ("questions", questions if found.questions else "none asked"),
        ]
    )
