"""What the runs say: one long table, paired gains with intervals, the answer in words, figures and the report.

`figures` and `report` import Altair, so they are not imported here; everything else starts in a blink.
"""

from __future__ import annotations

from xstilts.findings.gains import BASELINE, gains
from xstilts.findings.statistics import LEVEL, Estimate, estimate, holm
from xstilts.findings.words import MARKS, answer_sentences

__all__ = ["BASELINE", "LEVEL", "MARKS", "Estimate", "answer_sentences", "estimate", "gains", "holm"]
