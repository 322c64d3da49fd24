"""Whether a score of ours is what the official program says of a drawn case."""

from __future__ import annotations

from typing import Any

from drawn import Drawn

from xstilts.scoring.cases import Outcome
from xstilts.scoring.cases.agreement import disagreement
from xstilts.scoring.cases.pairs import Scale, Scored

SLOPPY = {
    ("xtreme_up_semantic_parsing", "null"): "a prediction that is no text is merely wrong there",
    ("xtreme_up_semantic_parsing", "nothing"): "the mean of nothing is NaN there",
    ("xtreme_up_qa_in_lang", "nothing"): "likewise",
    ("xtreme_up_qa_cross_lang", "nothing"): "likewise",
    ("xtreme_up_autocomplete", "nothing"): "likewise",
}
"""What the official programs score and we do only leniently."""
PASSED_OVER = {("suite_xtreme_r", "homeless"): "--lenient leaves out the task that has no place in the average"}
"""What they refuse and we do unless lenient."""


def differs(found: Outcome, official: dict[str, Any], case: Drawn, *, lenient: bool) -> str:
    """Why ours is not what it should be; empty: it is."""
    kind = (case.task, case.name.split(".")[2])
    refuse = ("error" in official or kind in SLOPPY) if not lenient else "error" in official and kind not in PASSED_OVER
    if refuse:
        known = "Nothing more is known" not in found.error and "\n" not in found.error
        return "" if found.metrics is None and found.error and known else f"not refused: {found.error} {found.metrics}"
    if found.metrics is None:
        return f"refused: {found.error}"
    if "error" in official:
        return ""
    scale: Scale = "fraction" if kind[0] == "lareqa" or "retrieval" in kind[0] else "percent"
    return disagreement({"metrics": official["metrics"], "scale": scale}, Scored(found.metrics, scale))
