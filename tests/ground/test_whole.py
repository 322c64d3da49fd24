"""files: what was there before survives every failing write, and the error names the way out."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import xstilts
from xstilts.errors import BadInput, BadStore
from xstilts.files import append_line, content_hash, read_json, write_atomic, write_json


class Note(msgspec.Struct, frozen=True):
    who: str
    age: int = 0


def _failing(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


def test_writes_text_and_bytes_and_makes_folders(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c.txt"
    write_atomic(target, "grün\n")
    assert target.read_text(encoding="utf-8") == "grün\n"
    write_atomic(target, b"\x00\x01")
    assert target.read_bytes() == b"\x00\x01"
    assert [member.name for member in target.parent.iterdir()] == ["c.txt"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "No room"), (errno.EDQUOT, "No room"), (errno.EROFS, "may not"), (errno.EIO, "cannot")],
)
def test_a_failing_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, says: str
) -> None:
    target = tmp_path / "record.json"
    write_atomic(target, "old")
    with monkeypatch.context() as patched:
        patched.setattr(os, call, _failing(number))
        with pytest.raises(BadStore, match=says) as caught:
            write_atomic(target, "new and longer")
    assert caught.value.way_out
    assert target.read_text() == "old"
    assert [member.name for member in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_disk() -> None:
    with pytest.raises(BadStore, match="No room"):
        append_line("/dev/full", "x")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(BadStore, match="may not be written"):
            write_atomic(tmp_path / "x", "x")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(BadStore, match="cannot be written"):
        write_atomic(tmp_path / "runs" / "x", "x")


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "record.json"
    write_atomic(target, "old")
    program = (
        "import os, signal, sys; from xstilts.files import write_atomic;"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL); write_atomic(sys.argv[1], 'new')"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(xstilts.__file__).parent.parent)}
    assert subprocess.run([sys.executable, "-c", program, str(target)], env=env).returncode != 0
    assert target.read_text() == "old"


def test_json_round_trip_with_structs(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"notes": [Note("ö", 3)]})
    assert read_json(tmp_path / "x.json") == {"notes": [{"who": "ö", "age": 3}]}
    assert read_json(tmp_path / "x.json", type=dict[str, list[Note]]) == {"notes": [Note("ö", 3)]}
    assert (tmp_path / "x.json").read_text(encoding="utf-8").endswith("}\n")


def test_unreadable_json_names_file_and_field(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file .*absent\.json"):
        read_json(tmp_path / "absent.json")
    (tmp_path / "torn.json").write_text('{"who": "a", "ag')
    with pytest.raises(BadInput, match=r"torn\.json"):
        read_json(tmp_path / "torn.json")
    (tmp_path / "wrong.json").write_text('{"who": "a", "age": "x"}')
    with pytest.raises(BadInput, match=r"\$\.age"):
        read_json(tmp_path / "wrong.json", Note)
    (tmp_path / "latin.json").write_bytes(b'{"who": "\xff"}')
    with pytest.raises(BadInput, match=r"latin\.json"):
        read_json(tmp_path / "latin.json")
    with pytest.raises(BadStore, match="cannot be read"):
        read_json(tmp_path)


def test_a_file_that_another_machine_replaces_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS: what was opened is gone by the time it is read."""
    write_json(tmp_path / "x.json", [1])
    real, opened = Path.read_bytes, []

    def once_stale(self: Path) -> bytes:
        opened.append(self)
        if len(opened) == 1:
            write_json(self, [2])
            raise OSError(errno.ESTALE, "Stale file handle")
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", once_stale)
    assert read_json(tmp_path / "x.json") == [2]
    assert len(opened) == 2


def test_lines_are_added_whole_and_torn_ones_closed(tmp_path: Path) -> None:
    log = tmp_path / "deep" / "log.jsonl"
    append_line(log, "one")
    append_line(log, b"two")
    with log.open("ab") as file:
        file.write(b"torn")
    append_line(log, "three")
    assert log.read_text().splitlines() == ["one", "two", "torn", "three"]
    with pytest.raises(ValueError, match="line"):
        append_line(log, "a\nb")


def test_content_hash_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert content_hash(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


def test_content_hash_of_a_folder_is_its_names_and_contents(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "a").write_text("a")
        (tmp_path / name / "b").write_text("b")
    before = content_hash(tmp_path / "one")
    assert before == content_hash(tmp_path / "two")
    (tmp_path / "two" / ".hidden").write_text("x")
    assert before == content_hash(tmp_path / "two")
    (tmp_path / "two" / "b").rename(tmp_path / "two" / "c")
    assert before != content_hash(tmp_path / "two")
    (tmp_path / "one" / "b").write_text("B")
    assert before != content_hash(tmp_path / "one")
    with pytest.raises(BadInput, match="no file or folder"):
        content_hash(tmp_path / "absent")
