"""What a long table is asked for by: a study, whose records are read, or a file that `xstilts export --table` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import polars as pl
import typer

from xstilts.findings.table import long_table, only, read_table
from xstilts.studies.store import Store
from xstilts.studies.study import Study, load_study

TableName = Annotated[
    str,
    typer.Argument(metavar="STUDY", help="A study file, the name of a study that ships, or a table: .parquet or .csv."),
]
EncoderName = Annotated[str, typer.Option("--encoder", help="Of a table with several: the one to compare.")]


class Asked(msgspec.Struct, frozen=True):
    """A long table, and where it came from."""

    name: str
    table: pl.DataFrame
    study: Study | None
    """None where there are scores and nothing more: no plan, no predictions."""


def asked(what: str, store: Path, *, study: str = "", encoder: str = "") -> Asked:
    """The table of one study and one encoder."""
    if Path(what).suffix in (".parquet", ".csv"):
        table = only(read_table(what), study=study, encoder=encoder)
        return Asked(str(table["study"][0] if len(table) else what), table, None)
    found = load_study(what)
    return Asked(found.name, only(long_table(Store(store), found), encoder=encoder), found)
