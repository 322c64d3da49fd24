"""Files of a submission: how each task's predictions are written, and read again with the line where one is wrong.

Labels one a line; tags one a line and an empty line after each sentence; answers by id; pairs of ids; for search the
number of the line that was found, counted from 0, the English sentences being sorted as the benchmark sorts them; for
rankings lists of ids by id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from xstilts.errors import BadInput
from xstilts.files import once
from xstilts.forms import Line
from xstilts.tasks.nli import NLI
from xstilts.tasks.paraphrase import LABELS
from xstilts.tasks.tagging import NAMES, UPOS

AGAIN = "Mend the file, or export it again from the same data."


@dataclass(frozen=True, slots=True)
class File:
    """The text of a file, and where it lies."""

    where: str
    text: str

    def wrong(self, said: str, line: int | None = None) -> BadInput:
        """The error for what stands in a line, or in no single one."""
        return BadInput(f"{self.where}{'' if line is None else f':{line}'}: {said}", way_out=AGAIN)

    def lines(self) -> list[str]:
        """All lines; the last one may lack its end."""
        lines = self.text.replace("\r\n", "\n").split("\n")
        return lines[:-1] if lines[-1] == "" else lines

    def numbered(self, count: int) -> Iterator[tuple[int, str]]:
        """Exactly so many lines, without the space around them, and their numbers from 1."""
        lines = self.lines()
        if len(lines) < count:
            raise self.wrong(f"the file ends here, with {len(lines):,} lines for {count:,} examples.", len(lines) + 1)
        if len(lines) > count:
            raise self.wrong(f"a line too many: there are {len(lines):,} for {count:,} examples.", count + 1)
        return ((number, line.strip()) for number, line in enumerate(lines, start=1))

    def json(self, text: str, line: int | None = None) -> dict[str, Any]:
        """A JSON object, of the whole file or of a line, whose names come once."""
        try:
            found = json.loads(text, object_pairs_hook=once)
        except json.JSONDecodeError as error:
            raise self.wrong(f"it is not valid JSON ({error.msg}).", line or error.lineno) from error
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"it is no JSON that can be read ({error}).", line) from error
        if not isinstance(found, dict):
            raise self.wrong(f"it is no JSON object but {type(found).__name__}.", line or 1)
        return found


@dataclass(frozen=True, slots=True)
class Kind:
    """How a task's predictions are written, and read again in the order of the examples."""

    end: str
    write: Callable[[Sequence[Any], Sequence[Any]], str]
    read: Callable[[File, Sequence[Any]], list[Any]]


def _text(lines: Sequence[object]) -> str:
    return "".join(f"{line}\n" for line in lines)


# ── labels, choices ──


def _read_words(file: File, examples: Sequence[Any], known: Collection[str]) -> list[Any]:
    found = []
    for number, line in file.numbered(len(examples)):
        if line not in known:
            raise file.wrong(f"{line!r} is none of {', '.join(known)}.", number)
        found.append(line)
    return found


def _write_choices(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    pairs = zip(examples, predictions, strict=True)
    return _text([json.dumps({"id": one.id, "label": label}) for one, label in pairs])


def _read_choices(file: File, examples: Sequence[Any]) -> list[Any]:
    found = []
    for (number, line), one in zip(file.numbered(len(examples)), examples, strict=True):
        label = file.json(line, number).get("label")
        if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label < len(one.options):
            raise file.wrong(f"the label {label!r} is no number from 0 to {len(one.options) - 1}.", number)
        found.append(label)
    return found


# ── tags ──


def _write_tags(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    for tags, one in zip(predictions, examples, strict=True):
        if len(tags) != len(one.words) or not tags:
            raise BadInput(f"Sentence {one.id!r} has {len(tags)} tags for {len(one.words)} words.")
    return "\n".join(_text(tags) for tags in predictions)


def _read_tags(file: File, examples: Sequence[Any], known: Collection[str]) -> list[Any]:
    lines = [line.strip() for line in file.lines()]
    while lines and not lines[-1]:
        lines.pop()
    found: list[list[str]] = [[]]
    for number, line in enumerate((*lines, ""), start=1):
        if line and line not in known:
            raise file.wrong(f"{line!r} is no tag of this task.", number)
        if line:
            found[-1].append(line)
            continue
        if len(found) > len(examples):
            raise file.wrong(f"a sentence too many: there are {len(examples):,} of them.", number)
        one = examples[len(found) - 1]
        if len(found[-1]) != len(one.words):
            raise file.wrong(
                f"here ends a sentence of {len(found[-1])} tags, and {one.id!r} has {len(one.words)} words.", number
            )
        found.append([])
    if len(found) - 1 < len(examples):
        raise file.wrong(
            f"the file ends here, with {len(found) - 1:,} sentences for {len(examples):,}.", len(lines) + 1
        )
    return found[:-1]


# ── answers and rankings by id ──


def _write_answers(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    by_id = {one.id: prediction or "" for one, prediction in zip(examples, predictions, strict=True)}
    return json.dumps(by_id, ensure_ascii=False, indent=1) + "\n"


def _read_answers(file: File, examples: Sequence[Any]) -> list[Any]:
    by_id = _ids(file, [one.id for one in examples], "answer", "question")
    strange = next((name for name, answer in by_id.items() if not isinstance(answer, str)), None)
    if strange is not None:
        raise file.wrong(f"the answer to {strange!r} is no text but {type(by_id[strange]).__name__}.")
    return [by_id[one.id] for one in examples]


def _write_rankings(predictions: Sequence[Any], examples: Sequence[Line]) -> str:
    pairs = zip(examples, predictions, strict=True)
    by_id = {one.id: list(ranking or ()) for one, ranking in pairs if one.side == "query"}
    return json.dumps(by_id, ensure_ascii=False, indent=1) + "\n"


def _read_rankings(file: File, examples: Sequence[Line]) -> list[Any]:
    by_id = _ids(file, [one.id for one in examples if one.side == "query"], "ranking", "mention")
    for name, ranking in by_id.items():
        if not isinstance(ranking, list) or not all(isinstance(one, str) for one in ranking):
            raise file.wrong(f"the ranking for {name!r} is no list of ids.")
    return [by_id[one.id] if one.side == "query" else None for one in examples]


def _ids(file: File, wanted: Sequence[str], what: str, of: str) -> dict[str, Any]:
    """What a file says by id, of exactly the ids that are wanted."""
    found, known = file.json(file.text), set(wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise file.wrong(f"there is no {what} for {missing[0]!r}; {len(missing):,} of {len(wanted):,} are missing.")
    strange = [name for name in found if name not in known]
    if strange:
        raise file.wrong(f"{strange[0]!r} is no {of} of these {len(wanted):,}; {len(strange):,} are strange.")
    return found


# ── mining and search ──


def _bare(name: str) -> str:
    """The data's own id: ours may carry the name of its part."""
    return name.rpartition("/")[2]


def _write_pairs(predictions: Sequence[Any], examples: Sequence[Line]) -> str:
    pairs = zip(examples, predictions, strict=True)
    return _text(
        [f"{_bare(one.id)}\t{_bare(found)}" for one, found in pairs if one.part == "test" and found is not None]
    )


def _read_pairs(file: File, examples: Sequence[Line]) -> list[Any]:
    sides = {side: {_bare(one.id): one.id for one in examples if one.part == "test" and one.side == side}
             for side in ("query", "index")}  # fmt: skip
    found: dict[str, str] = {}
    for number, line in enumerate(file.lines(), start=1):
        ids = line.strip().split("\t")
        if len(ids) != 2:
            raise file.wrong(f"{line!r} is no pair: two ids with a tab between them.", number)
        for name, side in zip(ids, ("query", "index"), strict=True):
            if name not in sides[side]:
                raise file.wrong(f"{name!r} is no id of a sentence on that side.", number)
        if sides["query"][ids[0]] in found:
            raise file.wrong(f"{ids[0]!r} has a translation before.", number)
        found[sides["query"][ids[0]]] = sides["index"][ids[1]]
    return [found.get(one.id) if one.side == "query" else None for one in examples]


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


def _read_found(file: File, examples: Sequence[Line]) -> list[Any]:
    queries, index = _sorted(examples)
    found: list[Any] = [None] * len(examples)
    for place, (number, line) in zip(queries, file.numbered(len(queries)), strict=True):
        if not (line.isascii() and line.isdigit()) or int(line) >= len(index):
            raise file.wrong(f"{line!r} is no number from 0 to {len(index) - 1:,}.", number)
        found[place] = index[int(line)]
    return found


def _numbered(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    return _text([LABELS.index(one) for one in predictions])


def _read_numbers(file: File, examples: Sequence[Any]) -> list[Any]:
    return [LABELS[int(one)] for one in _read_words(file, examples, ("0", "1"))]


def _words(predictions: Sequence[Any], examples: Sequence[Any]) -> str:
    return _text(predictions)


ANSWERS = Kind("json", _write_answers, _read_answers)
KINDS: dict[str, Kind] = {
    "xnli": Kind("tsv", _words, partial(_read_words, known=NLI.labels)),
    "pawsx": Kind("tsv", _numbered, _read_numbers),
    "udpos": Kind("tsv", _write_tags, partial(_read_tags, known=UPOS)),
    "panx": Kind("tsv", _write_tags, partial(_read_tags, known=NAMES)),
    "xquad": ANSWERS, "mlqa": ANSWERS, "tydiqa": ANSWERS,
    "xcopa": Kind("jsonl", _write_choices, _read_choices),
    "bucc2018": Kind("tsv", _write_pairs, _read_pairs),
    "tatoeba": Kind("tsv", _write_found, _read_found),
    "mewslix": Kind("json", _write_rankings, _read_rankings),
}  # fmt: skip
"""The benchmark's name of a task → its file. A task that is not here has no place in a submission."""
