"""`xstilts judge`: what a study says to the claims that it was asked about."""

from __future__ import annotations

from typing import Annotated

import msgspec
import polars as pl
import typer
from rich.text import Text

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder
from xstilts.errors import BadInput
from xstilts.findings.asked import ask
from xstilts.findings.claims import Judgement, Verdict, judge_table
from xstilts.findings.claims.amendments import Standing, standing
from xstilts.findings.claims.verdict import SIGNS, UNITS
from xstilts.findings.sheets import ORACLE
from xstilts.findings.table import COLUMNS, by_oracle, only
from xstilts.findings.words import signed
from xstilts.studies.ledgers import Fixed, fixed, load_ledger, shipped_ledgers
from xstilts.studies.records.store import Store

STYLE = {"reproduced": "bold green", "contradicted": "bold red", "inconclusive": "yellow", "not tested": "dim"}

Studies = Annotated[
    list[str],
    typer.Argument(metavar="STUDY...", help="A study; several, to compare encoders; or a table of scores."),
]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement and how its ledger stands, for programs."""

    study: str
    standing: Standing
    judgement: Judgement
    counts: dict[str, int]


def judge(
    studies: Studies,
    claims: Annotated[
        list[str] | None, typer.Option("--claims", help="A ledger, file or name, in place of the study's own.")
    ] = None,
    encoder: Annotated[str, typer.Option("--encoder", help="Which, where the table has several.")] = "",
    store: StoreFolder = STORE,
    json: Annotated[bool, typer.Option("--json", help="Everything for programs.")] = False,
) -> None:
    """Judge published or hypothesised sentences: reproduced, contradicted, inconclusive or not tested, and why."""
    table, named, known = _asked(studies, Store(store), encoder)
    ledgers = [load_ledger(name) for name in claims or named]
    if not ledgers:
        raise BadInput(
            f"{studies[0]} names no ledger of claims.",
            way_out=f"Add --claims with a file or one of {', '.join(shipped_ledgers())}.",
        )
    found = []
    for ledger in ledgers:
        judgement = judge_table(table, ledger, encoder=encoder)
        found.append(
            Judged(study=studies[0], standing=standing(ledger, known), judgement=judgement, counts=judgement.counts)
        )
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    if by_oracle(table):
        screen.warn(ORACLE)
    for one in found:
        _print(one)
    screen.gap()
    screen.own_up(table["lang"].unique())


def _asked(studies: list[str], store: Store, encoder: str) -> tuple[pl.DataFrame, tuple[str, ...], list[Fixed]]:
    """The long table, the ledgers that the first study names, and what the store has of them."""
    tables, named, known = [], [], []
    for place, name in enumerate(studies):
        asked = ask(name, store, every=True)
        tables.append(asked.table.select(*COLUMNS))
        if not place:
            # Claims are about one encoder: an error where there are several and none was named.
            only(asked.table, encoder=encoder)
        if not place and asked.study is not None:
            named, known = list(asked.study.claims), fixed(store, asked.name)
    return pl.concat(tables), tuple(named), known


def _print(found: Judged) -> None:
    judgement = found.judgement
    counts = ", ".join(f"{number} {status}" for status, number in found.counts.items() if number)
    screen.head(f"{judgement.ledger}: {screen.several(len(judgement.verdicts), 'claim')}, {counts}")
    if judgement.about:
        screen.say(judgement.about)
    screen.say(f"Fidelity: {judgement.fidelity}." + _because(judgement.differs))
    screen.say(found.standing.words)
    for change in found.standing.amendments:
        screen.warn(f"Amended: {change}")
    screen.gap()
    columns = ["claim", "says", "verdict", "here", "n", "fidelity"]
    screen.table(columns, [_row(verdict) for verdict in judgement.verdicts])
    screen.gap()
    for verdict in judgement.verdicts:
        screen.say(_marked(verdict.status, f"{verdict.id} {verdict.said}:"), verdict.reason)
        if verdict.sick:
            screen.say(_without(verdict), indent=3, style="dim")
    screen.gap()
    screen.say(
        "Intervals are drawn at the level of the family's correction: Holm for primary claims, Benjamini and Hochberg "
        "for secondary ones. docs/claims.md has the rules, and how often they are wrong.",
        style="dim",
    )


def _because(differs: tuple[str, ...]) -> str:
    return f" What differs: {'; '.join(differs)}." if differs else ""


def _row(verdict: Verdict) -> list[object]:
    return [
        verdict.id,
        verdict.statement,
        _marked(verdict.status, f"{SIGNS[verdict.status]} {verdict.said}"),
        _estimate(verdict),
        screen.several(verdict.n, verdict.unit, UNITS[verdict.unit]) if verdict.n else "",
        verdict.fidelity,
    ]


def _estimate(verdict: Verdict) -> str:
    if verdict.estimate is None:
        return ""
    digits = 2 if verdict.unit == "task" else 1
    text = signed(verdict.estimate, digits)
    if verdict.low is None or verdict.high is None or verdict.level is None:
        return text if verdict.corrected is None else f"{text}, p {verdict.corrected:.2g}"
    return f"{text} [{signed(verdict.low, digits)}, {signed(verdict.high, digits)}] at {verdict.level:.1%}"


def _without(verdict: Verdict) -> str:
    """What the claim comes to without the seeds of which a run was not healthy."""
    seeds = screen.several(verdict.sick, "seed has", "seeds have")
    other = verdict.without
    if other is None:
        return f"{seeds} a run that is not healthy, counted in."
    estimate = _estimate(other)
    return (
        f"{seeds} a run that is not healthy, counted in. Without: {other.status}{f', {estimate}' if estimate else ''}."
    )


def _marked(status: str, text: str) -> Text:
    return screen.cell(text, STYLE[status])
