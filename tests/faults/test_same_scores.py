"""One worker, two, four, Ray, one interrupted and resumed: the same predictions and scores, and each step once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from studies_fakes import logged
from test_kills import predictions, scores

from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.studies.working.work import run


@pytest.mark.parametrize("count", [2, 4])
def test_each_step_once(planned: Plan, store: Store, count: int) -> None:
    from studies_fakes import slow

    assert run(planned, store, do=slow, workers=count).ok
    assert Counter(line.split()[0] for line in logged(store)) == Counter(step.digest for step in planned.steps)


def xstilts(study: Path, store: Path, *options: str) -> subprocess.Popen[str]:
    # One thread each: a sum over two threads is added up in another order.
    command = [sys.executable, "-m", "xstilts", "run", study, "--store", store, "--threads", "1", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, err = process.communicate(timeout=900)
    assert process.returncode == 0, err


@pytest.mark.slow
def test_the_same_scores_however_it_is_run(lab: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    finish(xstilts(lab, alone))
    expected, scored = predictions(alone), scores(alone)
    assert len(expected) == 6
    assert Counter(kind.kind for kind in Store(alone).runs()) == {"train": 3, "test": 4}

    finish(xstilts(lab, tmp_path / "two", "--workers", "2"))
    assert predictions(tmp_path / "two") == expected and scores(tmp_path / "two") == scored

    # By hand: two commands on one folder.
    both = [xstilts(lab, tmp_path / "hand") for _ in range(2)]
    for process in both:
        finish(process)
    assert predictions(tmp_path / "hand") == expected and scores(tmp_path / "hand") == scored
    assert all(run.restarts == 0 for run in Store(tmp_path / "hand").runs())

    broken = tmp_path / "broken"
    first = xstilts(lab, broken)
    end = time.monotonic() + 300
    while not list(broken.glob("runs/*/record.json")):
        assert time.monotonic() < end and first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=300)
    assert first.returncode == 130
    assert 0 < len(list(broken.glob("runs/*/record.json"))) < 7
    finish(xstilts(lab, broken))
    assert predictions(broken) == expected and scores(broken) == scored


@pytest.mark.slow
def test_the_same_scores_on_ray(lab: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    finish(xstilts(lab, tmp_path / "alone"))
    finish(xstilts(lab, tmp_path / "ray", "--on", "ray"))
    assert predictions(tmp_path / "ray") == predictions(tmp_path / "alone")
    assert scores(tmp_path / "ray") == scores(tmp_path / "alone")
