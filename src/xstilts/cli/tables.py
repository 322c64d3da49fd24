"""What a long table is asked for by on the command line; `findings.asked` finds it."""

from __future__ import annotations

from typing import Annotated

import typer

TableName = Annotated[
    str,
    typer.Argument(
        metavar="STUDY",
        help="A study file, the name of a study that ships or was replayed, or a table: .parquet or .csv.",
    ),
]
EncoderName = Annotated[str, typer.Option("--encoder", help="Of a study or table with several: the one to compare.")]
