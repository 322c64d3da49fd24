"""Submission: predictions as the folder that a benchmark's leaderboard wants, and back.

One folder a task, in it `test-{lang}.tsv`, `.json` or `.jsonl`: labels one a line; tags one a line and an empty line
after each sentence; answers by id; pairs of ids; for search the number of the line that was found, counted from 0, the
English sentences being sorted as the benchmark sorts them; for rankings lists of ids by id. Predictions and examples
are by exam and language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from xstilts.errors import BadInput, unknown
from xstilts.files import write_atomic
from xstilts.forms import Line
from xstilts.tasks.paraphrase import LABELS
from xstilts.tasks.suites import Part, Standing, Suite

ByLanguage = Mapping[str, Mapping[str, Sequence[Any]]]
"""Exam → language → examples, or predictions in the order of the examples."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a task's predictions are written, and read again."""

    end: str
    write: Callable[[Sequence[Any], Sequence[Any]], str]
    read: Callable[[str, Sequence[Any]], list[Any]]


def render(part: Part, predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    """The text of one file."""
    if len(predictions) != len(examples):
        raise BadInput(
            f"{part.task}: {len(predictions)} predictions for {len(examples)} examples.", way_out="Predict again."
        )
    return _kind(part).write(predictions, examples)


def parse(part: Part, text: str, examples: Sequence[Any]) -> list[Any]:
    """The predictions that a file holds, in the order of the examples."""
    return _kind(part).read(text, examples)


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
        if part.rows not in (None, len(rows)):
            odd.append(f"{part.task} {lang}: {len(rows):,} rows, and the leaderboard has {part.rows:,}")
    return suite.complete(predictions), odd


def reread(folder: Path, suite: Suite, examples: ByLanguage) -> dict[str, dict[str, list[Any]]]:
    """The predictions in a folder, of those exams and languages whose examples are given."""
    found: dict[str, dict[str, list[Any]]] = {}
    for part, lang, rows in _there(suite, examples):
        path = folder / file_of(part, lang) if part.task in KINDS else None
        if path is None or not path.is_file():
            continue
        try:
            found.setdefault(part.exam, {})[lang] = parse(part, path.read_text(encoding="utf-8"), rows)
        except (UnicodeDecodeError, BadInput) as error:
            wrong = error.wrong if isinstance(error, BadInput) else "it is not UTF-8"
            raise BadInput(f"{path}: {wrong}", way_out="Export it again, from the same data.") from error
    return found


def _there(suite: Suite, by_language: ByLanguage) -> Iterator[tuple[Part, str, Sequence[Any]]]:
    for part in suite.parts:
        for lang in part.languages:
            if lang in by_language.get(part.exam, {}):
                yield part, lang, by_language[part.exam][lang]


def _lines(text: str, count: int) -> list[str]:
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    if len(lines) != count:
        raise BadInput(f"it has {len(lines)} lines for {count} examples.")
    return lines


def _text(lines: Sequence[object]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _read_words(text: str, examples: Sequence[Any]) -> list[Any]:
    return [line.strip() for line in _lines(text, len(examples))]


def _read_numbers(text: str, examples: Sequence[Any]) -> list[Any]:
    found = _read_words(text, examples)
    strange = [line for line in found if line not in ("0", "1")]
    if strange:
        raise BadInput(f"{strange[0]!r} is neither 0 nor 1.")
    return [LABELS[int(line)] for line in found]


def _write_tags(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    for tags, one in zip(predictions, examples, strict=True):
        if len(tags) != len(one.words) or not tags:
            raise BadInput(f"Sentence {one.id!r} has {len(tags)} tags for {len(one.words)} words.")
    return "\n".join(_text(tags) for tags in predictions)


def _read_tags(text: str, examples: Sequence[Any]) -> list[Any]:
    found = [block.split("\n") for block in text.rstrip("\n").split("\n\n")]
    if len(found) != len(examples):
        raise BadInput(f"it has {len(found)} sentences for {len(examples)} examples.")
    for tags, one in zip(found, examples, strict=True):
        if len(tags) != len(one.words):
            raise BadInput(f"sentence {one.id!r} has {len(tags)} tags for {len(one.words)} words.")
    return found


def _write_answers(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    by_id = {one.id: prediction or "" for one, prediction in zip(examples, predictions, strict=True)}
    return json.dumps(by_id, ensure_ascii=False, indent=1) + "\n"


def _read_answers(text: str, examples: Sequence[Any]) -> list[Any]:
    try:
        by_id = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise BadInput(f"it is no JSON object of answers by id: {error}.") from error
    missing = [one.id for one in examples if one.id not in by_id]
    if missing:
        raise BadInput(f"it has no answer to {missing[0]!r}.")
    return [by_id[one.id] for one in examples]


def _write_choices(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    pairs = zip(examples, predictions, strict=True)
    return _text([json.dumps({"id": one.id, "label": label}) for one, label in pairs])


def _read_choices(text: str, examples: Sequence[Any]) -> list[Any]:
    try:
        rows = [msgspec.json.decode(line, type=dict[str, Any]) for line in _lines(text, len(examples))]
        return [msgspec.convert(row["label"], int) for row in rows]
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
        raise BadInput(f"a line is no JSON object with a number as its label: {error}.") from error


def _bare(name: str) -> str:
    """The data's own id: ours may carry the name of its part."""
    return name.rpartition("/")[2]


def _write_pairs(predictions: Sequence[Any], examples: Sequence[Line]) -> str:
    pairs = zip(examples, predictions, strict=True)
    return _text(
        [f"{_bare(one.id)}\t{_bare(found)}" for one, found in pairs if one.part == "test" and found is not None]
    )


def _read_pairs(text: str, examples: Sequence[Line]) -> list[Any]:
    ids = {_bare(one.id): one.id for one in examples if one.part == "test" and one.side == "index"}
    cells = [line.split("\t") for line in text.split("\n") if line.strip()]
    strange = [row for row in cells if len(row) != 2 or row[1] not in ids]
    if strange:
        raise BadInput(f"{' '.join(strange[0])!r} is no pair of ids of these sentences.")
    found = {query: ids[line] for query, line in cells}
    return [found.get(_bare(one.id)) if one.part == "test" and one.side == "query" else None for one in examples]


def _sorted(examples: Sequence[Line]) -> tuple[list[int], list[str]]:
    """Places of the queries in the benchmark's order, and ids of the index in its own."""
    queries = [place for place, one in enumerate(examples) if one.side == "query"]
    return sorted(queries, key=lambda place: examples[place].text.strip()), [
        one.id for one in examples if one.side == "index"
    ]


def _write_found(predictions: Sequence[Any], examples: Sequence[Line]) -> str:
    queries, index = _sorted(examples)
    number = {name: place for place, name in enumerate(index)}
    return _text([number[predictions[place]] for place in queries])


def _read_found(text: str, examples: Sequence[Line]) -> list[Any]:
    queries, index = _sorted(examples)
    found: list[Any] = [None] * len(examples)
    for place, line in zip(queries, _lines(text, len(queries)), strict=True):
        if not line.strip().isdigit() or int(line) >= len(index):
            raise BadInput(f"{line!r} is no number from 0 to {len(index) - 1}.")
        found[place] = index[int(line)]
    return found


def _write_rankings(predictions: Sequence[Any], examples: Sequence[Line]) -> str:
    pairs = zip(examples, predictions, strict=True)
    by_id = {one.id: list(ranking or ()) for one, ranking in pairs if one.side == "query"}
    return json.dumps(by_id, ensure_ascii=False, indent=1) + "\n"


def _read_rankings(text: str, examples: Sequence[Line]) -> list[Any]:
    try:
        by_id = msgspec.json.decode(text, type=dict[str, list[str]])
    except msgspec.DecodeError as error:
        raise BadInput(f"it is no JSON object of rankings by id: {error}.") from error
    missing = [one.id for one in examples if one.side == "query" and one.id not in by_id]
    if missing:
        raise BadInput(f"it has no ranking for {missing[0]!r}.")
    return [by_id[one.id] if one.side == "query" else None for one in examples]


WORDS = Kind("tsv", lambda said, examples: _text(said), _read_words)
NUMBERS = Kind("tsv", lambda said, examples: _text([LABELS.index(one) for one in said]), _read_numbers)
TAGS = Kind("tsv", _write_tags, _read_tags)
ANSWERS = Kind("json", _write_answers, _read_answers)
KINDS: dict[str, Kind] = {
    "xnli": WORDS, "pawsx": NUMBERS, "udpos": TAGS, "panx": TAGS, "xquad": ANSWERS, "mlqa": ANSWERS,
    "tydiqa": ANSWERS, "xcopa": Kind("jsonl", _write_choices, _read_choices),
    "bucc2018": Kind("tsv", _write_pairs, _read_pairs), "tatoeba": Kind("tsv", _write_found, _read_found),
    "mewslix": Kind("json", _write_rankings, _read_rankings),
}  # fmt: skip


def _kind(part: Part) -> Kind:
    if part.task not in KINDS:
        raise unknown("task with a place in a submission", part.task, KINDS)
    return KINDS[part.task]
