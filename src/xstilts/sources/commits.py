"""What branches of the Hub stood for when they were last looked up. Nothing is asked, huggingface_hub is not loaded."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xstilts.errors import XstiltsError
from xstilts.files import write_atomic


def last_commit(kind: str, repo: str, revision: str) -> str:
    """The commit; empty if this machine never looked it up."""
    try:
        return _reference(kind, repo, revision).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def remember_commit(kind: str, repo: str, revision: str, commit: str) -> None:
    """Where huggingface_hub itself remembers it."""
    # A cache that cannot be written costs a question.
    with contextlib.suppress(XstiltsError):
        if revision != commit:
            write_atomic(_reference(kind, repo, revision), commit)


def hub_cache() -> Path:
    """Where huggingface_hub keeps what was fetched, as it says itself."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(home) if home else Path(cache) / "huggingface").expanduser() / "hub"


def _reference(kind: str, repo: str, revision: str) -> Path:
    return hub_cache() / f"{kind}s--{repo.replace('/', '--')}" / "refs" / revision
