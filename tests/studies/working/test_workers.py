"""Several processes on one plan: no step twice, and nobody's death costs more than the step it was in."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from studies_fakes import counting, dying, failing, lethal, logged, slow

from xstilts.errors import XstiltsError
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.studies.working import workers
from xstilts.studies.working.progress import Event
from xstilts.studies.working.work import run
from xstilts.training.recipe import Machine

HERE = Path(__file__).parents[1]
SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import studies_fakes
from xstilts.studies.records import store as stores
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working.work import run
stores.STALE_AFTER = 3600.0
if __name__ == "__main__":
    summary = run(load_study(sys.argv[1]), Store(sys.argv[2]), do=studies_fakes.counting, workers=int(sys.argv[3]))
    print("stopped" if summary.stopped else "ok" if summary.ok else "left")
"""
"""Whoever waits here for a claim to go stale waits an hour: the dead must be seen to be dead."""


@pytest.fixture
def script(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "study.toml").write_text(text)
    (tmp_path / "script.py").write_text(SCRIPT.format(here=str(HERE)))
    return [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "study.toml"), str(tmp_path / "store")]


def wait_for(store: Store, *, begins: int) -> None:
    end = time.time() + 120
    while sum(line.startswith("begin") for line in logged(store)) < begins:
        assert time.time() < end
        time.sleep(0.05)
    time.sleep(0.3)


def test_two_workers_never_do_the_same_step(planned: Plan, store: Store) -> None:
    events: list[Event] = []
    assert run(planned, store, do=slow, workers=2, watch=events.append).ok
    lines = [line.split() for line in logged(store)]
    assert Counter(line[0] for line in lines) == Counter(step.digest for step in planned.steps)
    assert len({line[2] for line in lines}) == 2
    assert Counter(event.state for event in events)["done"] == 17
    trained_by = {line[0]: line[2] for line in lines}
    for step in planned.steps:
        if step.kind == "test" and step.parent is not None:
            assert trained_by[step.digest] == trained_by[step.parent]


def test_a_killed_worker_is_replaced_by_the_other(planned: Plan, store: Store) -> None:
    summary = run(planned, store, do=dying, workers=2)
    assert summary.ok and (store.root / "died").exists()
    step = next(step for step in planned.steps if step.label == "squad1" and step.seed == 1)
    assert store.read(step.digest).restarts == 1


def test_when_all_die_it_says_how_to_go_on(planned: Plan, store: Store) -> None:
    with pytest.raises(XstiltsError, match=r"All 2 workers died \(exit code -9.*same command"):
        run(planned, store, do=lethal, workers=2)


def test_failures_come_back_from_workers(planned: Plan, store: Store) -> None:
    summary = run(planned, store, do=failing, workers=2)
    assert [failure.label for failure in summary.failures] == ["squad1, seed 2"] and summary.done == 12


@pytest.mark.parametrize("count", [1, 2])
def test_kill_9_and_run_again(script: list[str], store: Store, planned: Plan, count: int) -> None:
    process = subprocess.Popen([*script, str(count)], start_new_session=True)
    wait_for(store, begins=count + 1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = [step.digest for step in planned.steps if store.has(step.digest)]
    assert finished and len(finished) < len(planned.steps)
    begun = len(logged(store))
    done = subprocess.run([*script, str(count)], capture_output=True, text=True, timeout=300)
    assert done.stdout == "ok\n", done.stderr
    later = [line.split() for line in logged(store)[begun:]]
    assert not {line[0] for line in later} & set(finished)
    # The training in the middle went on from its checkpoint, at once: nobody waited for a claim to go stale.
    assert any(line[0] == "begin" and int(line[2]) > 0 for line in later)


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_ends_all(script: list[str], store: Store, count: int) -> None:
    process = subprocess.Popen([*script, str(count)], start_new_session=True, stdout=subprocess.PIPE, text=True)
    wait_for(store, begins=count)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert out == "stopped\n" and process.returncode == 0
    assert not list((store.root / "runs").glob("*/claim"))
    assert not list((store.root / "runs").glob("*/progress.json"))


def test_workers_end_when_the_command_is_killed(script: list[str], store: Store) -> None:
    process = subprocess.Popen([*script, "2"], start_new_session=True)
    wait_for(store, begins=2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(2)
    lines = len(logged(store))
    time.sleep(1.5)
    assert len(logged(store)) == lines


def test_cores_and_gpus_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert [workers.spread(Machine(), index, 3).device for index in range(3)] == ["cuda:0", "cuda:1", "cuda:0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert workers.spread(Machine(threads=3), 0, 2) == Machine(threads=3)
    assert (workers.spread(Machine(), 0, 2).threads or 0) >= 1


def test_no_worker_at_all(planned: Plan, store: Store) -> None:
    with pytest.raises(XstiltsError, match="0 workers"):
        run(planned, store, do=counting, workers=0)
