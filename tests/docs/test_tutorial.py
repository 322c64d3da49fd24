"""The tutorial is done, file by file and command by command, as a reader would."""

from __future__ import annotations

PAGE = "tutorial.md"


def test_the_tutorial_works_as_it_stands(do_page) -> None:
    said = do_page(PAGE)
    assert "line 3: 3 cells where there are 2 columns" in said["XSTILTS_TASKS=. xstilts show intents --lang sw"]
    assert "Je, nahitaji mwavuli?" in said["XSTILTS_TASKS=. xstilts show intents --lang sw --encoder lab"]
    assert "intents" in said["xstilts compare mine.toml"]
    assert "No examples" in said["xstilts show xnli"]


def test_the_page_has_files_commands_and_one_failure(steps) -> None:
    found = steps(PAGE)
    assert [step.file for step in found if step.file.endswith(".toml")] == ["intents.toml", "mine.toml"]
    assert sum(step.fails for step in found) == 1
    assert sum(step.kind == "sh" for step in found) >= 4
