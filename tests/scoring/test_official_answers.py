"""Cases drawn at random against what the official programs said of them (`bench/official.py` asks them anew).

What they refuse is refused. What they score gets their score, to 1e-6; a few sloppy inputs (`against.py`) we refuse
unless told to be lenient, and then their score comes out too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import drawn
import pytest
from against import differs

from xstilts.scoring.cases import score_case

OFFICIAL: dict[str, Any] = json.loads((Path(__file__).parent / "official.json").read_text())
CASES = list(drawn.drawn())


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
            if why := differs(found, OFFICIAL[case.name], case, lenient=lenient):
                wrong[case.name] = why
    assert not wrong
