"""Submission: predictions as the folder that a benchmark's leaderboard wants, and back.

One folder a task, in it `test-{lang}.tsv`, `.json` or `.jsonl` (`submitted.py` knows what stands in them). Predictions
and examples are by exam and language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xstilts.errors import BadInput, unknown
from xstilts.files import write_atomic
from xstilts.tasks.submitted import KINDS, File, Kind
from xstilts.tasks.suites import Part, Standing, Suite

ByLanguage = Mapping[str, Mapping[str, Sequence[Any]]]
"""Exam → language → examples, or predictions in the order of the examples."""


def render(part: Part, predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    """The text of one file."""
    if len(predictions) != len(examples):
        raise BadInput(
            f"{part.task}: {len(predictions)} predictions for {len(examples)} examples.", way_out="Predict again."
        )
    return _kind(part).write(predictions, examples)


def parse(part: Part, text: str, examples: Sequence[Any], *, where: str = "") -> list[Any]:
    """The predictions that a file holds, in the order of the examples; `where` it lies is said where one is wrong."""
    return _kind(part).read(File(where or part.task, text), examples)


def file_of(part: Part, lang: str) -> str:
    """Where it lies in the folder."""
    return f"{part.task}/test-{lang}.{_kind(part).end}"


def export(folder: Path, suite: Suite, predictions: ByLanguage, examples: ByLanguage) -> tuple[Standing, list[str]]:
    """Write all that is there; what is missing, and which parts are not of the official size, is given back."""
    odd: list[str] = []
    for part, lang, said in _there(suite, predictions):
        if part.task not in KINDS:
            odd.append(f"{part.task} {lang}: {suite.title} has no place for it in a submission")
            continue
        rows = examples.get(part.exam, {}).get(lang, ())
        write_atomic(folder / file_of(part, lang), render(part, said, rows))
        odd += odd_size(part, lang, rows)
    return suite.complete(predictions), odd


def odd_size(part: Part, lang: str, rows: Sequence[Any]) -> list[str]:
    """Whether a file has not as many rows as the leaderboard's, where that is known."""
    if part.rows in (None, len(rows)):
        return []
    return [f"{part.task} {lang}: {len(rows):,} rows, and the leaderboard has {part.rows:,}"]


def reread(folder: Path, suite: Suite, examples: ByLanguage) -> dict[str, dict[str, list[Any]]]:
    """The predictions in a folder, of those exams and languages whose examples are given."""
    found: dict[str, dict[str, list[Any]]] = {}
    for part, lang, rows in _there(suite, examples):
        if part.task in KINDS and (folder / file_of(part, lang)).is_file():
            found.setdefault(part.exam, {})[lang] = read_file(folder, part, lang, rows)
    return found


def read_file(folder: Path, part: Part, lang: str, examples: Sequence[Any]) -> list[Any]:
    """The predictions of one task and language."""
    path = folder / file_of(part, lang)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: it is not UTF-8.", way_out="Save it anew.") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).", way_out="Put it there.") from error
    return parse(part, text, examples, where=str(path))


def _there(suite: Suite, by_language: ByLanguage) -> Iterator[tuple[Part, str, Sequence[Any]]]:
    for part in suite.parts:
        for lang in part.languages:
            if lang in by_language.get(part.exam, {}):
                yield part, lang, by_language[part.exam][lang]


def _kind(part: Part) -> Kind:
    if part.task not in KINDS:
        raise unknown("task with a place in a submission", part.task, KINDS)
    return KINDS[part.task]
