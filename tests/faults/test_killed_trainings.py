"""A training that is killed at any moment and gone on with is, byte for byte, the one that nobody disturbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faults_trainings
import numpy as np
import pytest

STAGES = list(faults_trainings.STAGES)
SAME = ("weights", "losses", "predictions", "counts", "drawn", "selection", "dev", "health")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """The program that forks trainings."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "XSTILTS_CACHE": str(tmp_path_factory.mktemp("cache"))}
    command = [sys.executable, faults_trainings.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


class Sitting:
    """One process that trains, from its start or from a checkpoint."""

    def __init__(self, server: subprocess.Popen[str], stage: str, steps: int, folder: Path) -> None:
        assert server.stdin is not None and server.stdout is not None
        self.out = server.stdout
        self.result = folder / "result.json"
        asked = {"stage": stage, "steps": steps, "folder": str(folder / "checkpoint"), "result": str(self.result)}
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        self.pid = int(self.out.readline())

    def until(self, steps: int) -> int:
        """Wait for so many more steps; the number of the last one, 0 for none."""
        line = "step 0"
        for _ in range(steps):
            line = self.out.readline()
            assert line.startswith("step"), "it ended by itself"
        return int(line.split()[1])

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        while not self.out.readline().startswith("ended"):
            pass

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.result.read_text())
        return found


def straight(server: subprocess.Popen[str], stage: str, steps: int, folder: Path) -> dict[str, Any]:
    """What the training becomes that nobody disturbs."""
    folder.mkdir()
    sitting = Sitting(server, stage, steps, folder)
    sitting.end()
    return sitting.told()


def killed(
    server: subprocess.Popen[str], stage: str, steps: int, kills: int, folder: Path, *, seed: int
) -> dict[str, Any]:
    """Kill it so many times: before a first step, between two, in the middle of one, and while it saves itself."""
    folder.mkdir()
    random = np.random.default_rng([seed, STAGES.index(stage)])
    done = 0
    for number in range(kills):
        sitting = Sitting(server, stage, steps, folder)
        # So far that the last kill comes near the end; every fifth before the first step, or when the end is near.
        most = 2 * (steps - 4 - done) // (kills - number + 1)
        ahead = 0 if number % 5 == 3 or most < 1 else int(random.integers(1, most + 1))
        done = max(done, sitting.until(ahead))
        time.sleep(float(random.random()) * (0.5 if ahead == 0 else 0.04))
        sitting.kill()
        assert not sitting.result.exists()
    sitting = Sitting(server, stage, steps, folder)
    sitting.end()
    return sitting.told()


def check(server: subprocess.Popen[str], stage: str, steps: int, kills: int, folder: Path) -> dict[str, Any]:
    expected = straight(server, stage, steps, folder / "straight")
    found = killed(server, stage, steps, kills, folder / "killed", seed=1)
    assert {name: found[name] for name in SAME} == {name: expected[name] for name in SAME}
    assert expected["restarts"] == 0 and found["restarts"] > 0 and found["notes"] == []
    # They are real: the loss moves, and every task had its turn.
    assert len({loss for _, loss in found["losses"]}) > steps // 2 and min(found["counts"].values()) > 0
    return found


@pytest.mark.parametrize("stage", STAGES[:3])
def test_killed_and_gone_on(server: subprocess.Popen[str], tmp_path: Path, stage: str) -> None:
    check(server, stage, 10, 2, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_killed_twenty_times_and_gone_on(server: subprocess.Popen[str], tmp_path: Path, stage: str) -> None:
    found = check(server, stage, 100, 20, tmp_path)
    # A sitting that is killed before it has saved itself leaves no trace.
    assert 10 < found["restarts"] <= 20
