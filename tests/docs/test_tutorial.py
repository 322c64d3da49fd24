"""The tutorial is done, file by file and command by command, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xstilts

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
STEPS = re.compile(r"(?:^`([\w./-]+)`\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FAILS = "It fails:"
"""What the page says after a command that is meant to fail."""


def steps() -> Iterator[tuple[str, str, str, bool]]:
    text = PAGE.read_text(encoding="utf-8")
    for found in STEPS.finditer(text):
        yield found[1] or "", found[2], found[3], FAILS in text[found.end() : found.end() + 60]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[object]:
    program = tmp_path / "bin" / "xstilts"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xstilts "$@"\n')
    program.chmod(0o755)
    names = {name: value for name, value in os.environ.items() if not name.startswith(("XSTILTS_", "HF_"))}
    env = names | {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(xstilts.__file__).parents[1]),
        "XSTILTS_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    folder = tmp_path / "work"
    folder.mkdir()

    def command(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, timeout=280)

    command.folder = folder  # type: ignore[attr-defined]
    yield command


def test_the_tutorial_works_as_it_stands(run) -> None:
    said: dict[str, str] = {}
    for name, kind, text, fails in steps():
        if name:
            path = run.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                done = run(line)
                assert (done.returncode != 0) == fails, (line, done.stdout, done.stderr)
                said[line] = done.stdout + done.stderr
    assert "line 3: 3 cells where there are 2 columns" in said["XSTILTS_TASKS=. xstilts show intents --lang sw"]
    assert "Je, nahitaji mwavuli?" in said["XSTILTS_TASKS=. xstilts show intents --lang sw --encoder lab"]
    assert "intents" in said["xstilts compare mine.toml"]
    assert "No examples" in said["xstilts show xnli"]


def test_the_page_has_files_commands_and_one_failure() -> None:
    found = list(steps())
    assert [name for name, *_ in found if name.endswith(".toml")] == ["intents.toml", "mine.toml"]
    assert sum(fails for *_, fails in found) == 1
    assert sum(kind == "sh" for _, kind, *_ in found) >= 4
