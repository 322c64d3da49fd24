"""The report's claims ledger: every sentence that the study was asked about, and what it says to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from xstilts.findings.claims import Judgement, Verdict, judge_table
from xstilts.findings.claims.amendments import Standing, standing
from xstilts.findings.claims.verdict import SIGNS, UNITS
from xstilts.findings.report.markup import Html, folded, grid, join, listed, pairs, tag
from xstilts.findings.words import between, signed
from xstilts.studies.ledgers import fixed, load_ledger
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study

KINDS = {"reproduced": "mark up", "contradicted": "mark down"}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger with its verdicts, and since when it has stood."""

    judgement: Judgement
    standing: Standing


def judged(store: Store, study: Study, table: pl.DataFrame) -> tuple[Judged, ...]:
    """Every ledger that the study names, judged on its long table."""
    known = fixed(store, study.name)
    found = [load_ledger(name) for name in study.claims]
    return tuple(Judged(judgement=judge_table(table, one), standing=standing(one, known)) for one in found)


def claims_section(found: Sequence[Judged]) -> Html:
    """One table a ledger; under it, for each claim, the reason and where the sentence comes from."""
    if not found:
        return Html("")
    return tag("section", tag("h2", "The claims"), *(part for one in found for part in _ledger(one)), id="claims")


def _ledger(one: Judged) -> Iterator[Html]:
    told = one.judgement
    counts = ", ".join(f"{number} {status}" for status, number in told.counts.items() if number)
    differs = f" What differs: {'; '.join(told.differs)}." if told.differs else ""
    yield tag("h3", told.ledger)
    yield tag(
        "p",
        f"{told.about} {counts.capitalize()}. Fidelity: {told.fidelity}.{differs} {one.standing.words}",
        class_="lead",
    )
    if one.standing.amendments:
        yield listed([f"Amended: {change}" for change in one.standing.amendments])
    head = ["claim", "says", "verdict", "here", "n", "fidelity"]
    yield tag("div", grid(head, [_row(verdict) for verdict in told.verdicts], texts=3), class_="wide")
    yield folded("Why, claim by claim", *(_reason(verdict) for verdict in told.verdicts))


def _row(verdict: Verdict) -> list[str]:
    sign = tag("span", SIGNS[verdict.status], class_=KINDS.get(verdict.status, "mark"))
    return [
        verdict.id,
        tag("span", verdict.statement, class_="wrap"),
        join([sign, " ", verdict.said]),
        _estimate(verdict),
        counted(verdict),
        verdict.fidelity,
    ]


def numbers(verdict: Verdict) -> tuple[str, str]:
    """The estimate and its corrected interval, as far as there are any."""
    if verdict.estimate is None:
        return "", ""
    digits = 2 if verdict.unit == "task" else 1
    text = signed(verdict.estimate, digits)
    if verdict.low is None or verdict.high is None:
        return text, ""
    return text, between(verdict.low, verdict.high, digits)


def counted(verdict: Verdict) -> str:
    """What its n counts."""
    return f"{verdict.n} {verdict.unit if verdict.n == 1 else UNITS[verdict.unit]}" if verdict.n else ""


def _estimate(verdict: Verdict) -> str:
    estimate, interval = numbers(verdict)
    return join([estimate, " ", tag("small", interval)]) if interval else estimate


def _reason(verdict: Verdict) -> Html:
    other = verdict.without
    rows = [
        ("Reason", verdict.reason),
        ("Without sick runs", f"{other.status}: {other.reason}" if other is not None else ""),
        ("Missing", ", ".join(verdict.missing)),
        ("Quote", verdict.quote),
        ("Source", "; ".join(part for part in (verdict.source, verdict.provenance) if part)),
        ("Note", verdict.note),
    ]
    return tag("article", tag("p", tag("b", verdict.id), " ", verdict.said), pairs(rows), class_="claim")
