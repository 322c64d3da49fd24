"""Language by language: for each exam a map of all routes, and for each cell a forest plot, drawn as a table.

A forest plot is a table with a drawing in it. Here the drawing is made of boxes that the page's style places: it costs
no figure, follows the page's colours and width, and is read aloud as what it is, a row a language.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from xstilts.findings.figures.forest import bounds
from xstilts.findings.gains import in_order
from xstilts.findings.report.cells import Row, legend, look, sign, strength
from xstilts.findings.report.facts import Facts, by_an_oracle
from xstilts.findings.report.markup import Html, folded, join, tag
from xstilts.findings.ways import way
from xstilts.findings.words import interval, signed, state

TICKS = 5
"""About how many marks an axis has."""


def languages_section(found: pl.DataFrame, order: Sequence[str], facts: Facts, ways: Mapping[str, str]) -> Html:
    """Every exam: the map of its languages, and the forest plots of its routes, of which a script shows the chosen."""
    main = found.filter(pl.col("main"))
    exams, routes = in_order(main["exam"]), in_order(main["route"])
    if not exams:
        return Html("")
    cells: dict[tuple[str, str], list[Row]] = {}
    for row in main.iter_rows(named=True):
        cells.setdefault((row["exam"], row["route"]), []).append(row)
    first = (facts["largest.exam"], facts["largest.route"]) if "largest.route" in facts else next(iter(cells))
    by_exam = {exam: {route: cells[exam, route] for route in routes if (exam, route) in cells} for exam in exams}
    parts = [part for exam, here in by_exam.items() for part in _forests(exam, here, order, ways, first)]
    return tag(
        "section",
        tag("h2", f"Language by language{by_an_oracle(facts)}"),
        tag(
            "p",
            "Paired gains with intervals over seeds, corrected over the languages of one plot. Languages stand in "
            "order of distance to the pivot, nearest first, where a distance is known. A full dot is sure, a ring "
            "leans, a small grey dot is neither. An arrow at the edge: the interval goes on.",
            class_="lead",
        ),
        chooser("forests", {"exam": exams, "route": routes}, {"exam": first[0], "route": first[1]}, facts["kind"]),
        tag("div", *parts, class_="forests"),
        tag("h3", "All languages at once"),
        tag("p", "Point at a gain for its interval, corrected over the languages of its column.", class_="lead"),
        tag(
            "div",
            *(
                _map(exam, {route: cells[exam, route] for route in routes if (exam, route) in cells}, order)
                for exam in exams
            ),
            class_="maps",
        ),
        legend({state(row) for row in main.iter_rows(named=True) if row["scope"] != "zero-shot"}),
        id="languages",
    )


def chooser(name: str, lists: Mapping[str, Sequence[str]], chosen: Mapping[str, str], kind: str) -> Html:
    """Controls that pick one of each list. The page's script shows them; without it they would do nothing."""
    labels = {"exam": "Exam ", "route": f"{kind.capitalize()} ", "lang": "Language "}
    picks = [
        tag(
            "label",
            labels[key],
            tag(
                "select",
                *(
                    tag("option", one, value=place, selected="selected" if one == chosen.get(key) else None)
                    for place, one in enumerate(names)
                ),
                name_=key,
            ),
        )
        for key, names in lists.items()
    ]
    return tag(
        "form",
        *picks,
        tag("output", "", aria_live="polite"),
        class_="filters",
        data_for=name,
        hidden="hidden",
        autocomplete="off",
    )


def _forests(
    exam: str,
    cells: Mapping[str, Sequence[Row]],
    order: Sequence[str],
    ways: Mapping[str, str],
    first: tuple[str, str],
) -> Iterator[Html]:
    low, high = bounds([row for rows in cells.values() for row in rows])
    for route, rows in cells.items():
        whole = next((row for row in rows if row["scope"] == "zero-shot"), None)
        about = join([f": {signed(whole['mean'])} ", sign(whole)]) if whole else ""
        yield folded(
            join([route, f" {way(ways, route)} ", exam, about]),
            _forest(rows, order, low, high),
            class_="forest",
            data_exam=exam,
            data_route=route,
            open="open" if (exam, route) == first else None,
        )


def _forest(rows: Sequence[Row], order: Sequence[str], low: float, high: float) -> Html:
    place = {lang: number for number, lang in enumerate(order)}
    single = sorted((row for row in rows if row["scope"] == "language"), key=lambda row: place.get(row["lang"], 0))
    lines = [_line(row, row["lang"], low, high) for row in single]
    lines += [
        _line(row, f"mean of {len(row['languages'])}", low, high, "whole")
        for row in rows
        if row["scope"] == "zero-shot" and len(row["languages"]) > 1
    ]
    lines += [_line(row, f"{row['lang']} (pivot)", low, high, "home") for row in rows if row["scope"] == "pivot"]
    ticks = [tag("i", _tick(one), style=f"left:{_at(one, low, high)}%") for one in _ticks(low, high)]
    head = tag(
        "tr",
        tag("th", "language", scope="col"),
        tag("th", tag("span", *ticks, class_="axis", aria_hidden="true"), scope="col", class_="plot"),
        tag("th", "gain", scope="col", class_="number"),
        tag("th", "interval", scope="col", class_="number"),
        tag("th", "seeds", scope="col", class_="number"),
    )
    table = tag("table", tag("thead", head), tag("tbody", *lines), style=f"--z:{_at(0, low, high)}%")
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="Gains by language")


def _line(row: Row, name: str, low: float, high: float, kind: str = "") -> Html:
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", _drawn(row, low, high), class_="plot", aria_hidden="true"),
        tag("td", tag("b", signed(row["mean"])), " ", sign(row), class_="number"),
        tag("td", interval(row), class_="number"),
        tag("td", str(row["seeds"]), class_="number"),
        class_=f"{look(row)} {kind}".strip(),
    )


def _drawn(row: Row, low: float, high: float) -> Html:
    dot = tag("i", "", class_="dot", style=f"left:{_at(row['mean'], low, high)}%")
    if row["shown_low"] is None:
        return dot
    begin, end = _at(row["shown_low"], low, high), _at(row["shown_high"], low, high)
    cut = " ".join(
        name for name, beyond in (("less", row["shown_low"] < low), ("more", row["shown_high"] > high)) if beyond
    )
    bar = tag("i", "", class_=f"bar {cut}".strip(), style=f"left:{begin}%;width:{round(end - begin, 1)}%")
    return join([bar, dot])


def _at(value: float, low: float, high: float) -> float:
    """Where a value stands on the axis, in per cent of it."""
    return round(100 * (min(max(value, low), high) - low) / (high - low), 1)


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / TICKS
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(ten * one for one in (1, 2, 5, 10) if ten * one >= rough)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _tick(value: float) -> str:
    return signed(value, 0 if float(value).is_integer() else 1) if value else "0"


def _map(exam: str, cells: Mapping[str, Sequence[Row]], order: Sequence[str]) -> Html:
    """All languages of an exam by all routes: the looks of the heat map, small."""
    rows = {(row["lang"], route): row for route, some in cells.items() for row in some if row["scope"] != "zero-shot"}
    homes = {row["lang"] for row in rows.values() if row["scope"] == "pivot"}
    langs = [*(lang for lang in order if lang not in homes), *(lang for lang in order if lang in homes)]
    most = max((abs(row["mean"]) for row in rows.values()), default=0) or 1
    body = [
        tag(
            "tr",
            tag("th", f"{lang} (pivot)" if lang in homes else lang, scope="row"),
            *(_small(rows.get((lang, route)), most) for route in cells),
        )
        for lang in langs
        if any((lang, route) in rows for route in cells)
    ]
    head = tag("tr", tag("th", "language", scope="col"), *(tag("th", route, scope="col") for route in cells))
    caption = tag("caption", f"Gains in {exam}")
    table = tag("table", caption, tag("thead", head), tag("tbody", *body), class_="heat small")
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=f"Gains in {exam} by language")


def _small(row: Row | None, most: float) -> Html:
    if row is None:
        return tag("td", "", class_="open")
    return tag(
        "td",
        tag("b", signed(row["mean"])),
        " ",
        sign(row),
        class_=look(row),
        style=strength(row, most),
        title=interval(row),
    )
