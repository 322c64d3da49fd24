"""Claims: published or hypothesised sentences, bound to a statistic over runs, and what a study says to each.

`ledger` holds them as values and `reading` reads them from TOML; `cells` finds their numbers in the long table,
`gathering` (with `choosing` and `relating`) makes one value a seed of them, `rules` turns those into evidence for and
against, `families` corrects for the number of claims, and `judging` puts it together, with `reasons` in words.
"""

from __future__ import annotations

from xstilts.findings.claims.judging import Judgement, judge_table
from xstilts.findings.claims.ledger import Claim, Ledger
from xstilts.findings.claims.reading import load_ledger, read_ledger
from xstilts.findings.claims.verdict import Verdict

__all__ = ["Claim", "Judgement", "Ledger", "Verdict", "judge_table", "load_ledger", "read_ledger"]
