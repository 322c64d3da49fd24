"""Where the rows of the declared tasks lie: a mirror's file first, else the Hub's own Parquet copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xstilts.forms import AnyForm
from xstilts.sources import FirstOf, Hub, Mirror, Table

UNVERIFIED = "[not verified: Hub ids and columns from memory]"
"""Stands in the notes of whatever names a place on the Hub that nobody has looked at since it was written down."""
PARQUET = "refs/convert/parquet"
"""The branch on which the Hub keeps every data set as Parquet, one folder a configuration and split, whether it came as
such, as a script or as text. It moves: the commit it stands for is looked up when a study is first run, and kept from
then on. Large splits have several shards there, 0000.parquet and so on: all are read."""


def hub(repo: str, config: str, split: str, codes: Mapping[str, str] | None = None) -> Hub:
    """One split of one configuration of a data set on the Hub; `{lang}` may stand in the name of either."""
    return Hub(repo, PARQUET, (f"{config}/{split}/*.parquet",), codes=dict(codes or {}))


def found(
    form: AnyForm,
    columns: Any,
    mirror: Mirror,
    *hubs: Hub,
    hub_columns: Any = None,
    rows: Mapping[str, int] | None = None,
    **rules: Any,
) -> FirstOf:
    """Examples from the mirror if it has the file, else from the Hub, whose columns may be others.

    `rows`: what the official file has. A mirror may hold a part of it, so that only the Hub's is held to it.
    """
    there = (
        Table(form=form, place=one, columns=hub_columns or columns, rows=dict(rows or {}), **rules) for one in hubs
    )
    return FirstOf((Table(form=form, place=mirror, columns=columns, **rules), *there))
