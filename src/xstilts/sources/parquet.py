"""Rows of Parquet files. The only module here that loads polars; imported when there is such a file to read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import polars

from xstilts.errors import BadInput
from xstilts.sources.found import Found, Row


def parquet_rows(found: Found, data: bytes) -> Iterator[Row]:
    """All rows, numbered from 1; nested columns come as dictionaries and lists."""
    try:
        table = polars.read_parquet(io.BytesIO(data))
    except (polars.exceptions.PolarsError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(
            f"{found.name} is no Parquet file: {reason}.", way_out="Check the path, or copy it again."
        ) from error
    for number, values in enumerate(table.iter_rows(named=True), 1):
        yield Row(values, found.name, f"row {number}")
