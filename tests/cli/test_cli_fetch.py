"""`xstilts fetch`: what a study reads is brought from a Hub on loopback, and the study then runs without it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import polars
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))

import hub_server

import xstilts as package
from xstilts.sources.table import _memory

STUDY = """
name = "small"
encoder = "lab"
seeds = [1]
exams = ["lab-xnli"]
languages = ["lab-piv", "lab-near"]
intermediates = { snli = "snli", ccg = "ccg" }
[recipe.intermediate]
steps = 3
batch = 4
attempts = 1
[recipe.target]
steps = 2
batch = 4
attempts = 1
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XSTILTS_DATA", "XSTILTS_TASKS", "XSTILTS_CCGBANK", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    _memory.kept.clear()
    path = tmp_path / "small.toml"
    path.write_text(STUDY)
    return path


def test_what_was_fetched_is_run_without_a_network(
    xstilts, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, store = io.BytesIO(), tmp_path / "runs"
    rows = {"premise": [f"It is {n}." for n in range(40)], "hypothesis": ["It is."] * 40, "label": [0, 1, 2, 0] * 10}
    polars.DataFrame(rows).write_parquet(out)
    with hub_server.served() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for split in ("train", "validation"):
            hub.put("stanfordnlp/snli", f"plain_text/{split}/0000.parquet", out.getvalue())
        hub.refs["stanfordnlp/snli", "refs/convert/parquet"] = hub_server.COMMIT
        said = xstilts("fetch", small, "--store", store)
        assert said.code == 0, said
    lines = said.out.splitlines()
    assert lines[0] == "encoder lab" and "task snli: 80 rows" in lines
    assert "exam lab-xnli: 300 rows in 2 languages" in lines
    told = " ".join(said.out.split())
    assert "task ccg: " in told and "LDC2005T13" in told and "1 part of the study cannot be had" in told

    _memory.kept.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = xstilts("run", small, "--store", store, "--threads", "1", "--device", "cpu")
    assert ran.code == 0 and "All is done that can be done here: 5 steps done now" in ran.out, ran


def test_without_the_hub_it_fails_and_says_so(xstilts, small: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = xstilts("fetch", small, "--store", tmp_path / "runs")
    assert said.code == 1 and "was never looked up" in said.err and not said.out


def test_an_encoder_of_the_hub_is_there_without_it(small: Path, tmp_path: Path) -> None:
    """In processes of their own: huggingface_hub reads where the Hub is when it is loaded."""
    told = STUDY.replace('encoder = "lab"', 'encoder = "someone/tiny"').replace('snli = "snli", ccg = "ccg"', "")
    small.write_text(told)
    shipped = Path(package.__file__).parent / "encoders" / "lab"

    def xstilts(verb: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "xstilts", verb, str(small), "--store", str(tmp_path / "runs")]
        paths = os.pathsep.join([str(shipped.parents[2]), os.environ.get("PYTHONPATH", "")])
        env = {**os.environ, "PYTHONPATH": paths, **more}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)

    with hub_server.served() as hub:
        for path in shipped.iterdir():
            if path.is_file():
                hub.put("someone/tiny", path.name, path.read_bytes())
        assert xstilts("run", HF_HUB_OFFLINE="1").returncode == 1
        fetched = xstilts("fetch", HF_ENDPOINT=hub.url)
        assert fetched.returncode == 0 and fetched.stdout.startswith("encoder tiny"), fetched
    ran = xstilts("run", HF_HUB_OFFLINE="1")
    assert ran.returncode == 0 and "The study is complete" in ran.stdout, ran
