"""Ctrl-C once: it is said at once, and everything stops at the next checkpoint. Twice: now. SIGTERM: always as once."""

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


def started(study: Path, store: Store, name: str, ignored: bool = False) -> subprocess.Popen[str]:
    command = [sys.executable, str(VICTIM), str(study), str(store.root), name]
    if ignored:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    end = time.monotonic() + 120
    while not any(line.startswith("begin") for line in logged(store)):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    return process


def test_once(pretended: Path, store: Store) -> None:
    process = started(pretended, store, "counting")
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stdout.readline() == "stopping\n"
    out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("stopped\n", 1), err
    assert not list(store.root.glob("runs/*/claim"))
    first = next(line.split()[1] for line in logged(store) if line.startswith("begin"))
    assert store.has(first) or (store.checkpoint(first) / "tick").is_file()


@pytest.mark.parametrize("ignored", [False, True], ids=["usual", "ignored-by-the-shell"])
def test_twice(pretended: Path, planned: Plan, store: Store, ignored: bool) -> None:
    """A step that never asks whether it is to stop is broken off by the second Ctrl-C."""
    process = started(pretended, store, "deaf", ignored)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stdout.readline() == "stopping\n"
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in err
    assert not list(store.root.glob("runs/*/claim"))
    done = subprocess.run(
        [sys.executable, VICTIM, pretended, store.root, "counting"], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "ok\n", done.stderr


def test_terminated_twice(pretended: Path, store: Store) -> None:
    """Slurm and `timeout` send SIGTERM to the process and to its group: that is one wish, not haste."""
    process = started(pretended, store, "deaf")
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "stopping\n"
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    assert process.poll() is None
    process.kill()
    process.communicate(timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_at_the_command_line(lab: Path, tmp_path: Path, times: int) -> None:
    text = lab.read_text().replace("steps = 12", "steps = 4000")
    lab.write_text(text)
    command = [sys.executable, "-m", "xstilts", "run", str(lab), "--store", str(tmp_path / "runs")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    end = time.monotonic() + 200
    while not any('"total": 4000' in path.read_text() for path in tmp_path.glob("runs/runs/*/progress.json")):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Stopping at the next checkpoint")
    if times == 2:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "The same command goes on from here." in err
    assert not list(tmp_path.glob("runs/runs/*/claim"))


def test_signals_within_microseconds(tmp_path: Path) -> None:
    """A handler that is interrupted by itself must not wait for a lock that it holds."""
    program = (
        "import os, sys, time\n"
        "from xstilts.studies.working.work import stopping\n"
        "with stopping(lambda: print('asked', flush=True)) as stop:\n"
        "    print('ready', flush=True)\n"
        "    end = time.monotonic() + 60\n"
        "    while not stop() and time.monotonic() < end: pass\n"
        "    for _ in range(2000): os.kill(os.getpid(), 15)\n"
        "    sys.stdin.read()\n"
    )
    for _ in range(5):
        command = [sys.executable, "-c", program]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for _ in range(200):
            process.send_signal(signal.SIGTERM)
        try:
            # It stays where signals are heard until nothing more is sent.
            process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0
