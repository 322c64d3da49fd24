"""The lab's whole grid: what text beside a task, and a task in translation, add to the task alone.

    xstilts run lab-routes --store STORE --workers 2
    xstilts export lab-routes --store STORE --table bench/results/lab_routes.parquet
    python bench/lab_routes.py [TABLE]

Markdown: paired zero-shot gains over the plain task's route with the same seed, in points, ± half of the interval that
is corrected (Holm) for all cells of its table; ▲ ▼ sure after correction, △ ▽ on their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from xstilts.findings.statistics import estimate, family_level, holm
from xstilts.findings.table import read_table
from xstilts.findings.words import signed

KEPT = Path(__file__).parent / "results" / "lab_routes.parquet"
TASKS = ("anli-plus", "mnli", "qqp", "squad1", "squad2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa", "multi")
TRANSLATED = ("mnli", "qqp", "hellaswag")
LANGUAGES = ("lab-mid", "lab-near-script", "lab-far-vso")
OWN = {"mnli": "lab-xnli", "qqp": "lab-pawsx"}
SURE, ALONE = ("▼", "▲"), ("▽", "△")
MEAN = "mean of nine"
MATTERS = 2
"""Points from which on a task alone counts as costing or gaining."""

Seeds = dict[int, float]


class Scores:
    """Main scores by route, exam, language and seed."""

    def __init__(self, table: pl.DataFrame) -> None:
        main = table.filter("main")
        self.exams = main["exam"].unique(maintain_order=True).to_list()
        self.languages = main.filter(~pl.col("pivot"))["lang"].unique(maintain_order=True).to_list()
        self._pivot = main.filter("pivot")["lang"].unique().to_list()
        keys = main.select("route", "exam", "lang", "seed").rows()
        self._values = dict(zip(keys, main["value"], strict=True))
        self.seeds = sorted(main["seed"].unique().to_list())

    def mean(self, route: str, exam: str, seed: int, languages: Sequence[str]) -> float:
        """The mean over those of the languages that the exam has."""
        found = [value for one in languages if (value := self._values.get((route, exam, one, seed))) is not None]
        return sum(found) / len(found)

    def gain(self, route: str, plain: str, exam: str, languages: Sequence[str]) -> list[float]:
        """Of one route over another, seed by seed."""
        return [
            self.mean(route, exam, seed, languages) - self.mean(plain, exam, seed, languages) for seed in self.seeds
        ]

    def over_exams(self, route: str, plain: str, exams: Sequence[str]) -> list[float]:
        """The mean gain over exams, seed by seed."""
        each = [self.gain(route, plain, exam, self.languages) for exam in exams]
        return [sum(column) / len(column) for column in zip(*each, strict=True)]

    @property
    def pivot(self) -> list[str]:
        """The language of the training data."""
        return self._pivot


def markdown(first: str, cells: dict[tuple[str, str], list[float]]) -> str:
    """Gains as a table, corrected for all of them."""
    found = {key: estimate(values) for key, values in cells.items()}
    corrected = holm([one.p for one in found.values()])
    level = family_level("holm", corrected)
    rows, columns = ([*dict.fromkeys(key[place] for key in cells)] for place in (0, 1))
    marks = {}
    for (key, one), p in zip(found.items(), corrected, strict=True):
        signs = SURE if p is not None and p < 0.05 else ALONE if one.p is not None and one.p < 0.05 else ("", "")
        marks[key] = signs[one.mean > 0]
    lines = [f"| {first} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        shown = []
        for column in columns:
            wide = estimate(cells[row, column], level=level)
            half = "" if wide.low is None or wide.high is None else f" ± {(wide.high - wide.low) / 2:.1f}"
            shown.append(f"{signed(wide.mean, 1)}{half} {marks[row, column]}".strip())
        lines.append(f"| {row} | " + " | ".join(shown) + " |")
    sure = sum(mark in SURE for mark in marks.values())
    return "\n".join([*lines, "", f"({len(cells)} cells, {sure} sure; level of the intervals {level:.4f}.)"])


def gains(scores: Scores, pairs: Sequence[tuple[str, str]]) -> str:
    """Each pair of routes on each exam, and on all of them."""
    cells: dict[tuple[str, str], list[float]] = {}
    for route, plain in pairs:
        for exam in scores.exams:
            cells[route, exam.removeprefix("lab-")] = scores.gain(route, plain, exam, scores.languages)
        cells[route, MEAN] = scores.over_exams(route, plain, scores.exams)
    return markdown("over the task alone", cells)


def translated_into(scores: Scores) -> str:
    """What a translation brings to its own language, to the other ones and to the pivot, in the task's own exam."""
    where: dict[str, Callable[[str], list[str]]] = {
        "its language": lambda lang: [lang],
        "the other ten": lambda lang: [one for one in scores.languages if one != lang],
        "the pivot": lambda lang: scores.pivot,
    }
    cells = {
        (f"{task}-{lang.removeprefix('lab-')} → {exam.removeprefix('lab-')}", name): scores.gain(
            f"{task}-{lang.removeprefix('lab-')}", task, exam, chosen(lang)
        )
        for task, exam in OWN.items()
        for lang in LANGUAGES
        for name, chosen in where.items()
    }
    return markdown("over the task alone, in", cells)


def where_text_helps(scores: Scores) -> str:
    """What text adds where the task alone costs points, and where it gains some: chosen on the other seeds each time.

    Chosen on all seeds, what is low by chance without text would look like a gain with it.
    """
    cells = [(task, exam) for task in TASKS for exam in scores.exams]
    alone = {(task, exam): scores.gain(task, "none", exam, scores.languages) for task, exam in cells}
    added = {(task, exam): scores.gain(f"{task}-mlm", task, exam, scores.languages) for task, exam in cells}
    kinds: dict[str, Callable[[float], bool]] = {
        f"loses more than {MATTERS} points": lambda gain: gain < -MATTERS,
        "in between": lambda gain: abs(gain) <= MATTERS,
        f"gains more than {MATTERS} points": lambda gain: gain > MATTERS,
    }
    lines = ["| where the task alone, on the other seeds, | cells a seed | text adds | 95 % |", "|---|---|---|---|"]
    for kind, belongs in kinds.items():
        counts, means = [], []
        for seed in range(len(scores.seeds)):
            others = {cell: [v for i, v in enumerate(alone[cell]) if i != seed] for cell in cells}
            chosen = [cell for cell in cells if belongs(sum(others[cell]) / len(others[cell]))]
            counts.append(len(chosen))
            means.append(sum(added[cell][seed] for cell in chosen) / len(chosen))
        found = estimate(means)
        assert found.low is not None and found.high is not None
        ends = f"{signed(found.low, 1)} to {signed(found.high, 1)}"
        lines.append(f"| {kind} | {min(counts)}–{max(counts)} | {signed(found.mean, 1)} | {ends} |")
    return "\n".join(lines)


def plain(scores: Scores) -> str:
    """Scores of the plain routes: zero-shot means over seeds."""
    exams = scores.exams
    lines = [
        "| score | " + " | ".join(one.removeprefix("lab-") for one in exams) + " |",
        "|---" * (len(exams) + 1) + "|",
    ]
    for route in ("none", *TASKS):
        means = (
            sum(scores.mean(route, exam, seed, scores.languages) for seed in scores.seeds) / len(scores.seeds)
            for exam in exams
        )
        lines.append(f"| {route} | " + " | ".join(f"{one:.1f}" for one in means) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, nargs="?", default=KEPT, help="what `xstilts export --table` wrote")
    scores = Scores(read_table(parser.parse_args().table))
    with_text = [(f"{task}-mlm", task) for task in TASKS]
    translations = [(f"{task}-{lang.removeprefix('lab-')}", task) for task in TRANSLATED for lang in LANGUAGES]
    print(f"### The tasks alone, {len(scores.seeds)} seeds\n\n{plain(scores)}")
    print(f"\n### With text\n\n{gains(scores, with_text)}")
    print(f"\n### Where text helps\n\n{where_text_helps(scores)}")
    print(f"\n### In translation\n\n{gains(scores, translations)}")
    print(f"\n### Where a translation works\n\n{translated_into(scores)}")


if __name__ == "__main__":
    main()
