"""The report as Markdown: the same record, for repositories and mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from xstilts.findings import sheets
from xstilts.findings.account import BEGUN_AGAIN
from xstilts.findings.claims.verdict import SIGNS
from xstilts.findings.report.facts import Said
from xstilts.findings.report.ledger import Judged
from xstilts.findings.report.record import Record
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
        sheets.markdown(sheets.overview(found, baseline=told.baseline)).strip(),
        "## Language by language",
        *(sheets.markdown(sheet).strip() for sheet in sheets.details(found, baseline=told.baseline)),
        *_claims(written.judged),
        "## Before you rely on it",
        "\n".join(f"- {plain(line)}" for line in [*caveats(found), *told.warnings]),
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
        "## How to reproduce it",
        "```sh\n" + "\n".join(written.reproduce) + "\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Any text in one line, so that Markdown shows it as it is."""
    return escape(" ".join(str(text).split()))


def _prose(told: Sequence[Said]) -> str:
    return " ".join(plain(one.text) for one in told)


def _claims(found: Sequence[Judged]) -> Iterator[str]:
    for one in found:
        told = one.judgement
        yield f"## Claims: {plain(told.ledger)}"
        yield plain(f"{told.about} Fidelity: {told.fidelity}. {one.standing.words}")
        yield "\n".join(
            f"- {SIGNS[verdict.status]} **{plain(verdict.id)}** {plain(verdict.statement)} "
            f"*{verdict.status}*: {plain(verdict.reason)}"
            for verdict in told.verdicts
        )
