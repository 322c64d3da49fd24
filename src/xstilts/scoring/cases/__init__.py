"""Cases: folders with gold and predictions, scored as the official programs would and compared with an expectation."""

from __future__ import annotations

from xstilts.scoring.cases.case import TASKS, Outcome, cases_in, is_case, score_case

__all__ = ["TASKS", "Outcome", "cases_in", "is_case", "score_case"]
