"""What only the account knows: holes, warnings, and what the answer would be without the sick runs."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from xstilts.findings.gains import zero_shot
from xstilts.findings.holes import unfinished
from xstilts.findings.report.record import Record


def doubts(written: Record, found: pl.DataFrame) -> list[str]:
    """In sentences, for the list that stands under the answer."""
    told = written.account
    found_out = [*told.warnings]
    if told.sick:
        found_out.insert(0, _without_sick(found, len(told.sick)))
    return [*unfinished(told.missing, told.absent), *found_out]


def _without_sick(found: pl.DataFrame, sick: int) -> str:
    count = "One run is" if sick == 1 else f"{sick} runs are"
    rows = list(zero_shot(found).iter_rows(named=True))
    if not any(row["sick"] for row in rows):
        return f"{count} sick, but no gain above rests on {'it' if sick == 1 else 'them'}."
    moved = "; ".join(_moved(rows)) or "every verdict would be the same"
    return f"{count} sick. Left out, seed by seed, {moved}."


def _moved(rows: list[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        after = row["healthy_verdict"] if row["healthy_seeds"] else "untested"
        if after != row["verdict"]:
            yield f"{row['route']} on {row['exam']} would be “{after}” instead of “{row['verdict']}”"
