"""The error browser's examples: what a route fixed and what it broke, for every exam, route and language.

An example's credit is its share of the score, averaged over the seeds that stand on both sides: 1 is right in every
seed. Kept are those whose credit rose and fell most, and how many rose and fell in all. They are picked for being
extreme: they tell how a gain looks, never how large it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadStore, XstiltsError
from xstilts.findings.gains import in_order
from xstilts.findings.ratios import ratios
from xstilts.forms.choose import Choice
from xstilts.forms.classify import Classify, Text
from xstilts.forms.match import Pair
from xstilts.forms.retrieve import Line
from xstilts.forms.span import Question
from xstilts.forms.tag import Sentence
from xstilts.sources.here import here_only
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.tasks import Exam

EACH = 4
"""Examples a language and a direction: enough to see a pattern. A page with many cells shows fewer (`browser.py`)."""

ITEMS = 2_000
"""Of an exam and a language only the first so many are looked at."""

LONG = 420
"""Characters of a text that are shown at once; a longer one is cut, with a mark, around its answer."""

Floats = NDArray[np.float64]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one route answered."""

    answers: tuple[tuple[str, int], ...]
    """Each answer and in how many seeds it was given, the most frequent first."""
    credit: float
    """Mean share of the score, 0 to 1."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One example that a route changed."""

    id: str
    fixed: bool
    asked: tuple[tuple[str, str], ...]
    """Name of a part → its text."""
    right: str
    without: Side
    """What the baseline answered."""
    with_route: Side


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One exam, route and language: how much changed, and the most changed examples."""

    route: str
    exam: str
    lang: str
    looked: int
    """Examples that were looked at."""
    fixed: int
    """Those whose credit rose, and those whose credit fell."""
    broken: int
    shown: tuple[Change, ...]


def changes(store: Store, planned: Plan, *, baseline: str) -> tuple[Changed, ...]:
    """For every exam, route and language the examples that changed most. What cannot be read is passed over."""
    found: list[Changed] = []
    for name in in_order(cell.exam for cell in planned.cells):
        digests = {
            (cell.route, cell.seed): cell.digest
            for cell in planned.cells
            if cell.exam == name and store.has(cell.digest)
        }
        sat = planned.exams[name]
        routes = [route for route in in_order(route for route, _ in digests) if route != baseline]
        by_route: dict[str, list[Changed]] = {route: [] for route in routes}
        for lang in sat.languages:
            told = _answers(store, sat, lang, list(dict.fromkeys(digests.values())))
            if told is None:
                continue
            for route in routes:
                pairs = [
                    (digests[baseline, seed], digest)
                    for (of, seed), digest in digests.items()
                    if of == route and (baseline, seed) in digests
                ]
                pairs = [pair for pair in pairs if set(pair) <= told.credits.keys()]
                if pairs:
                    by_route[route].append(_changed(told, sat, route, lang, pairs))
        for each in by_route.values():
            found += each
    return tuple(found)


class _Told(msgspec.Struct):
    """What every run answered in one exam and language."""

    examples: list[Any]
    index: dict[str, str]
    """Retrieval: id → text of what could be found."""
    answers: dict[str, list[Any]]
    credits: dict[str, Floats]


def _answers(store: Store, sat: Exam, lang: str, digests: Sequence[str]) -> _Told | None:
    try:
        with here_only():
            examples = list(sat.test.read(lang))
    except (XstiltsError, OSError):
        return None
    asked = [
        place
        for place, one in enumerate(examples)
        if not isinstance(one, Line) or (one.side == "query" and one.part == "test")
    ]
    index = {one.id: one.text for one in examples if isinstance(one, Line) and one.side == "index"}
    told = _Told([examples[place] for place in asked[:ITEMS]], index, {}, {})
    for digest in digests:
        try:
            answers = store.read_predictions(digest, lang)
            # Predictions of other rows than these: the data has changed since.
            ratio = ratios(sat, answers, examples).get(sat.main_metric)
        except (BadStore, ValueError):
            continue
        if ratio is not None and len(ratio.over) == len(asked):
            told.answers[digest] = [answers[place] for place in asked[:ITEMS]]
            # An item with nothing under it (no names there and none found) is right.
            under = ratio.under[:ITEMS]
            told.credits[digest] = np.divide(ratio.over[:ITEMS], under, out=np.ones_like(under), where=under != 0)
    return told if told.credits else None


def _changed(told: _Told, sat: Exam, route: str, lang: str, pairs: Sequence[tuple[str, str]]) -> Changed:
    before = np.mean([told.credits[one] for one, _ in pairs], axis=0)
    after = np.mean([told.credits[one] for _, one in pairs], axis=0)
    moved = after - before
    order = np.argsort(-np.abs(moved), kind="stable")
    ways = {True: order[moved[order] > 0], False: order[moved[order] < 0]}
    return Changed(
        route=route,
        exam=sat.name,
        lang=lang,
        looked=len(moved),
        fixed=len(ways[True]),
        broken=len(ways[False]),
        shown=tuple(
            Change(
                id=told.examples[place].id,
                fixed=fixed,
                asked=_asked(sat, told.examples[place]),
                right=_right(told.examples[place], told.index),
                without=_side(told, [one for one, _ in pairs], place, float(before[place])),
                with_route=_side(told, [one for _, one in pairs], place, float(after[place])),
            )
            for fixed, places in ways.items()
            for place in places[:EACH].tolist()
        ),
    )


def _side(told: _Told, runs: Sequence[str], place: int, credit: float) -> Side:
    example = told.examples[place]
    said = Counter(_written(example, told.answers[run][place], told.index) for run in runs)
    return Side(answers=tuple(said.most_common()), credit=credit)


def _asked(sat: Exam, example: Any) -> tuple[tuple[str, str], ...]:
    match example:
        case Text(texts=texts):
            names = sat.form.fields if isinstance(sat.form, Classify) else ()
            return tuple((name, _short(text)) for name, text in zip_longest(names, texts, fillvalue="text"))
        case Choice(prompt=prompt, options=options):
            return (("prompt", _short(prompt)), *((f"option {i}", _short(text)) for i, text in enumerate(options)))
        case Question(question=question, context=context, starts=starts):
            return ("question", _short(question)), ("passage", _short(context, starts[0] if starts else 0))
        case Sentence(words=words):
            return (("words", " ".join(words)),)
        case Pair(query=query):
            return (("query", _short(query)),)
        case Line(text=text):
            return (("query", _short(text)),)
    raise TypeError(f"no way to show a {type(example).__name__}")


def _right(example: Any, index: dict[str, str]) -> str:
    match example:
        case Text(label=label):
            return str(label)
        case Choice(label=label):
            return f"option {label}"
        case Question(answers=answers):
            return " / ".join(dict.fromkeys(answers)) or "no answer"
        case Sentence(tags=tags):
            return " ".join(tags)
        case Pair(right=right):
            return _short(right)
        case Line(gold=gold):
            return " / ".join(_short(index.get(one, one)) for one in gold) or "nothing to find"
    raise TypeError(f"no way to show a {type(example).__name__}")


def _written(example: Any, answer: Any, index: dict[str, str]) -> str:
    match example, answer:
        case _, None:
            return "nothing"
        case Choice(), _:
            return f"option {answer}"
        case Question(), "":
            return "no answer"
        case Sentence(), _:
            return " ".join(answer)
        case Line(), list():
            # A ranking: what stood first.
            return _short(index.get(answer[0], str(answer[0]))) if answer else "nothing"
        case Line(), _:
            return _short(index.get(answer, str(answer)))
    return _short(str(answer))


def _short(text: str, around: int = 0) -> str:
    if len(text) <= LONG:
        return text
    begin = min(max(0, around - LONG // 2), len(text) - LONG)
    head, tail = ("… " if begin else ""), (" …" if begin + LONG < len(text) else "")
    return f"{head}{text[begin : begin + LONG]}{tail}"
