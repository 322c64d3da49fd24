"""Cases drawn at random against what the official programs said of them (`bench/official.py` asks them anew).

What they refuse is refused. What they score gets their score, to 1e-6; a few sloppy inputs, listed here, we refuse
unless told to be lenient, and then their score comes out too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import drawn
import pytest

from xstilts.scoring.cases import Outcome, score_case
from xstilts.scoring.cases.agreement import disagreement
from xstilts.scoring.cases.pairs import Scale, Scored

OFFICIAL: dict[str, Any] = json.loads((Path(__file__).parent / "official.json").read_text())
CASES = list(drawn.drawn())
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


def test_every_drawn_case_is_the_one_that_was_asked_about() -> None:
    assert {one.name: one.sum for one in CASES} == {name: one["sum"] for name, one in OFFICIAL.items()}
    assert len(CASES) > 600 and len({one.task for one in CASES}) == 26
    assert sum("error" in one for one in OFFICIAL.values()) > 200


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("task", sorted({one.task for one in CASES}))
def test_drawn_cases_come_to_what_the_official_program_says(task: str, lenient: bool, tmp_path: Path) -> None:
    wrong: dict[str, str] = {}
    for case in CASES:
        if case.task == task:
            found = score_case(case.write(tmp_path / case.name), lenient=lenient)
            if why := differs(found, OFFICIAL[case.name], (task, case.name.split(".")[2]), lenient):
                wrong[case.name] = why
    assert not wrong


def differs(found: Outcome, official: dict[str, Any], kind: tuple[str, str], lenient: bool) -> str:
    """Why ours is not what it should be; empty: it is."""
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
