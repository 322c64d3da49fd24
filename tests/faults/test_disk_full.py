"""No room left while weights, predictions or the record are written, or no right to: one clear error, a whole store."""

import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, where one may be made."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("making a small file system is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)


def test_a_small_disk(pretended: Path, planned: Plan, disk: Path) -> None:
    """The same on a real file system that is full."""
    store = Store(disk / "store")
    (disk / "filler").write_bytes(bytes(256 * 1024 - 20 * 4096))
    full = do(pretended, store, "counting")
    assert "No room left" in full.stderr.strip().splitlines()[-1]
    (disk / "filler").unlink()
    remount(disk, "size=8m")
    assert do(pretended, store, "counting").stdout == "ok\n"
    assert not [wrong for step in planned.steps if (wrong := store.damage(step.digest, deep=True))]


def test_a_read_only_disk(pretended: Path, planned: Plan, disk: Path) -> None:
    """Nothing is begun there; a study that is done is found to be done."""
    store = Store(disk / "store")
    store.prepare()
    remount(disk, "ro,size=8m")
    refused = do(pretended, store, "counting")
    assert refused.returncode != 0 and "may not be written" in refused.stderr.strip().splitlines()[-1]
    assert not [path for path in store.root.rglob("*") if path.is_file()]
    remount(disk, "rw")
    assert do(pretended, store, "counting").stdout == "ok\n"
    remount(disk, "ro")
    assert do(pretended, store, "counting").stdout == "ok\n"
    assert all(store.has(step.digest) for step in planned.steps)
