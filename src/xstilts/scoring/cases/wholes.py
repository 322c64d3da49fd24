"""Cases that are the whole of XTREME or XTREME-R: from scores, or from gold and predictions of every language."""

from __future__ import annotations

from collections.abc import Callable, Sized

from xstilts.errors import BadInput
from xstilts.scoring.cases import params
from xstilts.scoring.cases.pairs import Pair, Scored, entities, given_pairs, labels, numbers, tags
from xstilts.scoring.cases.questions import answers, mlqa_answers
from xstilts.scoring.cases.reading import Folder
from xstilts.scoring.cases.rows import Row
from xstilts.scoring.suites import SUITES, Standing, Suite, by_metric, standing

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
    whole = SUITES[params.one_of(pair.params, "version", version, SUITES)]
    if folder.has("scores.jsonl"):
        scores, notes = _given_scores(folder.rows("scores.jsonl"), whole, lenient=pair.lenient)
        some(scores, f"scores.jsonl holds no score of {whole.name}", notes, lenient=pair.lenient)
        return _told(whole, standing(whole, scores), notes)
    scores, notes = _computed_scores(pair, whole)
    some(scores, f"No task of {whole.name} is in both files", notes, lenient=pair.lenient)
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
        if lang in found.setdefault(task, {}) and not lenient:
            raise BadInput(f"{row.where}: {task} in {lang} has a score before.", way_out="Keep one of the two rows.")
        found[task][lang] = scores
    return found, _strange(strange, whole)


def _computed_scores(pair: Pair, whole: Suite) -> tuple[Scores, tuple[str, ...]]:
    golds, predictions = by_part(pair.gold, pair.lenient), by_part(pair.predictions, pair.lenient)
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
        found.setdefault(task, {})[lang] = named(task, lang, PARTS[task], part).metrics
    if "mewslix" in found:
        found["mewslix"] = {lang: {"map@20": one["map@20"]} for lang, one in found["mewslix"].items()}
    return found, _strange(strange, whole)


def by_part(rows: list[Row], lenient: bool) -> dict[tuple[str, str], Row]:
    """Rows by task and language."""
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


def named(task: str, lang: str, score: Callable[[Pair], Scored], part: Pair) -> Scored:
    """A part's score, or its error with the part's name."""
    try:
        return score(part)
    except BadInput as error:
        raise BadInput(f"{task} in {lang}: {error.wrong}", way_out=error.way_out) from error


def some(found: Sized, nothing: str, notes: tuple[str, ...], *, lenient: bool) -> None:
    """Refuse a benchmark of which nothing is there; the official programs give it an empty score."""
    if not found and not lenient:
        raise BadInput(". ".join((f"There is nothing to score: {nothing}", *notes)) + ".", way_out="Check the file.")
