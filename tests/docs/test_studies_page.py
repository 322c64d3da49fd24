"""docs/studies.md is done, and the numbers it gives are those that come out."""

from __future__ import annotations

import json

PAGE = "studies.md"


def test_the_page_works_as_it_stands(do_page) -> None:
    said = do_page(PAGE)
    assert "'lab-squad1'" in said["xstilts plan slip.toml"]
    whole = said["xstilts plan mine.toml"]
    assert "then as after " in whole and "smallest gain to be seen" in whole
    part = json.loads(said["xstilts plan mine.toml --only exam=lab-panx --json"])
    # Three seeds of: squad1, mnli, then squad1 after it, both, and the target after each route and after none.
    assert part["counts"]["trainings"] == 3 * (4 + 4)
    assert said["xstilts plan mine.toml --dot"].startswith("digraph")
    paper = said["xstilts plan phang2020"]
    assert "627, not 1,413: 786 are shared" in paper
    assert "! not looked up: 15 branches on the Hub" in paper
    assert said["python grid.py"].startswith("21 trainings, not 30")


def test_the_page_says_what_the_paper_grid_has(steps) -> None:
    found = steps(PAGE)
    assert [step.file for step in found if step.file] == ["mine.toml", "grid.py"]
    assert sum(step.fails for step in found) == 1
