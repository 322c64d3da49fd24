"""`xstilts compare`: the gains in the terminal, and which of them are sure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.text import Text

from xstilts.cli import screen
from xstilts.cli.options import STORE, EncoderName, StoreFolder, StudyName
from xstilts.files import write_atomic
from xstilts.findings.asked import ask, encoders_as_routes
from xstilts.findings.gains import BASELINE, gains
from xstilts.findings.table import readings
from xstilts.findings.words import MARKS, MEANING, answer_sentences, summary_rows
from xstilts.studies.store import Store

STYLE = {"up": "bold green", "down": "bold red", "leaning up": "green", "leaning down": "red"}


def compare(
    study: StudyName,
    store: StoreFolder = STORE,
    baseline: Annotated[
        str, typer.Option("--baseline", help="The route that the others are compared with.")
    ] = BASELINE,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write all gains to this file too.")] = None,
    scores: Annotated[Path | None, typer.Option("--scores", help="Write all scores to this file, as CSV.")] = None,
    encoder: EncoderName = "",
    encoders: Annotated[
        bool, typer.Option("--encoders", help="Compare encoders instead of routes; --baseline is one of them.")
    ] = False,
) -> None:
    """Show what each intermediate adds to each exam, zero-shot, and whether that is sure."""
    asked = ask(Store(store), study, encoder=encoder, every=encoders)
    asked = encoders_as_routes(asked) if encoders else asked
    table = asked.table
    found = gains(table, baseline=baseline)
    print_gains(found, asked.name, baseline=baseline, read_at=readings(table))
    if asked.published:
        for doubt in asked.told.warnings:
            screen.say(doubt)
    if csv is not None:
        write_atomic(csv, found.with_columns(pl.col("languages", "left_out").list.join(" ")).write_csv())
        screen.say(f"All {len(found):,} gains are in {csv}")
    if scores is not None:
        write_atomic(scores, table.write_csv())
        screen.say(f"All {len(table):,} scores are in {scores}")


def print_gains(
    found: pl.DataFrame, name: str, *, baseline: str = BASELINE, read_at: Mapping[str, str] | None = None
) -> None:
    """The table of gains, one row a route and one column an exam, then the answer in sentences."""
    rows = summary_rows(found)
    if rows:
        exams = [name for name in rows[0] if name != "route"]
        screen.head(f"{name}: zero-shot gains over {baseline}, in points, ± half the 95% interval")
        screen.gap()
        columns = ["intermediate", *exams]
        screen.table(columns, ([row["route"], *(_marked(row[name]) for name in exams)] for row in rows), right=exams)
        used = {text[-1] for row in rows for text in row.values()}
        legend = "   ".join(f"{sign} {MEANING[state]}" for state, sign in MARKS.items() if sign in used)
        screen.say(legend, style="dim")
        for exam, reading in (read_at or {}).items():
            if exam in exams:
                screen.say(f"{exam}: sentences compared at {reading}", style="dim")
    screen.gap()
    for sentence in answer_sentences(found):
        screen.say(sentence)
    screen.gap()
    screen.own_up(found["languages"].explode().drop_nulls().unique())


def _marked(text: str) -> Text:
    state = next((state for state, sign in MARKS.items() if text.endswith(sign)), "")
    return screen.cell(text, STYLE.get(state, ""))
