"""Claim: of several processes one wins; a dead holder's claim is taken over, a living one's never."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

import xstilts
from xstilts.errors import BadStore
from xstilts.files import Claim, Holder, Sightings
from xstilts.files import claim as module

ENV = {**os.environ, "PYTHONPATH": str(Path(xstilts.__file__).parent.parent)}


def _process(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-c",
        "import os, sys, time; from pathlib import Path; from xstilts.files import Claim;" + program,
    ]
    return subprocess.Popen([*command, *arguments], env=ENV, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _abandon(path: Path, *, seconds_ago: float) -> None:
    """A claim of a process on another machine that was last seen some time ago."""
    path.write_bytes(msgspec.json.encode(Holder("token", "another boot", "elsewhere", 1)))
    then = time.time() - seconds_ago
    os.utime(path, (then, then))


def test_one_at_a_time_and_free_after_release(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "claim"
    first = Claim.take(path)
    assert first is not None
    assert Claim.take(path) is None
    holder = Claim.held(path)
    assert holder is not None
    assert holder.pid == os.getpid()
    first.release()
    first.release()
    assert Claim.held(path) is None
    assert list(path.parent.iterdir()) == []
    second = Claim.take(path)
    assert second is not None
    assert not first.beat()
    first.release()
    assert second.beat()
    second.release()


@pytest.mark.parametrize("abandoned", [False, True])
def test_of_several_processes_only_one_wins(tmp_path: Path, abandoned: bool) -> None:
    path, start = tmp_path / "claim", tmp_path / "start"
    if abandoned:
        _abandon(path, seconds_ago=3600)
    program = (
        "print('ready', flush=True)\n"
        "while not Path(sys.argv[2]).exists(): pass\n"
        "claim = Claim.take(sys.argv[1])\n"
        "print(claim is not None, flush=True); sys.stdin.read()"
    )
    racers = [_process(program, str(path), str(start)) for _ in range(3)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    start.touch()
    # Every answer is read before any racer may end: a dead winner's claim would be free again.
    answers = [racer.stdout.readline() for racer in racers if racer.stdout is not None]
    for racer in racers:
        racer.communicate()
    assert sorted(answers) == ["False\n", "False\n", "True\n"]


def test_a_killed_holder_on_this_machine_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    holder = _process(
        "claim = Claim.take(sys.argv[1]); print(claim is not None, flush=True); time.sleep(600)", str(path)
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    assert Claim.take(path) is None
    holder.kill()
    holder.wait()
    assert Claim.held(path) is None
    taken = Claim.take(path)
    assert taken is not None
    taken.release()
    assert list(tmp_path.iterdir()) == []


def test_elsewhere_only_silence_makes_a_claim_stale(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    _abandon(path, seconds_ago=50)
    assert Claim.take(path, stale_after=60) is None
    assert Claim.held(path, stale_after=60) is not None
    _abandon(path, seconds_ago=70)
    taken = Claim.take(path, stale_after=60)
    assert taken is not None
    assert [member.name for member in tmp_path.iterdir()] == ["claim"]


def test_an_empty_file_is_a_claim_until_it_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    path.touch()
    assert Claim.take(path) is None
    os.utime(path, (1, 1))
    assert Claim.take(path) is not None


def test_a_beat_keeps_it_and_tells_of_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    claim = Claim.take(path)
    assert claim is not None
    os.utime(path, (1, 1))
    assert claim.beat()
    assert path.stat().st_mtime > 1
    _abandon(path, seconds_ago=0)
    assert not claim.beat()
    claim.release()
    assert path.exists(), "a lost claim is the new holder's to release"
    path.unlink()
    assert not claim.beat()


def test_as_a_context_it_beats_by_itself_and_releases_on_errors(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    claim = Claim.take(path, stale_after=0.2)
    assert claim is not None
    with pytest.raises(RuntimeError), claim:
        os.utime(path, (1, 1))
        deadline = time.monotonic() + 10
        while path.stat().st_mtime < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert path.stat().st_mtime > 2
        raise RuntimeError
    assert not path.exists()


def test_a_slow_taker_does_not_push_out_a_faster_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claim"
    _abandon(path, seconds_ago=3600)
    fast: list[Claim | None] = []
    original = module._remove

    def slowly(at: Path, seen: tuple[int, int]) -> bool:
        monkeypatch.setattr(module, "_remove", original)
        fast.append(Claim.take(at))
        return original(at, seen)

    monkeypatch.setattr(module, "_remove", slowly)
    assert Claim.take(path) is None
    assert fast[0] is not None
    assert fast[0].beat()
    assert [member.name for member in tmp_path.iterdir()] == ["claim"]


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(BadStore):
        Claim.take(tmp_path / "runs" / "claim")


def test_a_network_may_number_files_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems make up an inode's number at each look: it says nothing about a claim."""
    path, seen, numbers, now = tmp_path / "claim", Sightings(), iter(range(1, 1000)), [0.0]
    _abandon(path, seconds_ago=0)
    real = Path.stat

    def anew(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(self, follow_symlinks=follow_symlinks)
        return os.stat_result((found.st_mode, next(numbers), *found[2:]), {"st_mtime_ns": found.st_mtime_ns})

    monkeypatch.setattr(Path, "stat", anew)
    monkeypatch.setattr(module, "steady", lambda: now[0])
    assert Claim.take(path, sightings=seen) is None
    now[0] = 61
    assert Claim.take(path, sightings=seen) is not None


def test_without_links_a_fresh_claim_goes_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claim"

    def unlinkable(source: Path, target: Path) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "link", unlinkable)
    fresh = Claim.take(path)
    assert fresh is not None
    assert not module._remove(path, ("the dead one's", 0))
    assert fresh.beat()
    assert [member.name for member in tmp_path.iterdir()] == ["claim"]


def test_a_claim_that_another_machine_releases_in_this_moment_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS: the file is opened, taken away on the server, and read."""
    path = tmp_path / "claim"
    other = Claim.take(path)
    assert other is not None

    def stale(self: Path) -> bytes:
        path.unlink(missing_ok=True)
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", stale)
        assert Claim.held(path) is None
        assert Claim.take(path) is not None
    assert not other.beat()
