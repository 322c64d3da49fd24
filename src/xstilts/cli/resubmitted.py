"""What `xstilts score --submission` shows: the tasks of a leaderboard's folder, their averages, and the holes."""

from __future__ import annotations

from pathlib import Path

from xstilts.cli import screen
from xstilts.cli.scored import print_json
from xstilts.errors import XstiltsError
from xstilts.tasks import Suite
from xstilts.tasks.resubmitted import Resubmitted, resubmitted


def show(folder: Path, suite: Suite, *, lenient: bool, as_json: bool) -> bool:
    """Read and score the folder, and print what it comes to; False if it was refused and the JSON says so."""
    if as_json:
        return _print(folder, suite, lenient=lenient)
    found = resubmitted(folder, suite, lenient=lenient)
    rows = [_row(part.task, found) for part in suite.parts if part.task in found.scores]
    screen.table(["task", "average", "to English", "languages", ""], rows, right=["average", "to English", "languages"])
    overall = found.averages.overall
    if overall:
        screen.say("  ".join(f"{name} {score:.2f}" for name, score in overall.items()))
    if found.standing.whole:
        screen.say(f"This is {found.standing.called}, with every exam and language.")
    else:
        screen.warn(f"This is {found.standing.called}. Missing:")
        for line in found.standing.lines:
            screen.say(line, indent=2)
    for note in found.notes:
        screen.say(note, indent=2)
    return True


def _row(task: str, found: Resubmitted) -> tuple[str, str, str, str, str]:
    """A task with its average, or without one where languages are missing."""
    languages = found.scores[task]
    averages = found.averages.tasks.get(task)
    gap = found.averages.transfer_gap.get(task, {})
    away = next((gap[name] for name in ("metric", "f1", "accuracy") if name in gap), None)
    said = "  ".join(f"{name.removeprefix('avg_')} {value:.2f}" for name, value in (averages or {}).items()
                     if name != "avg_metric")  # fmt: skip
    return (
        task,
        "" if averages is None else f"{averages['avg_metric']:.2f}",
        "" if away is None else f"{away:+.2f}",
        str(len(languages)),
        said or "no average: languages are missing",
    )


def _print(folder: Path, suite: Suite, *, lenient: bool) -> bool:
    """One object, of the shape that a case of a whole benchmark has."""
    told = {"case": folder.resolve().name, "task": f"suite_{suite.name.replace('-', '_')}", "language": "all"}
    try:
        found = resubmitted(folder, suite, lenient=lenient)
    except XstiltsError as error:
        print_json(told | {"metrics": None, "agrees": None, "error": str(error)})
        return False
    by_metric: dict[str, dict[str, dict[str, float]]] = {}
    for task, languages in found.scores.items():
        for lang, metrics in languages.items():
            for metric, score in metrics.items():
                by_metric.setdefault(task, {}).setdefault(metric, {})[lang] = score
    averages = found.averages
    whole: dict[str, object] = {
        "overall": averages.overall, "tasks": averages.tasks, "transfer_gap": averages.transfer_gap,
        "languages": by_metric,
    }  # fmt: skip
    more = {"notes": list(found.notes)} if found.notes else {}
    holes = {
        part.task: list(found.standing.holes[part.exam]) for part in suite.parts if part.exam in found.standing.holes
    }
    print_json(told | {"metrics": whole, "agrees": None, "error": None, "holes": holes} | more)
    return True
