"""`xstilts replay`: published tables into a store, where they are compared, judged and reported like a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, at
from xstilts.errors import BadInput
from xstilts.findings.pairs import BASELINE
from xstilts.findings.replay import Columns, Table, bring, example, published, read_columns, read_table
from xstilts.findings.replay.files import is_table
from xstilts.findings.replay.tables import is_result_table
from xstilts.studies.records.store import Store

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE...",
        help="Tables of scores (.csv, .tsv, also .gz), or folders: of a folder, every table that has the columns.",
    ),
]
Map = Annotated[
    Path | None, typer.Option("--columns", help="A column map (TOML) for tables that call their columns otherwise.")
]


def replay(
    files: Files = None,
    columns: Map = None,
    store: StoreFolder = STORE,
    replace: Annotated[
        bool, typer.Option("--replace", help="Believe the table where the store says otherwise.")
    ] = False,
    shipped: Annotated[bool, typer.Option("--example", help="The tables that come with xstilts.")] = False,
) -> None:
    """Bring published scores into a store as runs of kind published. Needs neither torch nor a network.

    A table has the columns model, target_task, language, metric and score (0 to 100), and perhaps study, route, regime,
    source_languages, dataset, split, seed, n_items and note; others are kept. What is wrong is refused with file and
    line, and then nothing is written. Afterwards `compare`, `report` and the other verbs know the table's study by its
    name.
    """
    paths = [*(example() if shipped else ()), *_tables(files or [])]
    if not paths:
        raise BadInput("There is nothing to replay.", way_out="Give tables or folders of them, or add --example.")
    asked = read_columns(columns) if columns is not None else Columns()
    tables = [read_table(path, asked) for path in paths]
    into = Store(store)
    brought = bring(into, tables, replace=replace)
    for table in tables:
        _say_table(table)
    for name in brought.studies:
        _say_study(published(into, name), name, store)
    screen.gap()
    new = "nothing new" if not brought.new else f"{brought.new:,} of them new or longer than before"
    runs = screen.several(brought.runs, "published run")
    screen.say(f"{screen.several(brought.scores, 'score')} in {runs}, {new}, are in {store}.")
    if brought.seedless:
        screen.warn(
            f"{brought.seedless:,} of {runs} have no seed: single runs or means, which have no interval. "
            "Nothing can be sure that rests on them alone."
        )
    for name in brought.unlicensed:
        screen.warn(f"Nothing says under which licence {name} stands: a column map can, as licence = …")


def _tables(given: Sequence[Path]) -> list[Path]:
    """The tables that are meant; of folders, those that have the columns. What is passed over is said."""
    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(one for one in path.iterdir() if is_table(one))
        good = [one for one in inside if is_result_table(one)]
        if not good:
            raise BadInput(
                f"No table in {path} has the columns of scores.",
                way_out="Name the files themselves, with a column map: docs/replay.md.",
            )
        if over := [one.name for one in inside if one not in good]:
            screen.say(f"Passed over in {path}, since they are not of scores: {', '.join(over)}", style="dim")
        found += good
    return found


def _say_table(table: Table) -> None:
    facts = [screen.several(len(table.rows), "score"), table.licence or "licence not known", table.source]
    if table.left_out:
        facts.append(f"{screen.several(table.left_out, 'row')} dropped, as the map says")
    if table.empty:
        facts.append(f"{screen.several(table.empty, 'empty cell')} passed over")
    screen.say(f"{table.file}: {', '.join(fact for fact in facts if fact)}")


def _say_study(table: pl.DataFrame, name: str, store: Path) -> None:
    count = {one: table[one].n_unique() for one in ("encoder", "route", "exam", "lang")}
    seeds = table["seed"].drop_nulls().n_unique()
    parts = [
        screen.several(count["encoder"], "encoder"),
        screen.several(count["route"], "route"),
        screen.several(count["exam"], "exam"),
        screen.several(count["lang"], "language"),
        screen.several(seeds, "seed") if seeds else "no seeds",
    ]
    screen.gap()
    screen.say(f"{name}: {', '.join(parts)}.")
    routes = table.group_by("encoder").agg(pl.col("route").n_unique(), rows=pl.len()).sort("route", "rows")
    most = routes.row(-1, named=True)
    of = ("--encoder", most["encoder"]) if count["encoder"] > 1 else ()
    if count["route"] == 1 and count["encoder"] > 1:
        first = routes["encoder"].sort()[0]
        screen.command("xstilts", "compare", name, "--encoders", "--baseline", first, *at(store))
        return
    of_one = table.filter(pl.col("encoder") == most["encoder"])["route"]
    against = () if (of_one == BASELINE).any() else ("--baseline", of_one.mode().sort()[0])
    screen.command("xstilts", "compare", name, *of, *against, *at(store))
    screen.command("xstilts", "report", name, *of, *against, *at(store))
