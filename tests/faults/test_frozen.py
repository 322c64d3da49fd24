"""A worker that is stopped past its heartbeat and comes back: another has done its step, and nothing is spoilt."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from studies_fakes import logged

from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store

VICTIM = Path(__file__).parent / "faults_victim.py"


@pytest.mark.parametrize("where", ["training", "weights", "predictions", "record"])
def test_frozen_and_back(pretended: Path, planned: Plan, store: Store, where: str) -> None:
    command = [sys.executable, str(VICTIM), str(pretended), str(store.root), f"frozen-{where}"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not (lines := [line.split() for line in logged(store) if line.startswith("frozen")]):
        assert time.monotonic() < end and first.poll() is None
        time.sleep(0.05)
    digest, process = lines[0][1], int(lines[0][2])
    second = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert second.stdout == "ok\n", second.stderr
    before = {run.digest: run for run in store.runs()}
    assert set(before) == {step.digest for step in planned.steps}
    assert not before[digest].provenance.worker.endswith(f":{process}"), "the other one did it"
    os.kill(process, signal.SIGCONT)
    out, err = first.communicate(timeout=60)
    assert (out, first.returncode) == ("ok\n", 0), err
    assert {run.digest: run for run in store.runs()} == before, "who comes back late writes no record"
    assert not [wrong for step in planned.steps if (wrong := store.damage(step.digest, deep=True))]
    assert not list(store.root.glob("runs/*/claim"))
    assert not list(store.root.glob("runs/*/.weights*"))
