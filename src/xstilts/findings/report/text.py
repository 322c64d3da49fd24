"""The report as Markdown: the same record, for repositories and mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from xstilts.findings.account import BEGUN_AGAIN
from xstilts.findings.gains import in_order, zero_shot
from xstilts.findings.report.facts import Said
from xstilts.findings.report.record import Record
from xstilts.findings.words import MARKS, MEANING, answer, caveats, interval, mark, signed, state

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def markdown(written: Record, found: pl.DataFrame) -> str:
    """The whole report."""
    told = written.account
    pairs = [f"- {MARKS[one.state]} {plain(one.text)}" for one in answer(found)[1:]]
    health = [
        f"- **{plain(run.health)}** {plain(run.label)}, seed {run.seed}: {plain(run.why)}. `{run.digest}`"
        for run in told.sick
    ]
    parts = [
        f"# {plain(told.question or told.study)}",
        "**The lab: invented languages.** These scores say nothing about real ones." if told.lab else "",
        _prose(written.answer),
        "\n".join(pairs),
        "## The question, and what would count as an answer",
        _prose(written.question),
        "## Zero-shot gains",
        _heat(found),
        "## Language by language",
        *_languages(found),
        "## Before you rely on it",
        "\n".join(f"- {plain(line)}" for line in [*caveats(found), *told.warnings]),
        "## Methods",
        _prose(written.methods),
        _table(["stage", "recipe"], told.recipes),
        "## Health",
        "\n".join(health) or "Every run is healthy: none diverged, collapsed or stayed flat.",
        BEGUN_AGAIN if told.begun_again else "",
        "\n".join(f"- {plain(run.history)} `{run.digest}`" for run in told.begun_again),
        "## What this run cannot say",
        _prose(written.limits),
        "## References",
        "\n".join(
            f"- {plain(one.text)} ({plain('; '.join(filter(None, (one.used, one.licence))))})"
            for one in written.references
        ),
        "## How to reproduce it",
        "```sh\n" + "\n".join(written.reproduce) + "\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Any text, so that Markdown shows it as it is."""
    return SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _prose(told: Sequence[Said]) -> str:
    return " ".join(plain(one.text) for one in told)


def _heat(found: pl.DataFrame) -> str:
    cells = {(row["route"], row["exam"]): row for row in zero_shot(found).iter_rows(named=True)}
    routes, exams = in_order(route for route, _ in cells), in_order(exam for _, exam in cells)
    lines = [[route, *(_gain(cells.get((route, exam))) for exam in exams)] for route in routes]
    used = {state(row) for row in cells.values()}
    legend = " · ".join(f"{MARKS[name]} {plain(text)}" for name, text in MEANING.items() if name in used)
    return f"{_table(['intermediate', *exams], lines)}\n\n{legend}"


def _languages(found: pl.DataFrame) -> Iterable[str]:
    main = found.filter(pl.col("main") & (pl.col("scope") != "zero-shot"))
    for exam in in_order(main["exam"]):
        rows = {(row["lang"], row["route"]): row for row in main.filter(pl.col("exam") == exam).iter_rows(named=True)}
        routes = in_order(route for _, route in rows)
        lines = [
            [lang, *(_gain(rows.get((lang, route))) for route in routes)] for lang in in_order(lang for lang, _ in rows)
        ]
        yield f"### {plain(exam)}"
        yield _table(["language", *routes], lines)


def _gain(row: dict[str, Any] | None) -> str:
    return "no pair" if row is None else f"{signed(row['mean'])} ({interval(row)}) {mark(row)}"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [[plain(cell) for cell in line] for line in lines]
    if not rows:
        return ""
    return "\n".join(
        ["| " + " | ".join(line) + " |" for line in ([plain(cell) for cell in head], ["---"] * len(head), *rows)]
    )
