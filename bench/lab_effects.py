"""The lab's effects: nine intermediates and the multi-task stage on nine exams, paired by seed, world by world.

    python bench/lab_effects.py --world 0 --store runs-lab --workers 2      # the shipped world
    python bench/lab_effects.py --world 1 --encoder FOLDER --store runs-lab # another, with its own encoder
    python bench/lab_effects.py --show                                      # the tables, from what is kept

It runs `studies/lab.toml` (in the names of the world), and keeps the gains, seed by seed, in bench/results/. A store
goes on where it was stopped. `--show` prints Markdown: gains for each world, and over the worlds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from xstilts.encoders.catalogue import encoder
from xstilts.findings.gains import gains
from xstilts.findings.statistics import estimate
from xstilts.findings.table import long_table, readings
from xstilts.lab import PIVOT
from xstilts.languages import language
from xstilts.studies.grid import Route, Stage, Study
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working.work import run
from xstilts.training.recipe import Machine

RESULTS = Path(__file__).parent / "results"
MARK = {"up": "▲", "down": "▼"}


def in_world(study: Study, world: int, folder: str) -> Study:
    """The study with every lab name moved to another world."""

    def moved(name: str) -> str:
        return name.replace("lab-", f"lab{world}-", 1) if world else name

    def stage(one: Stage) -> Stage:
        return msgspec.structs.replace(one, tasks=tuple(moved(name) for name in one.tasks))

    routes = tuple(Route(name=one.name, stages=tuple(stage(s) for s in one.stages)) for one in study.routes)
    return msgspec.structs.replace(
        study,
        name=f"{study.name}-world{world}",
        encoder=msgspec.structs.replace(
            encoder(folder), retrieval_layer=study.encoder.retrieval_layer, pooling=study.encoder.pooling
        ),
        exams=tuple(moved(name) for name in study.exams),
        routes=routes,
        target_for={moved(name): recipe for name, recipe in study.target_for.items()},
    )


def measure(world: int, folder: str, store: Store, *, seeds: list[int], workers: int) -> None:
    """Run what is missing and keep the results."""
    study = in_world(load_study("lab"), world, folder)
    if seeds:
        study = msgspec.structs.replace(study, seeds=tuple(seeds))
    planned = plan(study)
    summary = run(planned, store, machine=Machine(device="cpu", threads=1), workers=workers, watch=say)
    print(f"{summary.done} steps in {summary.seconds:.0f} s; {summary.way_on or 'all done'}")
    table = long_table(store, study).with_columns(pl.col("exam").str.replace(r"^lab\d*-", "lab-"))
    found = gains(table)
    kept = {
        "world": world,
        "seeds": list(study.seeds),
        "readings": readings(table),
        "seconds": round(sum(store.read(step.digest).seconds for step in planned.steps if store.has(step.digest))),
        "gains": [brief(row) for row in found.filter(pl.col("main") & (pl.col("scope") != "language")).to_dicts()],
        "scores": [
            [row["route"], row["exam"], row["lang"], row["seed"], round(row["value"], 2)]
            for row in table.filter(pl.col("main")).to_dicts()
        ],
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(kept, separators=(",", ":")) + "\n"
    (RESULTS / f"lab_effects_world{world}.json").write_text(text, encoding="utf-8")


def brief(row: dict[str, Any]) -> dict[str, Any]:
    """A gain without what the scores say already."""
    left = ("languages", "left_out", "form", "main", "median")
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in row.items() if name not in left}


def say(event: Any) -> None:
    """A line for each finished step."""
    if event.state in ("done", "failed"):
        print(event.state, event.label, f"{event.seconds or 0:.0f}s", event.error or "", flush=True)


def kept() -> list[dict[str, Any]]:
    """All results there are, by world."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("lab_effects_world*.json"))]


def table_of(results: dict[str, Any], scope: str) -> str:
    """Gains of one world as Markdown: a row for each route, a column for each exam."""
    rows = [row for row in results["gains"] if row["scope"] == scope]
    exams = list(dict.fromkeys(row["exam"] for row in rows))
    before = {row["exam"]: row["before"] for row in rows}
    lines = ["| | " + " | ".join(exam.removeprefix("lab-") for exam in exams) + " |", "|---" * (len(exams) + 1) + "|"]
    lines.append("| *none (score)* | " + " | ".join(f"*{before[exam]:.1f}*" for exam in exams) + " |")
    for route in dict.fromkeys(row["route"] for row in rows):
        cells = {row["exam"]: row for row in rows if row["route"] == route}
        lines.append(f"| {route} | " + " | ".join(cell_of(cells.get(exam)) for exam in exams) + " |")
    return "\n".join(lines)


def cell_of(row: dict[str, Any] | None) -> str:
    """A gain with its half-width and whether it is sure."""
    if row is None:
        return "–"
    half = f" ± {(row['high'] - row['low']) / 2:.1f}" if row["low"] is not None and row["high"] is not None else ""
    return f"{row['mean']:+.1f}{half} {MARK.get(row['verdict'], '')}".strip()


HELPED = (
    ("squad1", "xquad"),
    ("squad1", "tydiqa"),
    ("mnli", "xnli"),
    ("ccg", "udpos"),
    ("qqp", "pawsx"),
    ("mnli", "tatoeba"),
)
"""Cells whose scores are shown language by language, before and after: one at least of each form."""


def by_language(every: list[dict[str, Any]]) -> str:
    """Scores of the baseline by language, with the knobs that made it, as Markdown: means over worlds and seeds."""
    exams = list(dict.fromkeys(exam for _, exam, *_ in every[0]["scores"]))
    scores = means(every)
    lines = [
        "| | unlike | order | script | text | " + " | ".join(exam.removeprefix("lab-") for exam in exams) + " |",
        "|---" * (len(exams) + 5) + "|",
    ]
    for lang in dict.fromkeys(lang for _, _, lang in scores):
        known = language(lang)
        knobs = f"{known.distance:.0%} | {known.order} | {known.script} | {known.pretraining:.0%}"
        cells = (scores.get(("none", exam, lang)) for exam in exams)
        lines.append(f"| {lang} | {knobs} | " + " | ".join("–" if c is None else f"{c:.0f}" for c in cells) + " |")
    return "\n".join(lines)


def after_by_language(every: list[dict[str, Any]]) -> str:
    """Scores before and after an intermediate stage by language as Markdown: means over worlds and seeds."""
    scores = means(every)
    names = [f"{route} → {exam}" for route, exam in HELPED]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for lang in dict.fromkeys(lang for _, _, lang in scores):
        cells = []
        for route, exam in HELPED:
            before, after = (scores.get((one, f"lab-{exam}", lang)) for one in ("none", route))
            cells.append("–" if before is None or after is None else f"{before:.0f} → {after:.0f}")
        lines.append(f"| {lang} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def means(every: list[dict[str, Any]]) -> dict[tuple[str, str, str], float]:
    """Mean score over worlds and seeds of each route, exam and language."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for results in every:
        for route, exam, lang, _, value in results["scores"]:
            found[route, exam, lang].append(value)
    return {key: sum(values) / len(values) for key, values in found.items()}


def paired(results: dict[str, Any]) -> dict[tuple[str, str], list[float]]:
    """Zero-shot gains of one world, seed by seed."""
    found: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for route, exam, lang, seed, value in results["scores"]:
        if lang != PIVOT:
            found[route, exam, seed].append(value)
    means = {key: sum(values) / len(values) for key, values in found.items()}
    before = {(exam, seed): mean for (route, exam, seed), mean in means.items() if route == "none"}
    gains: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (route, exam, seed), mean in means.items():
        if route != "none":
            gains[route, exam].append(mean - before[exam, seed])
    return gains


def zero_shot_means(every: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Mean zero-shot score over worlds, languages and seeds of each route and exam."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (route, exam, lang), value in means(every).items():
        if lang != PIVOT:
            found[route, exam].append(value)
    return {key: sum(values) / len(values) for key, values in found.items()}


def over_worlds(every: list[dict[str, Any]]) -> str:
    """Zero-shot gains over worlds and seeds: the mean of the worlds, which are the unit of the interval, and
    in how many of all pairs of a world and a seed it is positive."""
    by_world = [paired(results) for results in every]
    verdicts = [
        {
            (row["route"], row["exam"]): MARK.get(row["verdict"], "")
            for row in results["gains"]
            if row["scope"] == "zero-shot"
        }
        for results in every
    ]
    before = {exam: value for (route, exam), value in zero_shot_means(every).items() if route == "none"}
    exams = list(dict.fromkeys(exam for _, exam in by_world[0]))
    lines = ["| | " + " | ".join(exam.removeprefix("lab-") for exam in exams) + " |", "|---" * (len(exams) + 1) + "|"]
    lines.append("| *none (score)* | " + " | ".join(f"*{before[exam]:.1f}*" for exam in exams) + " |")
    for route in dict.fromkeys(route for route, _ in by_world[0]):
        cells = []
        for exam in exams:
            pairs = [gain for world in by_world for gain in world[route, exam]]
            found = estimate([sum(world[route, exam]) / len(world[route, exam]) for world in by_world])
            half = f" ± {(found.high - found.low) / 2:.1f}" if found.low is not None and found.high is not None else ""
            sure = "".join(verdicts[i].get((route, exam), "") for i in range(len(every)))
            cells.append(f"{found.mean:+.1f}{half} ({sum(gain > 0 for gain in pairs)}/{len(pairs)}) {sure}".strip())
        lines.append(f"| {route} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def show() -> None:
    """Everything kept, as Markdown."""
    every = kept()
    read = {f"{exam.removeprefix('lab-')} at {how}" for one in every for exam, how in one["readings"].items()}
    print(f"Sentences compared: {', '.join(sorted(read))}. Steps took, one after another, {took(every)}.\n")
    print(f"### Over {len(every)} worlds: zero-shot gains\n\n{over_worlds(every)}")
    print(f"\n### Scores without an intermediate stage, by language\n\n{by_language(every)}")
    print(f"\n### Before and after, by language\n\n{after_by_language(every)}")
    for results in every:
        print(f"\n### World {results['world']}, {len(results['seeds'])} seeds: zero-shot gains\n")
        print(table_of(results, "zero-shot"))
        print(f"\n### World {results['world']}: gains in the pivot\n")
        print(table_of(results, "pivot"))


def took(every: list[dict[str, Any]]) -> str:
    """The time of each world's steps."""
    return ", ".join(f"{one['seconds'] / 60:.0f} minutes in world {one['world']}" for one in every)


def main() -> None:
    """Measure or show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=int, default=0)
    parser.add_argument("--encoder", default="lab")
    parser.add_argument("--store", type=Path, default=Path("runs-lab"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    if not given.show:
        measure(given.world, given.encoder, Store(given.store), seeds=given.seeds, workers=given.workers)
    show()


if __name__ == "__main__":
    main()
