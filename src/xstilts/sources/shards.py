"""Which files of a Hub repository a pattern stands for at a commit. Asked once: a commit never changes."""

from __future__ import annotations

import contextlib
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from huggingface_hub import HfApi

from xstilts.errors import Absent, BadInput, XstiltsError
from xstilts.files import write_json
from xstilts.identity import digest
from xstilts.sources.download import endpoint, offline, token, told, tries
from xstilts.sources.folders import cache_folder


def shards(kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
    """The files, in alphabetical order; none is an error. Offline: as they were listed before."""
    note = _note(kind, repo, commit, pattern)
    found = _recalled(note)
    if found:
        return found
    if offline():
        raise Absent(
            f"HF_HUB_OFFLINE is set, and which files {repo}@{commit[:12]} has as {pattern} was never looked up.",
            way_out="Be online once, or set XSTILTS_DATA to a mirror.",
        )
    found = _listed(kind, repo, commit, pattern)
    if not found:
        raise BadInput(f"{repo}@{commit[:12]} has no file {pattern}.", way_out="Check the path.")
    # A cache that cannot be written only costs another question.
    with contextlib.suppress(XstiltsError):
        if note is not None:
            write_json(note, found)
    return found


def _listed(kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
    folder = pattern.rpartition("/")[0]
    for attempt in tries():
        with attempt, told(repo, commit, pattern):
            api = HfApi(endpoint=endpoint(), token=token())
            there = api.list_repo_tree(repo, folder or None, revision=commit, repo_type=kind)
            return tuple(sorted(one.path for one in there if fnmatchcase(one.path, pattern)))
    raise AssertionError("The last try raises.")


def _note(kind: str, repo: str, commit: str, pattern: str) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / "shards" / f"{digest([kind, repo, commit, pattern], length=32)}.json"


def _recalled(note: Path | None) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(note.read_bytes(), type=tuple[str, ...]) if note else ()
    except (OSError, msgspec.DecodeError):
        return ()
