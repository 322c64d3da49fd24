"""The report's sections: each turns gains, the long table or the account into markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from xstilts.findings.report.cells import Row, sign
from xstilts.findings.report.facts import Facts, Said, by_an_oracle
from xstilts.findings.report.markup import Html, folded, grid, join, listed, tag
from xstilts.findings.words import MARKS, answer, caveats, interval, signed


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


def numbers_section(found: pl.DataFrame, averages: pl.DataFrame, read_at: Mapping[str, str], facts: Facts) -> Html:
    """Every mean, average and pivot with all its statistics, on every metric. `read_at`: exam → layer and pooling."""
    tables: list[Html] = []
    head = ("exam", facts["kind"], facts["baseline"], "with it", *NUMBERS)
    for among, scopes, main, title in (
        (found, ["zero-shot"], True, "Zero-shot means"),
        (averages, ["exams", "suite", "group"], True, "Averages over exams"),
        (found, ["pivot"], True, "The pivot"),
        (found, ["zero-shot"], False, "Zero-shot means on other metrics"),
        (found, ["pivot"], False, "The pivot on other metrics"),
    ):
        rows = among.filter(pl.col("scope").is_in(scopes) & (pl.col("main") == main))
        if len(rows):
            caption = f"{title}{by_an_oracle(facts)}; p corrected for {_counted(rows)}"
            table = grid(head, [_numbers(row) for row in rows.iter_rows(named=True)], caption=caption, texts=2)
            tables.append(folded(title, table) if tables else table)
    return tag(
        "section",
        tag("h2", f"Every gain in numbers{by_an_oracle(facts)}"),
        tag(
            "p",
            f"A gain is the score of a route less that of {facts['baseline']}, at the same seed and in the same "
            "languages. p is two-sided, from a t test over seeds; both are corrected, after Holm for the main "
            "zero-shot means and for averages, after Benjamini and Hochberg for all else.",
            class_="lead",
        ),
        listed([f"{exam}: sentences compared at {reading}" for exam, reading in read_at.items()]) if read_at else "",
        *tables,
        id="numbers",
    )


NUMBERS = ("gain", "interval", "median", "seeds", "up in", "p", "corrected")


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
        f"{row['up']} of {len(row['languages'])}" if row["scope"] != "pivot" else "",
        _p(row["p"]),
        _p(row["corrected"]),
    ]


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
