"""No room left while weights, predictions or the record are written: one clear error, a whole store, and it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store

VICTIM = Path(__file__).parent / "faults_victim.py"


def do(study: Path, store: Store, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, VICTIM, study, store.root, name]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("what", ["weights", "predictions", "record"])
def test_no_room(pretended: Path, planned: Plan, store: Store, what: str) -> None:
    hungry = do(pretended, store, f"starved-{what}")
    assert hungry.returncode != 0
    last = hungry.stderr.strip().splitlines()[-1]
    assert "BadStore" in last and "No room left to write" in last and "run the same command again" in last
    done = [step.digest for step in planned.steps if store.has(step.digest)]
    assert len(done) < len(planned.steps)
    assert not [wrong for digest in done if (wrong := store.damage(digest, deep=True))]
    leftovers = [path for path in store.root.rglob("*") if path.name.startswith(".") or path.name == "claim"]
    assert not leftovers
    assert do(pretended, store, "counting").stdout == "ok\n"
    assert all(store.has(step.digest) for step in planned.steps)


def test_a_small_disk(pretended: Path, planned: Plan, tmp_path: Path) -> None:
    """The same on a real file system that is full, where one may be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("making a small file system is not allowed here")
    try:
        store = Store(disk / "store")
        (disk / "filler").write_bytes(bytes(256 * 1024 - 20 * 4096))
        full = do(pretended, store, "counting")
        assert "No room left" in full.stderr.strip().splitlines()[-1]
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        assert do(pretended, store, "counting").stdout == "ok\n"
        assert not [wrong for step in planned.steps if (wrong := store.damage(step.digest, deep=True))]
    finally:
        subprocess.run(["umount", disk], check=True)
