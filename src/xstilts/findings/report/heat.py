"""The heat map: zero-shot gains, route by exam, with averages over exams, and what the pivot gained beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from xstilts.findings import sheets
from xstilts.findings.gains import in_order, pivots, zero_shot
from xstilts.findings.report.cells import Row, legend, look, sheet_table, sign, strength
from xstilts.findings.report.explore import filters
from xstilts.findings.report.facts import Facts, by_an_oracle
from xstilts.findings.report.markup import Html, join, tag
from xstilts.findings.words import interval, signed, state

BESIDE = ("exams", "suite")
"""The averages that stand beside the exams; those over a suite's groups are in the tables of numbers."""


def heat_section(
    found: pl.DataFrame,
    averages: pl.DataFrame,
    metrics: Mapping[str, str],
    explored: Mapping[str, Any],
    facts: Facts,
) -> Html:
    """The map with its filters and its legend, then the table of the pivot. `explored`: what the filters work on."""
    cells = {(row["route"], row["exam"]): row for row in zero_shot(found).iter_rows(named=True)}
    whole = beside(averages)
    means = {(row["route"], row["exam"]): row for row in whole.iter_rows(named=True)}
    exams, routes = [exam["name"] for exam in explored["exams"]], explored["routes"]
    over = in_order(whole["exam"])
    most = max((abs(row["mean"]) for row in (*cells.values(), *means.values())), default=0) or 1
    home = pivots(found)
    top = [tag("th", facts["kind"], scope="col")]
    top += [tag("th", exam, tag("small", metrics.get(exam, "")), scope="col") for exam in exams]
    top += [tag("th", name, tag("small", "average"), scope="col", class_="average") for name in over]
    body = [
        tag(
            "tr",
            tag("th", route, scope="row"),
            *(
                _cell(cells.get((route, exam)), home.get((route, exam)), most, data_cell=f"{row},{column}")
                for column, exam in enumerate(exams)
            ),
            *(_cell(means.get((route, name)), None, most, kind="average") for name in over),
        )
        for row, route in enumerate(routes)
    ]
    table = tag("table", tag("thead", tag("tr", *top)), tag("tbody", *body), class_="heat")
    shown = [*cells.values(), *means.values()]
    return tag(
        "section",
        tag("h2", f"Zero-shot gains at a glance{by_an_oracle(facts)}"),
        tag("p", join(_lead(facts, averaged=bool(over)), " "), class_="lead"),
        filters(explored),
        tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="Zero-shot gains"),
        legend({state(row) for row in shown}, sick=any(row["sick"] for row in shown)),
        *_pivot(found, facts),
        id="gains",
    )


def beside(averages: pl.DataFrame) -> pl.DataFrame:
    """The averages that a heat map shows."""
    return averages.filter(pl.col("scope").is_in(BESIDE))


def _lead(facts: Facts, *, averaged: bool) -> Iterator[str]:
    over = "going straight to the target" if facts["staged"] else f"the route {facts['baseline']}"
    yield (
        f"Points gained over {over}, averaged over the languages without training data; below it the interval over "
        "seeds, corrected for all pairs, and what the pivot gained."
    )
    yield (
        "Colour and weight say how sure a number is before they say how large: full colour and bold are sure, pale "
        "with a dashed edge leans, grey cannot be told from chance, however large it is."
    )
    if averaged:
        yield "An average over exams is the mean of their zero-shot means, corrected among the averages alone."


def _cell(row: Row | None, pivot: Row | None, most: float, *, kind: str = "", data_cell: str | None = None) -> Html:
    if row is None:
        return tag("td", tag("small", "no pair"), class_=f"open {kind}".strip(), data_cell=data_cell)
    return tag(
        "td",
        tag("b", signed(row["mean"]), " ", sign(row), "†" if row["sick"] else ""),
        tag("small", interval(row)),
        tag("small", f"pivot {signed(pivot['mean'])}") if pivot else "",
        class_=f"{look(row)} {kind}".strip(),
        style=strength(row, most),
        data_cell=data_cell,
    )


def _pivot(found: pl.DataFrame, facts: Facts) -> Iterator[Html]:
    sheet = sheets.by_an_oracle(sheets.beside(found, kind=facts["kind"]), oracle=facts["oracle"])
    if not sheet.rows:
        return
    yield tag("h3", "Does it only follow the pivot?")
    yield tag(
        "p",
        f"What the language of training ({', '.join(facts['pivots'])}) gained, and in brackets what the mean of the "
        "others gained more than it. Where that interval holds zero, the other languages may only have followed.",
        class_="lead",
    )
    yield sheet_table(sheet)
