"""What a study says to the claims of a ledger: reproduced, contradicted, inconclusive or not tested, and why.

`cells` finds a claim's numbers in the long table; `gathering` (with `choosing` and `relating`) makes one value a seed
of them; `rules` turns those into evidence for and against; `families` corrects for the number of claims; `judging` puts
it together, with `reasons` in words; `amendments` tells what was changed since. Ledgers are read in `studies/ledgers`.
"""

from __future__ import annotations

from xstilts.findings.claims.judging import Judgement, judge_table
from xstilts.findings.claims.verdict import Verdict

__all__ = ["Judgement", "Verdict", "judge_table"]
