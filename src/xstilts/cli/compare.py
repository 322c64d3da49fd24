"""`xstilts compare`: the gains in the terminal, in LaTeX, Markdown and CSV, and which of them are sure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.text import Text

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder
from xstilts.cli.tables import EncoderName, TableName
from xstilts.errors import BadInput, unknown
from xstilts.files import write_atomic
from xstilts.findings.asked import Asked, ask, encoders_as_routes, ways_in
from xstilts.findings.averages import average_gains
from xstilts.findings.gains import BASELINE, gains, held_to, in_order
from xstilts.findings.holes import absent, missing, unfinished
from xstilts.findings.items import with_items
from xstilts.findings.replay.account import doubts
from xstilts.findings.sheets import ORACLE, Cell, Sheet, beside, by_an_oracle, details, latex, markdown, overview
from xstilts.findings.table import by_oracle, marked, readings, write_table
from xstilts.findings.ways import INTERMEDIATE, kind
from xstilts.findings.words import MARKS, answer_sentences
from xstilts.studies.planning.clashes import taught
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store

STYLE = {
    "up": "bold green", "small up": "bold green", "down": "bold red", "small down": "bold red", "leaning up": "green",
    "leaning down": "red", "same": "cyan",
}  # fmt: skip

Baseline = Annotated[str, typer.Option("--baseline", help="The route that the others are compared with.")]
Routes = Annotated[
    list[str] | None,
    typer.Option("--route", help="Show this route alone, language by language; may come again."),
]
Margin = Annotated[
    float | None,
    typer.Option("--margin", help="Points that would not matter: what is surely smaller, either way, is marked ≈."),
]
Items = Annotated[bool, typer.Option("--items", help="Draw the test items again too; needs predictions and data.")]
Healthy = Annotated[bool, typer.Option("--healthy", help="Leave out seeds in which a run was not healthy.")]


def compare(
    study: TableName,
    store: StoreFolder = STORE,
    baseline: Baseline = BASELINE,
    route: Routes = None,
    margin: Margin = None,
    items: Items = False,
    healthy: Healthy = False,
    encoder: EncoderName = "",
    encoders: Annotated[
        bool, typer.Option("--encoders", help="Compare encoders instead of routes; --baseline is one of them.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write all gains to this file (.csv, .parquet).")] = None,
    as_latex: Annotated[Path | None, typer.Option("--latex", help="Write the tables to this file.")] = None,
    as_markdown: Annotated[Path | None, typer.Option("--markdown", help="Likewise.")] = None,
    scores: Annotated[Path | None, typer.Option("--scores", help="Write all scores to this file (.csv, …).")] = None,
) -> None:
    """Show what each intermediate adds to each exam, zero-shot, and whether that is sure.

    Any two routes: --route A --baseline B. Whatever is shown, verdicts are corrected for all routes of the study.
    Scores alone do: a table that `xstilts export --table` wrote.
    """
    whole = ask(study, Store(store), encoder=encoder, every=encoders)
    whole = encoders_as_routes(whole) if encoders else whole
    routes = tuple(route or ())
    found = held_to(gains(whole.table, baseline=baseline, healthy=healthy), margin)
    averages = held_to(average_gains(whole.table, baseline=baseline, healthy=healthy), margin)
    called = "encoder" if encoders else kind(ways_in(whole), in_order(found["route"]))
    found, averages = _shown(found, routes), _shown(averages, routes)
    if items:
        found = _drawn_again(found, whole, store, baseline)
    overviews = (overview(found, averages, baseline=baseline, kind=called), beside(found, kind=called))
    sheets, oracle = [sheet for sheet in overviews if sheet.rows], by_oracle(whole.table)
    shown = len(sheets)
    sheets += details(found, baseline=baseline) if routes else []
    sheets = [by_an_oracle(sheet, oracle=oracle) for sheet in sheets]
    if oracle:
        screen.warn(ORACLE)
    at = readings(whole.table)
    print_gains(found, averages, name=whole.name, baseline=baseline, kind=called, read_at=at, oracle=oracle)
    for sheet in sheets[shown:]:
        print_sheet(sheet)
    for doubt in (*_by_the_plan(whole, store), *doubts(whole.runs)):
        screen.say(doubt)
    if csv is not None:
        write_table(marked(pl.concat([found, averages]), whole.table), csv)
        screen.say(f"All {len(found) + len(averages):,} gains are in {csv}")
    if scores is not None:
        write_table(whole.table, scores)
        screen.say(f"All {len(whole.table):,} scores are in {scores}")
    for path, render in ((as_latex, latex), (as_markdown, markdown)):
        if path is not None:
            write_atomic(path, "\n".join(map(render, sheets)))
            screen.say(f"{screen.several(len(sheets), 'table').capitalize()} in {path}")


def _by_the_plan(whole: Asked, store: Path) -> list[str]:
    """What the study plans and the store does not have, and which languages its routes make no zero-shot ones."""
    if whole.study is None:
        return []
    planned, at = known(whole.study, Store(store)), Store(store)
    holes = unfinished(list(missing(planned, at)), absent(planned, at))
    return [*holes, *taught(planned.study, planned.tasks, planned.exams)]


def _shown(found: pl.DataFrame, routes: tuple[str, ...]) -> pl.DataFrame:
    """The rows of some routes. Families stay those of the study: to look at one route is no reason to be surer."""
    known = found["route"].unique(maintain_order=True).to_list()
    for name in routes:
        if known and name == found["baseline"][0]:
            way_out = "Name another --route, or another --baseline."
            raise BadInput(f"{name!r} is the baseline, which the other routes are compared with.", way_out=way_out)
        if known and name not in known:
            raise unknown("route", name, known)
    return found.filter(pl.col("route").is_in(routes)) if routes else found


def _drawn_again(found: pl.DataFrame, whole: Asked, store: Path, baseline: str) -> pl.DataFrame:
    if whole.study is None:
        raise BadInput("A table of scores has no predictions to draw from.", way_out="Give the study, or no --items.")
    found = with_items(found, whole.table, Store(store), whole.study, baseline=baseline)
    if len(found) and found["item_low"].null_count() == len(found):
        screen.warn("No predictions with their examples were found: nothing is said of the test items.")
    return found


def print_gains(
    found: pl.DataFrame,
    averages: pl.DataFrame | None = None,
    *,
    name: str,
    baseline: str = BASELINE,
    kind: str = INTERMEDIATE,
    read_at: Mapping[str, str] | None = None,
    oracle: bool = False,
) -> None:
    """The table of gains, one row a route and one column an exam or average, then the answer in sentences."""
    sheet = by_an_oracle(overview(found, averages, baseline=baseline, kind=kind), oracle=oracle)
    if sheet.rows:
        print_sheet(sheet, title=f"{name}: {sheet.title[0].lower()}{sheet.title[1:]}")
        for exam, reading in (read_at or {}).items():
            if exam in sheet.head:
                screen.say(f"{exam}: sentences compared at {reading}", style="dim")
    pivots = by_an_oracle(beside(found, kind=kind), oracle=oracle)
    if pivots.rows:
        print_sheet(pivots)
    screen.gap()
    for sentence in answer_sentences(found):
        screen.say(sentence)
    screen.gap()
    screen.own_up(found["languages"].explode().drop_nulls().unique())


def print_sheet(sheet: Sheet, *, title: str = "") -> None:
    """A sheet in the terminal, with its legend and notes."""
    screen.head(title or sheet.title)
    screen.gap()
    screen.table(sheet.head, ([_marked(cell) for cell in row] for row in sheet.rows), right=sheet.head[sheet.texts :])
    legend = "   ".join(f"{MARKS[state]} {text}" for state, text in sheet.states.items())
    for line in (legend, *sheet.notes):
        if line:
            screen.say(line, style="dim")


def _marked(cell: Cell) -> Text:
    return screen.cell(
        " ".join(filter(None, (cell.text, cell.beside, MARKS.get(cell.state)))), STYLE.get(cell.state, "")
    )
