"""XTREME and XTREME-R as wholes: averages of tasks, groups of tasks, and the gap between English and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xstilts.errors import BadInput
from xstilts.languages import benchmarks

Scores = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Task → language → metric → score."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A benchmark: its tasks with their languages, and its groups."""

    name: str
    languages: Mapping[str, tuple[str, ...]]
    """Task → the languages that its average is over."""
    groups: Mapping[str, tuple[str, ...]]
    homeless: tuple[str, ...] = ()
    """Tasks that belong to it, but that its official program has no average for: so the whole has no score."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a suite's scores come to, and what is not there."""

    overall: dict[str, float]
    """Groups of which every task is there; `all_task` only where the suite is whole."""
    tasks: dict[str, dict[str, float]]
    """Task → averages over its languages, `avg_metric` the one that counts."""
    transfer_gap: dict[str, dict[str, float]]
    """Task → metric → English minus the mean of the others."""
    missing: tuple[str, ...]


_QA = ("xquad", "mlqa", "tydiqa")

XTREME = Suite(
    name="XTREME",
    languages=benchmarks.XTREME,
    groups={
        "classification": ("pawsx", "xnli"),
        "tagging": ("udpos", "panx"),
        "qa": _QA,
        "retrieval": ("bucc2018", "tatoeba"),
    },
)

XTREME_R = Suite(
    name="XTREME-R",
    languages={task: codes for task, codes in benchmarks.XTREME_R.items() if task != "lareqa"},
    groups={
        "classification": ("xnli", "xcopa"),
        "tagging": ("udpos", "panx"),
        "qa": _QA,
        "retrieval": ("tatoeba", "mewslix"),
        "multi_choice": ("xcopa",),
    },
    homeless=("lareqa",),
)

SUITES = {"xtreme": XTREME, "xtreme-r": XTREME_R}


def standing(suite: Suite, scores: Scores) -> Standing:
    """Averages of what is there. A task that is there must be there in all its languages; others are passed over."""
    tasks = {task: _averages(suite, task, scores[task]) for task in suite.languages if task in scores}
    missing = tuple(task for task in suite.languages if task not in tasks)
    overall = {
        group: _mean([tasks[task]["avg_metric"] for task in members])
        for group, members in suite.groups.items()
        if all(task in tasks for task in members)
    }
    if not missing and not suite.homeless:
        overall["all_task"] = _mean([averages["avg_metric"] for averages in tasks.values()])
    gaps = {task: transfer_gap(_by_metric(suite, task, scores[task])) for task in tasks}
    return Standing(overall, tasks, {task: gap for task, gap in gaps.items() if gap}, missing + suite.homeless)


def transfer_gap(by_metric: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Metric → English minus the mean of the other languages; for answers also of the mean of both metrics."""
    gaps = {
        metric: by_lang["en"] - _mean([score for lang, score in by_lang.items() if lang != "en"])
        for metric, by_lang in by_metric.items()
        if "en" in by_lang and len(by_lang) > 1
    }
    if gaps.keys() >= {"exact_match", "f1"}:
        gaps["metric"] = (gaps["exact_match"] + gaps["f1"]) / 2
    return gaps


def by_metric(suite: Suite, scores: Scores) -> dict[str, dict[str, dict[str, float]]]:
    """Task → metric → language → score, of the suite's tasks and languages."""
    return {task: _by_metric(suite, task, scores[task]) for task in suite.languages if task in scores}


def _by_metric(suite: Suite, task: str, scores: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    absent = [lang for lang in suite.languages[task] if lang not in scores]
    if absent:
        raise BadInput(
            f"{suite.name}'s average of {task} is over {len(suite.languages[task])} languages; "
            f"there is none of {', '.join(absent)}.",
            way_out="Add these languages, or leave the task out.",
        )
    found: dict[str, dict[str, float]] = {}
    for lang in suite.languages[task]:
        for metric, score in scores[lang].items():
            found.setdefault(metric, {})[lang] = score
    return found


def _averages(suite: Suite, task: str, scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    metrics = _by_metric(suite, task, scores)
    averages = {f"avg_{metric}": _mean(list(by_lang.values())) for metric, by_lang in metrics.items()}
    averages["avg_metric"] = _counts(suite, task, averages)
    return averages


def _counts(suite: Suite, task: str, averages: Mapping[str, float]) -> float:
    """The average that stands for the task."""
    if task in suite.groups["qa"]:
        if not averages.keys() >= {"avg_exact_match", "avg_f1"}:
            raise BadInput(f"{task} needs both exact_match and f1.", way_out="Give both metrics.")
        return (averages["avg_exact_match"] + averages["avg_f1"]) / 2
    for metric in ("avg_f1", "avg_accuracy", "avg_map@20"):
        if metric in averages:
            return averages[metric]
    raise BadInput(f"{task} has none of the metrics f1, accuracy and map@20.", way_out="Give the one of the task.")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
