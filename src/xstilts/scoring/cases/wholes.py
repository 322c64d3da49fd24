"""Cases that are a whole benchmark: from scores (`scores.jsonl`), or from gold and predictions of every language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from xstilts.errors import BadInput, unknown
from xstilts.scoring.cases.pairs import (
    Pair,
    Scored,
    answers,
    entities,
    given_pairs,
    labels,
    mlqa_answers,
    numbers,
    tags,
)
from xstilts.scoring.cases.reading import Folder, Row
from xstilts.scoring.cases.up import MEASURES, written
from xstilts.scoring.suites import SUITES, Standing, Suite, by_metric, standing
from xstilts.scoring.up import Entry, up_standing

PARTS = {
    "xnli": labels,
    "pawsx": labels,
    "tatoeba": labels,
    "xcopa": numbers,
    "udpos": tags,
    "panx": tags,
    "xquad": answers,
    "tydiqa": answers,
    "mlqa": mlqa_answers,
    "bucc2018": given_pairs,
    "mewslix": entities,
}
"""Task of XTREME or XTREME-R → how one language of it is scored."""

Scores = dict[str, dict[str, dict[str, float]]]


def suite(folder: Folder, pair: Pair, *, version: str) -> Scored:
    """XTREME or XTREME-R."""
    version = str(pair.params.get("version", version))
    if version not in SUITES:
        raise BadInput(f"expected.json: there is no version {version!r}.", way_out=f"Known: {', '.join(SUITES)}.")
    whole = SUITES[version]
    if folder.has("scores.jsonl"):
        scores, notes = _given_scores(folder.rows("scores.jsonl"), whole, lenient=pair.lenient)
        return _told(whole, standing(whole, scores), notes)
    scores, notes = _computed_scores(pair, whole)
    found = _told(whole, standing(whole, scores), notes)
    return Scored(found.metrics | {"languages": by_metric(whole, scores)}, notes=found.notes)


def _told(whole: Suite, found: Standing, notes: tuple[str, ...]) -> Scored:
    if found.missing:
        notes += (f"not the whole of {whole.name}: without {', '.join(found.missing)}",)
    return Scored(
        {"overall": found.overall, "tasks": found.tasks, "transfer_gap": found.transfer_gap},
        notes=notes,
    )


def _given_scores(rows: list[Row], whole: Suite, *, lenient: bool) -> tuple[Scores, tuple[str, ...]]:
    found: Scores = {}
    strange: list[str] = []
    for row in rows:
        task, lang = row.text("task"), row.text("language")
        if not _belongs(whole, task, lang, row, lenient=lenient):
            strange.append(f"{task} {lang}")
            continue
        metrics = row.any("metrics")
        if not isinstance(metrics, dict) or not metrics:
            raise row.wrong("metrics", "an object, metric → score", metrics)
        inner = Row(row.where, metrics)
        scores = {metric: inner.number(metric) for metric in metrics}
        if not all(map(math.isfinite, scores.values())):
            raise BadInput(f"{row.where}: a score is no finite number.", way_out="Score that language again.")
        if lang in found.setdefault(task, {}) and not lenient:
            raise BadInput(f"{row.where}: {task} in {lang} has a score before.", way_out="Keep one of the two rows.")
        found[task][lang] = scores
    return found, _strange(strange, whole)


def _computed_scores(pair: Pair, whole: Suite) -> tuple[Scores, tuple[str, ...]]:
    golds, predictions = _by_part(pair.gold, pair.lenient), _by_part(pair.predictions, pair.lenient)
    both = {task for task, _ in golds} & {task for task, _ in predictions}
    found: Scores = {}
    strange: list[str] = []
    for (task, lang), row in golds.items():
        if task not in both:
            continue
        if not _belongs(whole, task, lang, row, lenient=pair.lenient):
            strange.append(f"{task} {lang}")
            continue
        if (task, lang) not in predictions:
            raise BadInput(f"predictions.jsonl: there is nothing for {task} in {lang}.", way_out="Add it.")
        other = predictions[task, lang]
        part = Pair(row.rows("rows"), other.rows("rows"), lang, lenient=pair.lenient)
        found.setdefault(task, {})[lang] = _named(task, lang, PARTS[task], part).metrics
    if "mewslix" in found:
        found["mewslix"] = {lang: {"map@20": one["map@20"]} for lang, one in found["mewslix"].items()}
    return found, _strange(strange, whole)


def _by_part(rows: list[Row], lenient: bool) -> dict[tuple[str, str], Row]:
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        part = (row.text("task"), row.text("language"))
        if part in found and not lenient:
            raise BadInput(
                f"{row.where}: {part[0]} in {part[1]} was there before.", way_out="Keep one of the two rows."
            )
        found[part] = row
    return found


def _belongs(whole: Suite, task: str, lang: str, row: Row, *, lenient: bool) -> bool:
    """Whether a score counts. The official program passes over what it does not know, and fails on homeless tasks."""
    if task in whole.homeless and not lenient:
        raise BadInput(
            f"{row.where}: the official average of {whole.name} has no place for {task} and fails on it.",
            way_out="Leave the task out, or add --lenient: then it is passed over.",
        )
    return lang in whole.languages.get(task, ())


def _strange(strange: list[str], whole: Suite) -> tuple[str, ...]:
    if not strange:
        return ()
    shown = ", ".join(strange[:4]) + (" …" if len(strange) > 4 else "")
    return (f"not in {whole.name} and not counted: {shown}",)


def up_suite(folder: Folder, pair: Pair) -> Scored:
    """XTREME-UP."""
    given = folder.has("scores.jsonl")
    entries = [_entry(row) for row in folder.rows("scores.jsonl")] if given else _computed_entries(pair)
    found = up_standing(entries)
    metrics: dict[str, Any] = {
        "total_official_code": found.total,
        "total_asr_inverted": found.total_asr_inverted,
        "tasks": found.tasks,
        "n_counted_languages": found.counted,
    }
    if not given:
        languages: dict[str, dict[str, dict[str, float | None]]] = {}
        for entry in entries:
            languages.setdefault(entry.task, {}).setdefault(MEASURES[entry.task].name, {})[entry.language] = entry.score
        metrics["languages"] = languages
    return Scored(metrics, notes=_holes(found.missing, found.tasks))


def _entry(row: Row) -> Entry:
    score = None if row.any("score") is None else row.number("score")
    if score is not None and not math.isfinite(score):
        raise BadInput(f"{row.where}: the score is no finite number.", way_out="Write null where there is none.")
    if not row.text("metric"):
        raise BadInput(f"{row.where}: the metric is empty.", way_out="Name it.")
    return Entry(row.text("task"), row.text("language"), row.text("metric"), score)


def _computed_entries(pair: Pair) -> list[Entry]:
    golds, predictions = _by_part(pair.gold, pair.lenient), _by_part(pair.predictions, pair.lenient)
    entries = []
    for (task, lang), row in golds.items():
        if task not in MEASURES:
            error = unknown("task of XTREME-UP", task, MEASURES)
            raise BadInput(f"{row.where}: {error.wrong}", way_out=error.way_out)
        if (task, lang) not in predictions:
            raise BadInput(f"predictions.jsonl: there is nothing for {task} in {lang}.", way_out="Add it.")
        part = Pair(row.rows("rows"), predictions[task, lang].rows("rows"), lang, lenient=pair.lenient)
        score = _named(task, lang, partial(written, MEASURES[task]), part)
        entries.append(Entry(task, lang, MEASURES[task].official or MEASURES[task].name, *score.metrics.values()))
    return entries


def _named(task: str, lang: str, score: Callable[[Pair], Scored], part: Pair) -> Scored:
    """A part's score, or its error with the part's name."""
    try:
        return score(part)
    except BadInput as error:
        raise BadInput(f"{task} in {lang}: {error.wrong}", way_out=error.way_out) from error


def _holes(missing: tuple[str, ...], tasks: Mapping[str, float | None]) -> tuple[str, ...]:
    notes = []
    if missing:
        notes.append(f"not the whole of XTREME-UP: without {', '.join(missing)}")
    empty = [task for task, score in tasks.items() if score is None]
    if empty:
        notes.append(f"languages without a score in {', '.join(empty)}")
    return tuple(notes)
