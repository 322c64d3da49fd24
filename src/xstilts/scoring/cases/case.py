"""Case: a folder with gold and predictions, what they come to, and whether that was expected.

A case's task and language stand in `expected.json`, else in the folder's name, `task.language.number`. What is expected
is only compared: no score depends on it. Of `expected.json` scoring sees the task, the language and the parameters.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from xstilts.errors import BadInput, XstiltsError, unknown
from xstilts.scoring.cases import wholes
from xstilts.scoring.cases.agreement import disagreement
from xstilts.scoring.cases.pairs import Pair, Scored, rankings
from xstilts.scoring.cases.questions import squad2
from xstilts.scoring.cases.reading import Folder
from xstilts.scoring.cases.retrieval import embedded, mined, searched
from xstilts.scoring.cases.up import MEASURES, written
from xstilts.scoring.cases.up_whole import up_suite

Score = Callable[[Folder, Pair], Scored]


def _rows(score: Callable[[Pair], Scored]) -> Score:
    return lambda folder, pair: score(pair)


def _either(file: str, vectors: Score, score: Callable[[Pair], Scored]) -> Score:
    """From vectors where there are some, else from what was predicted."""
    return lambda folder, pair: vectors(folder, pair) if folder.has(file) else score(pair)


TASKS: Mapping[str, Score] = {
    **{task: _rows(score) for task, score in wholes.PARTS.items()},
    "squad_v2": _rows(squad2),
    "bucc2018": _either("sentences.jsonl", mined, wholes.PARTS["bucc2018"]),
    "tatoeba": _either("src.npy", searched, wholes.PARTS["tatoeba"]),
    "lareqa": _either("questions.npy", embedded, rankings),
    **{f"xtreme_up_{task}": _rows(partial(written, measure)) for task, measure in MEASURES.items()},
    "suite_xtreme": partial(wholes.suite, version="xtreme"),
    "suite_xtreme_r": partial(wholes.suite, version="xtreme-r"),
    "suite_xtreme_up": up_suite,
}
"""Task → how its cases are scored."""

_NO_PREDICTIONS = {"sentences.jsonl", "src.npy", "questions.npy", "scores.jsonl"}
"""With one of these, predictions.jsonl may be missing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case."""

    case: str
    task: str
    language: str
    metrics: dict[str, Any] | None = None
    """None: scoring was refused, and `error` says why."""
    agrees: bool | None = None
    """None: nothing is expected of this case."""
    error: str = ""
    why: str = ""
    """Why it does not agree."""
    notes: tuple[str, ...] = field(default=())

    @property
    def good(self) -> bool:
        """Whether it is as expected, or at least was scored where nothing is expected."""
        return not self.error if self.agrees is None else self.agrees


def is_case(path: Path) -> bool:
    """Whether a folder is a case, perhaps one that lacks something: it must not vanish with its gold."""
    return any((path / name).is_file() for name in ("gold.jsonl", "predictions.jsonl", "scores.jsonl", "expected.json"))


def cases_in(path: Path) -> Iterator[Path]:
    """The folder itself if it is a case, else the cases in it, at any depth, by name. Links are not followed."""
    if is_case(path):
        yield path
        return
    for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            yield from cases_in(Path(entry.path))


def score_case(path: Path, *, task: str | None = None, language: str | None = None, lenient: bool = False) -> Outcome:
    """Score one case. Whatever is wrong with it is in the outcome, never raised."""
    folder = Folder(path, lenient=lenient)
    name = path.resolve().name
    by_name = [*name.split("."), ""]
    task, language = task or by_name[0], language or by_name[1]
    expected: Mapping[str, Any] | None = None
    try:
        if folder.has("expected.json"):
            expected = _expected(folder)
            task, language = str(expected.get("task", task)), str(expected.get("language", language))
        scored = _scored(folder, task, language, _params(expected), lenient=lenient)
    except XstiltsError as error:
        return _refused(Outcome(name, task, language, error=str(error)), expected)
    except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError, RecursionError, OSError) as error:
        wrong = f"{type(error).__name__}: {error}. Nothing more is known about what is wrong with this case."
        return _refused(Outcome(name, task, language, error=wrong), expected)
    if expected is None:
        return Outcome(name, task, language, scored.metrics, notes=scored.notes)
    try:
        why = disagreement(expected, scored)
    except BadInput as error:
        return Outcome(name, task, language, scored.metrics, False, str(error), notes=scored.notes)
    return Outcome(name, task, language, scored.metrics, not why, why=why, notes=scored.notes)


def _expected(folder: Folder) -> Mapping[str, Any]:
    found = folder.json("expected.json")
    if not isinstance(found, dict):
        raise BadInput("expected.json: must be a JSON object.", way_out="Mend it, or remove it.")
    return found


def _params(expected: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found = (expected or {}).get("params") or {}
    if not isinstance(found, dict):
        raise BadInput("expected.json: 'params' must be an object.", way_out="Mend it.")
    return found


def _scored(folder: Folder, task: str, language: str, params: Mapping[str, Any], *, lenient: bool) -> Scored:
    if task not in TASKS:
        error = unknown("task", task, TASKS)
        way_out = f"{error.way_out} Name the folder task.language.number, or give --task."
        raise BadInput(error.wrong, way_out=way_out)
    scores = folder.has("scores.jsonl") and task.startswith("suite_")
    vectors = any(folder.has(file) for file in _NO_PREDICTIONS)
    blank = task.startswith("xtreme_up_")
    gold = [] if scores else folder.rows("gold.jsonl", blank=blank)
    found = (
        []
        if scores or (vectors and not folder.has("predictions.jsonl"))
        else folder.rows("predictions.jsonl", blank=blank)
    )
    return TASKS[task](folder, Pair(gold, found, language, params, lenient))


def _refused(outcome: Outcome, expected: Mapping[str, Any] | None) -> Outcome:
    """An outcome with an error, compared with what was expected."""
    if expected is None:
        return outcome
    try:
        why = disagreement(expected, None)
    except BadInput as error:
        why = str(error)
    return Outcome(outcome.case, outcome.task, outcome.language, agrees=not why, error=outcome.error, why=why)
