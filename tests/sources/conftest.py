"""Fixtures of the sources room: a private cache, a private mirror, and a Hub on loopback."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hub_server

from xstilts.sources.table import _memory


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's is read or written."""
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("XSTILTS_DATA", "XSTILTS_TASKS", "HF_HUB_OFFLINE", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    _memory.kept.clear()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[hub_server.Hub]:
    with hub_server.served() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.url)
        yield found


Write = Callable[..., Path]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write rows into a file of a mirror that is set."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("XSTILTS_DATA", str(folder))

    def write(name: str, *rows: dict[str, Any]) -> Path:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))
        return path

    return write
