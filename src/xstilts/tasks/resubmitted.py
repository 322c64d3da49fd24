"""A submission folder that is there, scored as the benchmark's own program would: read, checked, compared with gold.

The gold is that of the exams, wherever their rows come from. As in the official program a task is there in all its
languages or not at all: a task without a folder is a hole, one with a file missing is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xstilts.errors import BadInput
from xstilts.scoring import suites as official
from xstilts.scoring.cases.pairs import Pair
from xstilts.scoring.cases.rows import Row
from xstilts.scoring.cases.wholes import PARTS
from xstilts.tasks.catalogue import exam
from xstilts.tasks.submission import file_of, odd_size, read_file
from xstilts.tasks.submitted import KINDS
from xstilts.tasks.suites import Part, Standing, Suite

Read = Callable[[Part, str], Sequence[Any]]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """What a folder comes to."""

    scores: dict[str, dict[str, dict[str, float]]]
    """The benchmark's task → language → official metric → score."""
    averages: official.Standing
    """Over the tasks that are there in all their languages."""
    standing: Standing
    notes: tuple[str, ...]


def _test(part: Part, lang: str) -> Sequence[Any]:
    return list(exam(part.exam).test.read(lang))


def resubmitted(folder: Path, suite: Suite, *, lenient: bool = False, read: Read = _test) -> Resubmitted:
    """Read and score a folder. With `lenient` a missing file is a hole too, and its task has no average."""
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.", way_out="Give the folder that holds those of the tasks.")
    there = {part: _languages(folder, part, lenient) for part in suite.parts if part.task in KINDS}
    if not any(there.values()):
        tasks = ", ".join(part.task for part in there)
        raise BadInput(f"{folder} holds no file of {suite.title}.", way_out=f"Expected: folders {tasks}, or some.")
    scores: dict[str, dict[str, dict[str, float]]] = {}
    odd: list[str] = []
    for part, langs in there.items():
        for lang in langs:
            examples = read(part, lang)
            odd += odd_size(part, lang, examples)
            scores.setdefault(part.task, {})[lang] = _scored(
                part, lang, read_file(folder, part, lang, examples), examples
            )
    whole = {
        part.task: scores[part.task] for part, langs in there.items() if langs and len(langs) == len(part.languages)
    }
    averages = official.standing(official.SUITES[suite.name], whole)
    standing = suite.complete({part.exam: langs for part, langs in there.items()})
    return Resubmitted(scores, averages, standing, (*odd, *_strange(folder, there)))


def _languages(folder: Path, part: Part, lenient: bool) -> tuple[str, ...]:
    """The languages that are there: all, or none where the task has no folder."""
    if not (folder / part.task).is_dir():
        return ()
    there = tuple(lang for lang in part.languages if (folder / file_of(part, lang)).is_file())
    missing = [lang for lang in part.languages if lang not in there]
    if missing and not lenient:
        more = f", and {len(missing) - 1} more of this task: {' '.join(missing[1:])}" if len(missing) > 1 else ""
        raise BadInput(
            f"{folder / file_of(part, missing[0])} is missing{more}.",
            way_out=f"The average of {part.task} is over {len(part.languages)} languages. Add the files, remove the "
            "task's folder, or add --lenient: then what is missing is a hole.",
        )
    return there


def _strange(folder: Path, there: Mapping[Part, Sequence[str]]) -> list[str]:
    """Files that nobody reads, such as those of a misspelt language."""
    known = {folder / file_of(part, lang) for part, langs in there.items() for lang in langs}
    files = sorted(path for path in folder.glob("*/*") if path.is_file() and path not in known)
    shown = ", ".join(str(path.relative_to(folder)) for path in files[:4]) + (" …" if len(files) > 4 else "")
    return [f"not of this benchmark and not read: {shown}"] if files else []


def _scored(part: Part, lang: str, said: Sequence[Any], examples: Sequence[Any]) -> dict[str, float]:
    """The official metrics of one file."""
    gold, predictions = ROWS[part.task](examples, said)

    def numbered(rows: Sequence[Values]) -> list[Row]:
        return [Row(f"{part.task} {lang}, row {place}", one) for place, one in enumerate(rows, 1)]

    found = PARTS[part.task](Pair(numbered(gold), numbered(predictions), lang)).metrics
    # The official program has one name for this measure.
    return {name: value for name, value in found.items() if name != "mrr@20"}


def _labels(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    return [{"label": one.label} for one in examples], [{"label": one} for one in said]


def _tags(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    return [{"tags": list(one.tags)} for one in examples], [{"tags": one} for one in said]


def _choices(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    return [{"label": one.label} for one in examples], [{"label": one} for one in said]


def _answers(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    gold = [{"id": one.id, "answers": list(one.answers)} for one in examples]
    return gold, [{"id": one.id, "prediction_text": text} for one, text in zip(examples, said, strict=True)]


def _pairs(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    queries = [(one, found) for one, found in zip(examples, said, strict=True) if one.side == "query"]
    asked = [(one, found) for one, found in queries if one.part == "test"]
    gold = [{"src_id": one.id, "trg_id": right} for one, _ in asked for right in one.gold]
    return gold, [{"src_id": one.id, "trg_id": found} for one, found in asked if found is not None]


def _found(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    queries = [(one, found) for one, found in zip(examples, said, strict=True) if one.side == "query"]
    return [{"label": one.gold[0]} for one, _ in queries], [{"label": found} for _, found in queries]


def _rankings(examples: Sequence[Any], said: Sequence[Any]) -> tuple[list[Values], list[Values]]:
    queries = [(one, found) for one, found in zip(examples, said, strict=True) if one.side == "query"]
    gold = [{"id": one.id, "entities": list(one.gold)} for one, _ in queries]
    return gold, [{"id": one.id, "ranking": ranking} for one, ranking in queries]


ROWS: Mapping[str, Callable[[Sequence[Any], Sequence[Any]], tuple[list[Values], list[Values]]]] = {
    "xnli": _labels, "pawsx": _labels, "udpos": _tags, "panx": _tags, "xcopa": _choices, "xquad": _answers,
    "mlqa": _answers, "tydiqa": _answers, "bucc2018": _pairs, "tatoeba": _found, "mewslix": _rankings,
}  # fmt: skip
"""Task → gold and predictions as rows of a case."""
