"""Ledgers of claims: published or hypothesised sentences, and what in a long table would show or contradict them.

`ledger` holds them as values, `reading` reads them strictly from TOML, `checks` refuses what nothing could decide, and
`files` finds them, hashes them and writes into the store what they said before the first result. What a study says to
them is the findings' affair: `findings/claims`.
"""

from __future__ import annotations

from xstilts.studies.ledgers.files import Fixed, Written, fix, fixed, named_ledger, shipped_ledgers, written
from xstilts.studies.ledgers.ledger import Claim, Ledger
from xstilts.studies.ledgers.reading import load_ledger, read_ledger

__all__ = [
    "Claim", "Fixed", "Ledger", "Written", "fix", "fixed", "load_ledger", "named_ledger", "read_ledger",
    "shipped_ledgers", "written",
]  # fmt: skip
