"""Everything is checked on the way in. A row that is wrong stops the reading, unless the declaration says what is to
be done with such rows; then they are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from xstilts.errors import Absent, BadInput
from xstilts.forms import AnyForm, Choice, Line, Lines, Pair, Question, Retrieve, Sentence, Text
from xstilts.sources.columns import Made
from xstilts.sources.found import Found, Row
from xstilts.sources.garbled import garbled as garbled_text

FEW, MANY = 10, 0.1
"""Garbled rows that published data is seen to have: of XNLI's 5,010 three, of SIB-200's 204 in Indonesian five."""


@dataclass(slots=True)
class Checked:
    """Examples in order, and how many rows were dropped or repaired, by field."""

    examples: list[Any] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    garbled: list[str] = field(default_factory=list)
    """The places of examples whose text was garbled, where that was borne."""


def checked(
    made: Made, form: AnyForm, *, drop: Sequence[str], repair: Sequence[str], blank: bool, garbled: bool
) -> Checked:
    """Check every example; raise at the first that is wrong in a field that is not among those to `drop`.

    `blank` and `garbled` bear such texts; more garbled ones than a published file has are refused all the same.

    `drop` names fields: label, id, gold, starts, answers, tags, words, a text's name. `repair`: only "starts".
    """
    out = Checked()
    at: list[Row] = []
    seen: dict[str, Row] = {}
    for row, example in made:
        try:
            if isinstance(example, BadInput):
                raise example
            if example is None:
                out.dropped["none"] += 1
                continue
            if "starts" in repair and isinstance(example, Question):
                anchored = anchor(example)
                out.repaired["starts"] += anchored is not example
                example = anchored
            _check_there(example)
            form.check(example)
            if not blank:
                _check_blank(example, form)
            spoilt = _spoilt(example, form)
            if spoilt is not None and not garbled:
                raise spoilt
            if example.id in seen:
                first = seen[example.id]
                raise BadInput(
                    f"the id {example.id!r} is also that of {first.place}.",
                    way_out='Mend the ids, leave them out, or declare drop = ["id"].',
                    field="id",
                )
        except BadInput as error:
            if error.field not in drop or not error.field:
                raise row.wrong(error) from error
            out.dropped[error.field] += 1
            continue
        if spoilt is not None:
            out.garbled.append(row.place)
        seen[example.id] = row
        at.append(row)
        out.examples.append(example)
    if len(out.garbled) > max(FEW, MANY * len(out.examples)):
        raise BadInput(
            f"{out.garbled[0]} and {len(out.garbled) - 1:,} other rows of {len(out.examples):,} hold garbled text.",
            way_out="The file was read in the wrong encoding before it came here: get it anew.",
            field="encoding",
        )
    if isinstance(form, Retrieve):
        _check_golds(out, at, drop)
    return out


def withheld(example: Any) -> bool:
    """Whether it is a question whose answers were taken out, as in copies made for a leaderboard."""
    return isinstance(example, Question) and bool(example.answers) and not any(example.answers)


def _check_there(example: Any) -> None:
    if withheld(example):
        raise Absent(
            "the answers are withheld: where they should stand is nothing.",
            way_out="Get a copy with its answers: one that was made for a leaderboard cannot be scored.",
            field="answers",
        )


def check_rows(official: int | None, rows: int, files: Sequence[Found], lang: str) -> None:
    """Refuse another number of rows than the official file has."""
    if official not in (None, rows):
        raise BadInput(
            f"{files[0].name} has {rows:,} rows in {lang!r}, and the official file has {official:,}.",
            way_out="Another number means other data: get the official file, or keep only this language of it.",
        )


def anchor(example: Question) -> Question:
    """Answers put where they stand: at the place nearest to the given one, the first where none is given.

    An answer that stands nowhere stays as it is, for the check to find. The example itself if nothing was to be done.
    """
    starts: list[Any] = []
    for place, answer in enumerate(example.answers):
        given = example.starts[place] if place < len(example.starts) else None
        if not isinstance(answer, str) or not isinstance(example.context, str) or not answer:
            return example
        if isinstance(given, int) and given >= 0 and example.context.startswith(answer, given):
            starts.append(given)
            continue
        found = _nearest_place(example.context, answer, given if isinstance(given, int) else 0)
        starts.append(given if found is None else found)
    if tuple(starts) == example.starts or None in starts:
        return example
    return msgspec.structs.replace(example, starts=tuple(starts))


def _nearest_place(context: str, answer: str, given: int) -> int | None:
    after = context.find(answer, max(given, 0))
    before = context.rfind(answer, 0, max(given, 0) + len(answer))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - given)) if places else None


def _check_blank(example: Any, form: AnyForm) -> None:
    for name, said in said_in(example, form):
        if not said.strip():
            raise BadInput(
                f"{type(example).__name__} {example.id!r}: {name} is blank.",
                way_out=f'Mend the row, or declare blank = true or drop = ["{name}"].',
                field=name,
            )


def _spoilt(example: Any, form: AnyForm) -> BadInput | None:
    """What is wrong with the letters of an example's texts."""
    for name, said in said_in(example, form):
        if wrong := garbled_text(said):
            return BadInput(
                f"{type(example).__name__} {example.id!r}: {name} is garbled: {wrong}.",
                way_out=f'Get the file in its own encoding; else declare garbled = true or drop = ["{name}"].',
                field=name,
            )
    return None


def said_in(example: Any, form: AnyForm | None = None) -> Iterable[tuple[str, str]]:
    """Every text of an example, with the name of its field."""
    match example:
        case Text(texts=texts):
            yield from zip(
                getattr(form, "fields", None) or [f"text {i}" for i in range(len(texts))], texts, strict=True
            )
        case Choice(prompt=prompt, options=options):
            yield "prompt", prompt
            yield from (("options", option) for option in options)
        case Question(question=question, context=context):
            yield from (("question", question), ("context", context))
        case Sentence(words=words):
            if not words:
                yield "words", ""
            yield from (("words", word) for word in words)
        case Line(text=text) | Lines(text=text):
            yield "text", text
        case Pair(query=query, right=right, wrong=wrong):
            yield from (("query", query), ("right", right), *(("wrong", text) for text in wrong))


def _check_golds(out: Checked, at: Sequence[Row], drop: Sequence[str]) -> None:
    """Every gold stands in the index of its part. A query loses golds that were dropped, and goes with its last."""
    index = {(one.part, one.id) for one in out.examples if one.side == "index"}
    kept: list[Any] = []
    for one, row in zip(out.examples, at, strict=True):
        lost = [line for line in one.gold if (one.part, line) not in index]
        if lost and not out.dropped and "gold" not in drop:
            raise row.wrong(
                BadInput(f"the gold {lost[0]!r} is no line of the index.", way_out="Check the files.", field="gold")
            )
        if lost and len(lost) == len(one.gold):
            out.dropped["gold"] += 1
            continue
        left = tuple(line for line in one.gold if line not in lost)
        kept.append(msgspec.structs.replace(one, gold=left) if lost else one)
    out.examples = kept
