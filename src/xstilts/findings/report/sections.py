"""The report's sections: each turns gains, the long table or the account into markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from xstilts.findings import figures
from xstilts.findings.gains import in_order, pivots, zero_shot
from xstilts.findings.report.changed import Change, Side
from xstilts.findings.report.explore import filters
from xstilts.findings.report.facts import Said
from xstilts.findings.report.markup import Html, drawing, folded, grid, join, listed, pairs, tag
from xstilts.findings.words import MARKS, MEANING, answer, caveats, interval, signed, state

Row = Mapping[str, Any]

COLOURS = {figures.UP: "var(--up)", figures.DOWN: "var(--down)", figures.INK: "var(--ink)", figures.SOFT: "var(--soft)"}
COLOURS |= {figures.LINE: "var(--line)", figures.PAPER: "var(--paper)"}

STRONGEST = 88
"""Per cent of the fill colour in the strongest cell, so that text on it stays readable."""


def sign(row: Row) -> Html:
    """A row's mark, with its meaning for those who cannot see it."""
    name = state(row)
    kind = f"mark {name.replace(' ', '-')}"
    return tag("span", MARKS[name], class_=kind, title=MEANING[name], role="img", aria_label=name)


def answer_section(found: pl.DataFrame, told: Sequence[Said], more: Sequence[str]) -> Html:
    """The answer in three sentences, pair by pair, then what it does not say."""
    _, *rest = answer(found)
    pairs = [
        tag("li", tag("span", MARKS[one.state], class_=f"mark {one.state.replace(' ', '-')}"), tag("span", one.text))
        for one in rest
    ]
    doubts = [*caveats(found), *more]
    return tag(
        "section",
        tag("h2", "The answer"),
        tag("p", join([one.text for one in told], " "), class_="opening"),
        tag("ul", *pairs, class_="told") if pairs else "",
        tag("div", tag("h3", "Before you rely on it"), listed(doubts), class_="caveats") if doubts else "",
        id="answer",
    )


def heat_section(found: pl.DataFrame, metrics: Mapping[str, str], explored: Mapping[str, Any]) -> Html:
    """Zero-shot gains, route by exam. `explored`: what the filters over it work on."""
    cells = {(row["route"], row["exam"]): row for row in zero_shot(found).iter_rows(named=True)}
    exams, routes = [exam["name"] for exam in explored["exams"]], explored["routes"]
    most = max((abs(row["mean"]) for row in cells.values()), default=0) or 1
    beside = pivots(found)
    top = [tag("th", "intermediate", scope="col")]
    top += [tag("th", exam, tag("small", metrics.get(exam, "")), scope="col") for exam in exams]
    body = [
        tag(
            "tr",
            tag("th", route, scope="row"),
            *(
                _heat_cell(cells.get((route, exam)), beside.get((route, exam)), most, f"{row},{column}")
                for column, exam in enumerate(exams)
            ),
        )
        for row, route in enumerate(routes)
    ]
    table = tag("table", tag("thead", tag("tr", *top)), tag("tbody", *body), class_="heat")
    states = {state(row) for row in cells.values()}
    legend = [join([MARKS[name], " ", text]) for name, text in MEANING.items() if name in states]
    if any(row["sick"] for row in cells.values()):
        legend.append(Html("† a run was not healthy, and is counted in"))
    return tag(
        "section",
        tag("h2", "Zero-shot gains at a glance"),
        tag(
            "p",
            "Points gained over going straight to the target, averaged over the languages without training data; below "
            "it the interval over seeds, corrected for all pairs, and what the pivot gained.",
            class_="lead",
        ),
        filters(explored),
        tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="Zero-shot gains"),
        listed(legend, class_="legend"),
        id="gains",
    )


def _heat_cell(row: Row | None, pivot: Row | None, most: float, place: str) -> Html:
    if row is None:
        return tag("td", tag("small", "no pair"), data_cell=place)
    way = "up" if row["mean"] > 0 else "down"
    strength = round(STRONGEST * abs(row["mean"]) / most)
    return tag(
        "td",
        tag("b", signed(row["mean"]), " ", sign(row), "†" if row["sick"] else ""),
        tag("small", interval(row)),
        tag("small", f"pivot {signed(pivot['mean'])}") if pivot else "",
        class_=way if row["verdict"] in ("up", "down") else f"{way} open",
        style=f"--v:{strength}",
        data_cell=place,
    )


def languages_section(found: pl.DataFrame, order: Sequence[str]) -> Html:
    """For each exam, a small figure for each route: what every language gained."""
    parts = [
        tag("h2", "Language by language"),
        tag(
            "p",
            "Paired gains with intervals over seeds, corrected over the languages of a figure. Languages stand in "
            "order of distance to the pivot, nearest first, where a distance is known; the pivot stands apart. Full "
            "bars are sure, pale ones are not. An interval that leaves the figure is cut at its edge.",
            class_="lead",
        ),
    ]
    main = found.filter(pl.col("main"))
    for exam in in_order(main["exam"]):
        rows = main.filter(pl.col("exam") == exam)
        parts += [tag("h3", exam), *_exam_figures(rows, order)]
    return tag("section", *parts, id="languages")


def _exam_figures(rows: pl.DataFrame, order: Sequence[str]) -> list[Html]:
    own = set(rows.filter(pl.col("scope") == "language")["lang"])
    langs = [lang for lang in order if lang in own]
    pivot = next(iter(rows.filter(pl.col("scope") == "pivot")["lang"]), None)
    single = rows.filter(pl.col("scope") != "zero-shot")
    ends = [value for name in ("mean", "shown_low", "shown_high") for value in single[name].drop_nulls()]
    # One unsteady language must not flatten all others: beyond twice the largest gain a whisker is cut.
    bound = 2 * max(1.0, *(abs(value) for value in single["mean"]))
    low, high = max(-bound, min(0.0, *ends)), min(bound, max(0.0, *ends))
    span = (low - 0.03 * (high - low), high + 0.03 * (high - low))
    drawn, columns = [], {}
    for route in in_order(rows["route"]):
        part = [row for row in rows.iter_rows(named=True) if row["route"] == route]
        whole = next((row for row in part if row["scope"] == "zero-shot"), None)
        bars = [row for row in part if row["scope"] != "zero-shot"]
        picture = drawing(
            figures.svg(figures.language_bars(bars, langs, pivot, span)),
            f"Gains from {route} in each language of {part[0]['exam']}; the table below has the numbers.",
            COLOURS,
        )
        about = tag("span", signed(whole["mean"]), " zero-shot ", sign(whole)) if whole else Html("")
        drawn.append(tag("figure", tag("figcaption", tag("b", route), " ", about), picture))
        columns[route] = {row["lang"]: row for row in bars}
    lines = [
        [lang if lang != pivot else f"{lang} (pivot)", *(_gain_cell(column.get(lang)) for column in columns.values())]
        for lang in [*langs, *([pivot] if pivot else [])]
    ]
    exam = rows["exam"][0]
    numbers = grid(["language", *columns], lines, caption=f"Gains in {exam}, with corrected intervals over seeds")
    return [tag("div", *drawn, class_="figures"), folded(f"{exam} in numbers", numbers)]


def _gain_cell(row: Row | None) -> Html:
    if row is None:
        return tag("small", "no pair")
    return join([signed(row["mean"]), " ", tag("small", interval(row)), " ", sign(row)])


def numbers_section(found: pl.DataFrame, read_at: Mapping[str, str]) -> Html:
    """Every mean and pivot with all its statistics, on every metric. `read_at`: exam → layer and pooling."""
    tables: list[Html] = []
    for scope, main, title in (
        ("zero-shot", True, "Zero-shot means"),
        ("pivot", True, "The pivot"),
        ("zero-shot", False, "Zero-shot means on other metrics"),
        ("pivot", False, "The pivot on other metrics"),
    ):
        rows = found.filter((pl.col("scope") == scope) & (pl.col("main") == main))
        if len(rows):
            caption = f"{title}; p corrected for {_counted(rows)}"
            table = grid(NUMBERS, [_numbers(row) for row in rows.iter_rows(named=True)], caption=caption, texts=2)
            tables.append(folded(title, table) if tables else table)
    return tag(
        "section",
        tag("h2", "Every gain in numbers"),
        tag(
            "p",
            "A gain is the score with the intermediate minus the score without it, at the same seed, in the same "
            "languages. p is two-sided, from a t test over seeds; p and interval are corrected, after Holm for the "
            "main zero-shot means and after Benjamini and Hochberg for all else.",
            class_="lead",
        ),
        listed([f"{exam}: sentences compared at {reading}" for exam, reading in read_at.items()]) if read_at else "",
        *tables,
        id="numbers",
    )


NUMBERS = (
    *("exam", "intermediate", "without", "with", "gain", "interval", "median", "seeds", "up in"),
    *("p", "corrected"),
)


def _counted(rows: pl.DataFrame) -> str:
    tests = int(rows["family"].to_numpy().max())
    return "one test" if tests == 1 else f"{tests} tests"


def _numbers(row: Row) -> list[str]:
    return [
        join([row["exam"], " ", tag("small", row["metric"])]),
        row["route"],
        f"{row['before']:.1f}",
        f"{row['after']:.1f}",
        join([sign(row), " ", signed(row["mean"], 2)]),
        interval(row, 2),
        signed(row["median"], 2),
        str(row["seeds"]),
        f"{row['up']} of {len(row['languages'])}" if row["scope"] == "zero-shot" else "",
        _p(row["p"]),
        _p(row["corrected"]),
    ]


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def changes_section(found: Sequence[Change]) -> Html:
    """The error browser: one part to open for each cell, what was fixed beside what was broken."""
    if not found:
        return Html("")
    cells: dict[tuple[str, str], list[Change]] = {}
    for one in found:
        cells.setdefault((one.exam, one.route), []).append(one)
    opened = [
        folded(f"{route} before {exam}", _beside(some), data_route=route, data_exam=exam)
        for (exam, route), some in cells.items()
    ]
    return tag(
        "section",
        tag("h2", "Fixed and broken"),
        tag(
            "p",
            "Examples that changed most between the route without the stage and the one with it. Credit is the share "
            "of the score that an example earned, averaged over seeds. They were picked for being extreme: they show "
            "what a gain looks like, not how large it is.",
            class_="lead",
        ),
        *opened,
        id="examples",
    )


def _beside(some: Sequence[Change]) -> Html:
    sides = []
    for fixed, title in ((True, "Fixed"), (False, "Broken")):
        cards = [_card(one) for one in some if one.fixed is fixed]
        sides.append(tag("div", tag("h4", title), *(cards or [tag("p", "None in any language.")])))
    return tag("div", *sides, class_="beside")


def _card(one: Change) -> Html:
    rows = [*one.asked, ("right", one.right)]
    rows += [("without", _said(one.without)), ("with", _said(one.with_stage))]
    return tag("article", tag("p", tag("b", one.lang), " ", tag("small", one.id)), pairs(rows))


def _said(side: Side) -> str:
    told = [f"{text} ({times}×)" if len(side.answers) > 1 else text for text, times in side.answers]
    return f"{'; '.join(told)} [credit {side.credit:.2f}]"
