"""The report as Markdown: the same record, for repositories and mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from xstilts.findings import sheets
from xstilts.findings.account import BEGUN_AGAIN
from xstilts.findings.claims.verdict import SIGNS, Verdict
from xstilts.findings.report.doubts import doubts
from xstilts.findings.report.facts import Said
from xstilts.findings.report.ledger import Judged, counted, numbers
from xstilts.findings.report.record import Record, averages_of
from xstilts.findings.report.references import remembered
from xstilts.findings.sheets.markdown import escape
from xstilts.findings.words import MARKS, answer, caveats


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
        _sheet(
            sheets.overview(found, averages_of(written), baseline=told.baseline, kind=written.facts["kind"]), written
        ),
        *_pivot(found, written),
        "## Language by language",
        *(_sheet(sheet, written) for sheet in sheets.details(found, baseline=told.baseline)),
        *_claims(written.judged),
        "## Before you rely on it",
        "\n".join(f"- {plain(line)}" for line in [*caveats(found), *doubts(written, found)]),
        "## Methods",
        _prose(written.methods),
        "\n".join(f"- {plain(stage)}: {plain(recipe)}" for stage, recipe in told.recipes),
        "## Health",
        "\n".join(health) or told.sound,
        BEGUN_AGAIN if told.begun_again else "",
        "\n".join(f"- {plain(run.history)} `{run.digest}`" for run in told.begun_again),
        "## What this run cannot say",
        _prose(written.limits),
        "## References",
        "\n".join(
            f"- {plain(one.text)} ({plain('; '.join(filter(None, (one.used, one.licence))))})"
            for one in written.references
        ),
        remembered(written.references),
        "## How to reproduce it" if written.reproduce else "",
        _code(written.reproduce),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Any text in one line, so that Markdown shows it as it is."""
    return escape(" ".join(str(text).split()))


def _sheet(sheet: sheets.Sheet, written: Record) -> str:
    return sheets.markdown(sheets.by_an_oracle(sheet, oracle=written.facts["oracle"])).strip()


def _prose(told: Sequence[Said]) -> str:
    return " ".join(plain(one.text) for one in told)


def _claims(found: Sequence[Judged]) -> Iterator[str]:
    for one in found:
        told = one.judgement
        yield f"## Claims: {plain(told.ledger)}"
        yield plain(f"{told.about} Fidelity: {told.fidelity}. {one.standing.words}")
        yield "\n".join(f"- Amended: {plain(change)}" for change in one.standing.amendments)
        yield "\n".join(
            [
                "| claim | says | verdict | here | interval | n | fidelity |",
                "| :-- | :-- | :-- | --: | --: | --: | :-- |",
                *(_verdict(verdict) for verdict in told.verdicts),
            ]
        )
        yield "\n".join(f"- **{plain(verdict.id)}** {plain(verdict.reason)}" for verdict in told.verdicts)


def _verdict(verdict: Verdict) -> str:
    estimate, interval = numbers(verdict)
    cells = [
        f"**{plain(verdict.id)}**",
        plain(verdict.statement),
        f"{SIGNS[verdict.status]} {plain(verdict.said)}",
        *(estimate, interval, plain(counted(verdict)), verdict.fidelity),
    ]
    return f"| {' | '.join(cells)} |"


def _pivot(found: pl.DataFrame, written: Record) -> Iterator[str]:
    sheet = sheets.beside(found, kind=written.facts["kind"])
    if sheet.rows:
        yield "### Does it only follow the pivot?"
        yield _sheet(sheet, written)


def _code(lines: Sequence[str]) -> str:
    """Lines to paste, in a fence that no name in them can end."""
    if not lines:
        return ""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}sh\n{text}\n{fence}"
