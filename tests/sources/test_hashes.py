"""Hashes of data files are remembered, and never wrong for long."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from xstilts.sources import hashes


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    calls: list[Path] = []

    def content_hash(path: Path) -> str:
        calls.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(hashes, "content_hash", content_hash)
    monkeypatch.setattr(hashes, "FRESH", -1)
    monkeypatch.setattr(hashes, "_memory", {})
    return calls


def test_a_file_is_hashed_once_for_all_processes(tmp_path: Path, counted: list[Path]) -> None:
    path = tmp_path / "x"
    path.write_text("one")
    first = hashes.sha256_of(path)
    hashes._memory.clear()
    assert hashes.sha256_of(path) == first == hashlib.sha256(b"one").hexdigest()
    assert len(counted) == 1


def test_a_change_is_seen_even_with_the_old_size_and_time(tmp_path: Path, counted: list[Path]) -> None:
    path = tmp_path / "x"
    path.write_text("one")
    then = path.stat().st_mtime_ns
    first = hashes.sha256_of(path)
    time.sleep(0.02)
    path.write_text("two")
    os.utime(path, ns=(then, then))
    assert hashes.sha256_of(path) != first


def test_a_fresh_file_is_not_trusted_yet(tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "FRESH", 10**12)
    path = tmp_path / "x"
    path.write_text("one")
    hashes.sha256_of(path)
    hashes.sha256_of(path)
    assert len(counted) == 2


def test_a_broken_note_and_no_cache_only_cost_time(
    tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("one")
    first = hashes.sha256_of(path)
    (note,) = (tmp_path / "cache" / "hashes").iterdir()
    note.write_text("{")
    hashes._memory.clear()
    assert hashes.sha256_of(path) == first
    monkeypatch.setenv("XSTILTS_CACHE", "off")
    hashes._memory.clear()
    assert hashes.sha256_of(path) == first
    hashes.forget(path)
    assert len(counted) == 3
