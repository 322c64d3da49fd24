"""One road all the way: the command line, the shipped encoder, a study, a kill in the middle, and the report."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

STUDY = """
name = "road"
encoder = "lab"
seeds = [1, 2]
exams = ["lab-xquad", "lab-xnli", "lab-panx", "lab-tatoeba", "lab-bucc2018"]
languages = ["lab-piv", "lab-near", "lab-far-new"]

[intermediates]
csqa = "lab-commonsenseqa"
several = { tasks = ["lab-squad2", "lab-ccg"], rule = "uniform", steps = 12 }

[recipe.intermediate]
rate = 5e-4
steps = 8
batch = 8
max_length = 128

[recipe.target]
rate = 5e-4
steps = 8
batch = 8
max_length = 128
"""


def xstilts(*words: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "xstilts", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160"},
    )


def done(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def records(folder: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in folder.glob("runs/runs/*/record.json")}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was killed in the middle and finished by a second call."""
    folder = tmp_path_factory.mktemp("road")
    (folder / "road.toml").write_text(STUDY, encoding="utf-8")
    first = xstilts("run", "road.toml", "--store", "runs", folder=folder)
    deadline = time.monotonic() + 200
    while len(records(folder)) < 6 and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = records(folder)
    assert 6 <= len(before) < 40, "killed in the middle"
    code, _, err = done(xstilts("run", "road.toml", "--store", "runs", folder=folder))
    assert code == 0, err
    after = records(folder)
    assert {name: after[name] for name in before} == before, "nothing is done twice"
    return folder


def test_every_step_has_its_record(walked: Path) -> None:
    code, out, err = done(xstilts("plan", "road.toml", "--json", folder=walked))
    assert code == 0, err
    planned = msgspec.json.decode(out)
    steps = {step["digest"] for step in planned["steps"]}
    assert steps == set(records(walked))


def test_the_gains_are_shown_and_said_to_be_the_labs(walked: Path) -> None:
    code, out, err = done(xstilts("compare", "road.toml", "--store", "runs", folder=walked))
    assert code == 0, err
    assert "csqa" in out
    assert "several" in out
    assert "lab-xquad" in out
    assert "invented" in out


@pytest.mark.parametrize("verb", ["plan", "run", "status", "score", "compare"])
def test_every_verb_says_that_it_is_the_lab(walked: Path, verb: str) -> None:
    store = [] if verb == "plan" else ["--store", "runs"]
    code, out, err = done(xstilts(verb, "road.toml", *store, folder=walked))
    assert code == 0, err
    assert "its languages are invented" in out


def test_the_report_opens_offline(walked: Path) -> None:
    code, _, err = done(xstilts("report", "road.toml", "--store", "runs", "-o", "report.html", folder=walked))
    assert code == 0, err
    page = (walked / "report.html").read_text(encoding="utf-8")
    assert "lab-far-new" in page
    assert "<script src" not in page and "default-src 'none'" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_scores_come_again_from_predictions(walked: Path) -> None:
    before = records(walked)
    code, out, err = done(xstilts("score", "road.toml", "--store", "runs", folder=walked))
    assert code == 0, err
    assert out
    assert records(walked) == before


def test_weights_are_gone_when_nothing_needs_them(walked: Path) -> None:
    assert not list(walked.glob("runs/runs/*/weights/*"))
