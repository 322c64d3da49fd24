"""The Slurm script: what it does with the signals that Slurm sends, with stand-ins for `xstilts` and `scontrol`."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docs" / "xstilts.sbatch"
# Works until it is told to stop; then it needs a while, and says with 130 that steps are left.
WORKER = """#!/bin/bash
echo "$@" > "$THERE/arguments"
trap 'echo TERM >> "$THERE/signals"; while ! [ -e "$THERE/saved" ]; do sleep 0.05; done; exit 130' TERM
touch "$THERE/ready"
while ! [ -e "$THERE/finished" ]; do sleep 0.05; done
exit 3
"""
SCONTROL = '#!/bin/bash\necho "$@" >> "$THERE/scontrol"\n'


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name, text in (("xstilts", WORKER), ("scontrol", SCONTROL)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def started(there: Path, **slurm: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
    path = f"{there / 'bin'}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        ["bash", SCRIPT, "studies/lab.toml", "/shared/runs"], env={**clean, "PATH": path, "THERE": str(there), **slurm}
    )
    until(there / "ready")
    return process


def until(file: Path) -> None:
    end = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def said(there: Path, name: str) -> str:
    file = there / name
    return file.read_text().strip() if file.exists() else ""


@pytest.mark.parametrize(
    ("slurm", "again"),
    [
        ({"SLURM_JOB_ID": "7"}, "requeue 7"),
        # The last task of an array has the array's number as its own.
        ({"SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "2"}, "requeue 7_2"),
    ],
    ids=["alone", "of-an-array"],
)
def test_out_of_time(there: Path, slurm: dict[str, str], again: str) -> None:
    process = started(there, SLURM_CPUS_PER_TASK="8", **slurm)
    (there / "saved").touch()
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=60) == 130
    assert said(there, "arguments") == "run studies/lab.toml --store /shared/runs --threads 8 --no-wait"
    assert (said(there, "signals"), said(there, "scontrol")) == ("TERM", again)


def test_out_of_time_and_done_at_once(there: Path) -> None:
    """A worker may end before the script looks whether it has: its code is known all the same."""
    (there / "bin" / "xstilts").write_text(
        '#!/bin/bash\ntrap "exit 130" TERM\ntouch "$THERE/ready"\nwhile :; do sleep 0.05; done\n'
    )
    for _ in range(5):
        process = started(there, SLURM_JOB_ID="7")
        process.send_signal(signal.SIGUSR1)
        assert process.wait(timeout=60) == 130
        (there / "ready").unlink()
    assert said(there, "scontrol").split() == ["requeue", "7"] * 5


def test_cancelled_or_preempted(there: Path) -> None:
    """Slurm brings a preempted task back itself; a cancelled one shall not come back."""
    process = started(there, SLURM_JOB_ID="7")
    (there / "saved").touch()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    assert (said(there, "signals"), said(there, "scontrol")) == ("TERM", "")


def test_cancelled_after_its_time_was_nearly_over(there: Path) -> None:
    process = started(there, SLURM_JOB_ID="7")
    process.send_signal(signal.SIGUSR1)
    until(there / "signals")
    process.send_signal(signal.SIGTERM)
    (there / "saved").touch()
    assert process.wait(timeout=60) == 130
    assert said(there, "scontrol") == ""


def test_what_the_worker_ends_with(there: Path) -> None:
    process = started(there, SLURM_JOB_ID="7")
    (there / "finished").touch()
    assert process.wait(timeout=60) == 3
    assert (said(there, "signals"), said(there, "scontrol")) == ("", "")
