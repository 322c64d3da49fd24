"""What `xstilts score` shows of cases."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from xstilts.cli import screen
from xstilts.scoring.cases import Outcome, score_case

AGREES = {True: ("yes", "green"), False: ("no", "red"), None: ("–", "")}
MOST = 5
"""Metrics of a case that fit into a line."""


def show_cases(paths: Sequence[Path], *, task: str | None, language: str | None, lenient: bool, as_json: bool) -> bool:
    """Score cases and print them, as a table or as JSON lines; whether all are as expected."""
    found = (score_case(path, task=task, language=language, lenient=lenient) for path in paths)
    if as_json:
        good = True
        for one in found:
            print_json(_told(one))
            good = good and one.good
        return good
    outcomes = list(found)
    rows = [(one.case, _metrics(one), screen.cell(*AGREES[one.agrees]), _remark(one)) for one in outcomes]
    screen.table(["case", "scores", "agrees", ""], rows)
    screen.say(_summary(outcomes))
    return all(one.good for one in outcomes)


def print_json(told: Mapping[str, Any]) -> None:
    """One line of strict JSON, in ASCII: what is no number is null."""
    sys.stdout.write(json.dumps(_plain(told), allow_nan=False) + "\n")
    sys.stdout.flush()


def _told(one: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "case": one.case,
        "task": one.task,
        "language": one.language,
        "metrics": one.metrics,
        "agrees": one.agrees,
        "error": one.error or None,
    }
    if one.why:
        told["why"] = one.why
    if one.notes:
        told["notes"] = list(one.notes)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _metrics(one: Outcome) -> str:
    """The metrics in a line; of a whole benchmark the overall ones."""
    metrics = one.metrics or {}
    flat = metrics.get("overall", metrics)
    shown = [f"{name} {_number(value)}" for name, value in flat.items() if not isinstance(value, Mapping)]
    return "  ".join(shown[:MOST] + (["…"] if len(shown) > MOST else []))


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
    return "none" if value is None else str(value)


def _remark(one: Outcome) -> Text:
    said = Text("\n").join(
        screen.cell(text, style)
        for text, style in [
            (one.why, "red"),
            (f"refused: {one.error}" if one.error else "", "red" if not one.good else "dim"),
            *((note, "dim") for note in one.notes),
        ]
        if text
    )
    return said


def _summary(outcomes: Iterable[Outcome]) -> str:
    found = list(outcomes)
    agree, differ = (sum(one.agrees is wanted for one in found) for wanted in (True, False))
    free = [one for one in found if one.agrees is None]
    refused = sum(bool(one.error) for one in free)
    parts = [
        f"{agree} as expected" if agree or differ else "",
        f"{differ} not as expected" if differ else "",
        f"{len(free) - refused} scored, nothing expected" if len(free) > refused else "",
        f"{refused} refused" if refused else "",
    ]
    return f"{screen.several(len(found), 'case')}: {', '.join(part for part in parts if part)}."
