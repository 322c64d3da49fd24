"""Pages are done as a reader would, in a folder of their own, with `xstilts` and `python` as commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import xstilts

DOCS = Path(__file__).parents[2] / "docs"
STEPS = re.compile(r"(?:^`([\w./-]+)`\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FAILS = "It fails:"
"""What a page says after commands that are meant to fail."""


class PageStep(NamedTuple):
    """A block of a page: a file to be written, or commands."""

    file: str
    kind: str
    text: str
    fails: bool


@pytest.fixture
def steps() -> Callable[[str], list[PageStep]]:
    """The blocks of a page, by its name."""

    def found(page: str) -> list[PageStep]:
        text = (DOCS / page).read_text(encoding="utf-8")
        return [
            PageStep(one[1] or "", one[2], one[3], FAILS in text[one.end() : one.end() + 60])
            for one in STEPS.finditer(text)
        ]

    return found


@pytest.fixture
def do_page(tmp_path: Path, steps: Callable[[str], list[PageStep]]) -> Callable[[str], dict[str, str]]:
    """Write a page's files and run its commands; what each command said."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, call in (("xstilts", "-m xstilts "), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call}"$@"\n')
        (programs / name).chmod(0o755)
    names = {name: value for name, value in os.environ.items() if not name.startswith(("XSTILTS_", "HF_"))}
    env = names | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(xstilts.__file__).parents[1]),
        "XSTILTS_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    folder = tmp_path / "work"
    folder.mkdir()

    def do(page: str) -> dict[str, str]:
        said: dict[str, str] = {}
        for step in steps(page):
            if step.file:
                path = folder / step.file
                path.parent.mkdir(exist_ok=True)
                path.write_text(step.text, encoding="utf-8")
            elif step.kind == "sh":
                for line in step.text.splitlines():
                    done = subprocess.run(
                        ["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, timeout=280
                    )
                    assert (done.returncode != 0) == step.fails, (line, done.stdout, done.stderr)
                    said[line] = done.stdout + done.stderr
        return said

    return do
