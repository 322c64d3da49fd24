"""Published tables: read with care, brought into a store as runs of kind *published*, and read from it like a study.

`tables` reads and refuses, `records` writes to the store, `published` makes the long table of what stands there.
"""

from __future__ import annotations

from xstilts.findings.replay.columns import Columns, read_columns
from xstilts.findings.replay.example import EXAMPLE, example
from xstilts.findings.replay.published import published, published_frame, published_studies
from xstilts.findings.replay.records import Brought, bring, runs_of
from xstilts.findings.replay.tables import Table, read_facts, read_table

__all__ = [
    "EXAMPLE",
    "Brought",
    "Columns",
    "Table",
    "bring",
    "example",
    "published",
    "published_frame",
    "published_studies",
    "read_columns",
    "read_facts",
    "read_table",
    "runs_of",
]
