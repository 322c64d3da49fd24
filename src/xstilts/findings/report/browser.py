"""The error browser: choose exam, route and language, and see what was fixed beside what was broken.

The examples stand in the page as data, each text once, and the page's script shows those of the chosen cell. Without a
script the first cell is there to read. However large a study, they take no more than `BUDGET` of the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

import msgspec

from xstilts.findings.gains import in_order
from xstilts.findings.report.changed import EACH, Change, Changed, Side
from xstilts.findings.report.facts import Facts
from xstilts.findings.report.forest import chooser
from xstilts.findings.report.markup import Html, pairs, tag

BUDGET = 2_400_000
"""Bytes of examples in a page, which shall stay below six million in all."""

EVERY = "all languages"


def examples_section(found: Sequence[Changed], facts: Facts) -> Html:
    """The lists to choose from, and the cell that stands first: the largest gain's, if it has examples."""
    if not found:
        return Html("")
    names = {key: in_order(getattr(one, key) for one in found) for key in ("exam", "route", "lang")}
    wanted = facts.get("largest.exam"), facts.get("largest.route")
    first = next((one for one in found if (one.exam, one.route) == wanted), found[0])
    some = [one for one in found if (one.exam, one.route) == (first.exam, first.route)]
    chosen = {"exam": first.exam, "route": first.route, "lang": EVERY}
    return tag(
        "section",
        tag("h2", "Fixed and broken"),
        tag(
            "p",
            f"Examples that changed most between the route {facts['baseline']} and the chosen one. Credit is the share "
            "of the score that an example earned, averaged over seeds. They were picked for being extreme: they show "
            "what a gain looks like, not how large it is.",
            class_="lead",
        ),
        chooser("examples", {**names, "lang": [EVERY, *names["lang"]]}, chosen, facts["kind"]),
        tag(
            "div",
            tag("p", f"{first.route}, {first.exam}: {counted(some)}", class_="lead"),
            _beside(list(in_turns(some))[: 2 * EACH], facts["baseline"], first.route),
            id="shown",
        ),
        id="examples",
    )


def counted(some: Sequence[Changed]) -> str:
    """How much changed."""
    fixed, broken, looked = (sum(getattr(one, name) for one in some) for name in ("fixed", "broken", "looked"))
    return f"of {looked:,} answers {fixed:,} got better and {broken:,} got worse."


def in_turns(some: Iterable[Changed]) -> Iterator[tuple[str, Change]]:
    """The examples of several languages: the most changed of each, then the second of each, fixed before broken."""
    for fixed in (True, False):
        each = [[(one.lang, change) for change in one.shown if change.fixed is fixed] for one in some]
        yield from [one for one in chain.from_iterable(zip_longest(*each)) if one is not None][:EACH]


def _beside(some: Sequence[tuple[str, Change]], baseline: str, route: str) -> Html:
    sides = []
    for fixed, title in ((True, "Fixed"), (False, "Broken")):
        cards = [_card(lang, one, baseline, route) for lang, one in some if one.fixed is fixed]
        sides.append(tag("div", tag("h4", title), *(cards or [tag("p", "None.")])))
    return tag("div", *sides, class_="beside")


def _card(lang: str, one: Change, baseline: str, route: str) -> Html:
    rows = [*one.asked, ("right", one.right), (baseline, said(one.without)), (route, said(one.with_route))]
    return tag("article", tag("p", tag("b", lang), " ", tag("small", one.id)), pairs(rows))


def said(side: Side) -> str:
    """What one route answered, and what it earned with it."""
    told = [f"{text} ({times}×)" if len(side.answers) > 1 else text for text, times in side.answers]
    return f"{'; '.join(told)} [credit {side.credit:.2f}]"


def data(found: Sequence[Changed], baseline: str, *, budget: int = BUDGET) -> dict[str, Any]:
    """What the page's script shows, within a budget: fewer examples a cell first, then none for the last languages."""
    for each in range(EACH, 0, -1):
        told = _data(_fewer(found, each), baseline)
        if len(json.dumps(told, separators=(",", ":"))) <= budget:
            return told
    return _data(_as_many_as_fit(list(_fewer(found, 1)), baseline, budget), baseline)


def _fewer(found: Sequence[Changed], each: int) -> Iterator[Changed]:
    for one in found:
        some = [change for way in (True, False) for change in [c for c in one.shown if c.fixed is way][:each]]
        yield msgspec.structs.replace(one, shown=tuple(some))


def _as_many_as_fit(found: Sequence[Changed], baseline: str, budget: int) -> list[Changed]:
    """Cells keep their counts; their examples are given up once the budget is spent, the same languages everywhere."""
    turn = {lang: place for place, lang in enumerate(in_order(one.lang for one in found))}
    left = budget - len(json.dumps(_data([msgspec.structs.replace(one, shown=()) for one in found], baseline)))
    kept: dict[int, Changed] = {}
    for place in sorted(range(len(found)), key=lambda place: turn[found[place].lang]):
        # Counted as if no text were shared with another route, hence never too little.
        left -= len(json.dumps(_data([found[place]], baseline)))
        kept[place] = found[place] if left >= 0 else msgspec.structs.replace(found[place], shown=())
    return [kept[place] for place in range(len(found))]


def _data(found: Iterable[Changed], baseline: str) -> dict[str, Any]:
    asked: dict[tuple[Any, ...], int] = {}
    cells = []
    for one in found:
        shown = []
        for change in one.shown:
            text = (one.lang, change.id, change.asked, change.right)
            place = asked.setdefault(text, len(asked))
            shown.append([place, int(change.fixed), said(change.without), said(change.with_route)])
        cells.append([one.exam, one.route, one.lang, one.looked, one.fixed, one.broken, shown])
    return {"baseline": baseline, "each": EACH, "every": EVERY, "asked": [list(text) for text in asked], "cells": cells}
