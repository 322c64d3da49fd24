"""Folders that the environment names: where data is mirrored, and where to keep what can be made again."""

from __future__ import annotations

import os
from pathlib import Path

from xstilts.errors import BadInput

MIRROR = "XSTILTS_DATA"
CACHE = "XSTILTS_CACHE"


def mirror_folder() -> Path | None:
    """The mirror of this process and its children (`XSTILTS_DATA`); None: there is none.

    This is the only place that looks it up: an option of a command sets the variable, so that workers see it too.
    """
    named = os.environ.get(MIRROR, "").strip()
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise BadInput(f"{MIRROR} names {folder}, and there is no such folder.", way_out=f"Mend or unset {MIRROR}.")
    return folder.resolve()


def cache_folder() -> Path | None:
    """Where xstilts keeps what it can make again: `XSTILTS_CACHE`, else the user's cache folder. "off": nowhere."""
    named = os.environ.get(CACHE, "").strip()
    if named == "off":
        return None
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "").strip()
    try:
        return (Path(home) if home else Path.home() / ".cache") / "xstilts"
    except RuntimeError:
        return None
