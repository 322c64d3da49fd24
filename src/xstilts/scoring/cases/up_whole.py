"""Cases that are the whole of XTREME-UP: from scores (`scores.jsonl`), or from gold and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from xstilts.errors import BadInput, unknown
from xstilts.scoring.cases.pairs import Pair, Scored
from xstilts.scoring.cases.reading import Folder
from xstilts.scoring.cases.rows import Row
from xstilts.scoring.cases.up import MEASURES, written
from xstilts.scoring.cases.wholes import by_part, named, some
from xstilts.scoring.up import Entry, up_standing


def up_suite(folder: Folder, pair: Pair) -> Scored:
    """XTREME-UP."""
    given = folder.has("scores.jsonl")
    rows = folder.rows("scores.jsonl") if given else []
    entries = _given_entries(rows, lenient=pair.lenient) if given else _computed_entries(pair)
    where = "scores.jsonl holds no score" if given else "gold.jsonl holds no task"
    some(entries, f"{where} of XTREME-UP", (), lenient=pair.lenient)
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


def _given_entries(rows: list[Row], *, lenient: bool) -> list[Entry]:
    """Scores from a file. The official program's own reader takes every name of a task and a metric that it finds."""
    before: dict[tuple[str, str], str] = {}
    entries = []
    for row in rows:
        task, lang, metric = row.text("task"), row.text("language"), row.text("metric")
        score = None if row.any("score") is None else row.number("score")
        if not metric:
            raise BadInput(f"{row.where}: the metric is empty.", way_out="Name it.")
        if not lenient:
            _check_entry(row, task, metric)
            if (task, lang) in before:
                raise BadInput(
                    f"{row.where}: {task} in {lang} has a score before, at {before[task, lang]}.",
                    way_out="Keep one of the two rows.",
                )
        before[task, lang] = row.where
        entries.append(Entry(task, lang, metric, score))
    return entries


def _check_entry(row: Row, task: str, metric: str) -> None:
    if task not in MEASURES:
        error = unknown("task of XTREME-UP", task, MEASURES)
        raise BadInput(f"{row.where}: {error.wrong}", way_out=error.way_out)
    wanted = MEASURES[task].official or MEASURES[task].name
    if metric.lower() != wanted.lower():
        raise row.wrong("metric", f"{wanted}, which XTREME-UP scores {task} by,", metric)


def _computed_entries(pair: Pair) -> list[Entry]:
    golds, predictions = by_part(pair.gold, pair.lenient), by_part(pair.predictions, pair.lenient)
    entries = []
    for (task, lang), row in golds.items():
        if task not in MEASURES:
            error = unknown("task of XTREME-UP", task, MEASURES)
            raise BadInput(f"{row.where}: {error.wrong}", way_out=error.way_out)
        if (task, lang) not in predictions:
            raise BadInput(f"predictions.jsonl: there is nothing for {task} in {lang}.", way_out="Add it.")
        part = Pair(row.rows("rows"), predictions[task, lang].rows("rows"), lang, lenient=pair.lenient)
        score = named(task, lang, partial(written, MEASURES[task]), part)
        entries.append(Entry(task, lang, MEASURES[task].official or MEASURES[task].name, *score.metrics.values()))
    return entries


def _holes(missing: tuple[str, ...], tasks: Mapping[str, float | None]) -> tuple[str, ...]:
    notes = []
    if missing:
        notes.append(f"not the whole of XTREME-UP: without {', '.join(missing)}")
    empty = [task for task, score in tasks.items() if score is None]
    if empty:
        notes.append(f"languages without a score in {', '.join(empty)}")
    return tuple(notes)
