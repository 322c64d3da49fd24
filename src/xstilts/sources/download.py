"""Fetch a file of the Hub into huggingface_hub's cache, and believe it only when its sum is right.

The only module that loads huggingface_hub; it is imported when something is really to be fetched. huggingface_hub goes
on where a connection broke and waits as a busy server tells it; what it leaves to its callers is done here: further
tries, errors in one line, and the comparison of what came with what was announced.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_download, hf_hub_url

# HTTPError is its own name for what its HTTP library raises, which is another library from version to version.
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from xstilts.errors import Absent, BadInput, XstiltsError
from xstilts.files.whole import CLOSED, FULL, refused
from xstilts.sources.commits import hub_cache, last_commit, remember_commit
from xstilts.sources.found import Found
from xstilts.sources.hashes import sha256_of
from xstilts.sources.here import is_here_only

TRIES = 4
"""How often a broken or refused connection is tried, over and above what huggingface_hub does by itself."""
LONGEST_WAIT = 300.0
"""Seconds: a server that wants us to wait longer is told to the user instead."""
BUSY = (408, 429, 500, 502, 503, 504)
CONTENT = re.compile(r"hub:(\w+)/(.+?)@([0-9a-f]{40})/(.+)")
_checked: set[tuple[str, int, int]] = set()


def fetch(found: Found) -> Path:
    """The file on this machine, whole and with the right sum. Offline: from the cache, or an error that says so."""
    whole = CONTENT.fullmatch(found.content)
    if whole is None:
        raise BadInput(f"{found.content!r} is no file of the Hub.", way_out="Pin it again.")
    kind, repo, commit, name = whole.groups()
    for attempt in range(2):
        path = _download(kind, repo, commit, name, again=attempt > 0)
        wrong = _difference(path, kind, repo, commit, name)
        if not wrong:
            return path
        _forget(path)
        if offline():
            break
    raise BadInput(
        f"{found.name} came with the wrong sum: {wrong}. What came was thrown away.",
        way_out="Try again later; if it stays so, the server or a proxy on the way changes the file.",
    )


def resolve(kind: str, repo: str, revision: str) -> str:
    """The commit that a tag or branch stands for now; offline: what it stood for when it was last looked up."""
    if offline():
        found = last_commit(kind, repo, revision)
        if found:
            return found
        raise BadInput(
            f"HF_HUB_OFFLINE is set, and what {repo}@{revision} stands for was never looked up.",
            way_out="Name a commit of 40 digits, or be online once.",
        )
    return standing(kind, repo, revision).commit


class Standing(NamedTuple):
    """What the Hub says of a repository."""

    commit: str
    gated: str
    """auto or manual: whoever wants it must ask for access; empty: it is open."""


def standing(kind: str, repo: str, revision: str) -> Standing:
    """The commit of a revision now, and whether one must ask for access. The commit is remembered for offline."""
    for attempt in tries():
        with attempt, told(repo, revision, ""):
            info = HfApi(endpoint=endpoint(), token=token()).repo_info(repo, revision=revision, repo_type=kind)
            if info.sha:
                remember_commit(kind, repo, revision, info.sha)
                return Standing(info.sha, str(getattr(info, "gated", "") or ""))
    raise BadInput(f"The Hub does not say which commit {repo}@{revision} is.", way_out="Name a commit of 40 digits.")


def _download(kind: str, repo: str, commit: str, name: str, *, again: bool) -> Path:
    for attempt in tries():
        with attempt, told(repo, commit, name):
            path = hf_hub_download(
                repo,
                name,
                repo_type=kind,
                revision=commit,
                endpoint=endpoint(),
                token=token(),
                cache_dir=hub_cache(),
                local_files_only=offline(),
                force_download=again and not offline(),
            )
            return Path(path)
    raise AssertionError("The last try raises.")


class _Attempt:
    """One try: an error that may pass is swallowed and waited for, unless it was the last try."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        wait = getattr(error, "wait", None)
        if error is None or wait is None or self.number == TRIES or wait > LONGEST_WAIT:
            return False
        time.sleep(max(wait, 0.25 * 2**self.number))
        return True


class _Passing(BadInput):
    """An error that may be gone at the next try, and how long to wait for that."""

    wait = 0.0


def tries() -> Iterator[_Attempt]:
    """So often, an error that may pass is waited for."""
    yield from map(_Attempt, range(1, TRIES + 1))


@contextlib.contextmanager
def told(repo: str, revision: str, name: str) -> Iterator[None]:
    """Turn whatever huggingface_hub raises into one line with the way out."""
    try:
        yield
    # RuntimeError: what some versions make of a second try after a connection that could not be opened.
    except (HTTPError, OSError, EntryNotFoundError, ValueError, RuntimeError) as error:
        raise _explained(error, repo, revision, name) from error


def _explained(error: Exception, repo: str, revision: str, name: str) -> XstiltsError:
    short = revision[:12]
    chain = list(_chain(error))
    for one in chain:
        match one:
            case GatedRepoError():
                return Absent(
                    f"{repo} is gated: the Hub gives it only to those who asked for access.",
                    way_out="Ask for it on the page of the repository, then set HF_TOKEN or run `hf auth login`.",
                )
            case RevisionNotFoundError():
                return BadInput(f"{repo} has no revision {revision}.", way_out="Check the commit or tag.")
            case RepositoryNotFoundError():
                return BadInput(
                    f"The Hub has no repository {repo}, or it is private.",
                    way_out="Check the name; for a private one set HF_TOKEN.",
                )
            case LocalEntryNotFoundError():
                continue
            case EntryNotFoundError():
                return BadInput(f"{repo}@{short} has no file {name}.", way_out="Check the path.")
            case HfHubHTTPError() if one.response is not None:
                return _status(one, repo, name)
            case HFValidationError():
                return BadInput(f"{repo!r} cannot be the name of a repository.", way_out="Give owner/name.")
            case OSError() if one.errno in FULL | CLOSED:
                return refused(hub_cache(), one)
    if offline():
        return Absent(
            f"HF_HUB_OFFLINE is set, and {repo}/{name}@{short} is not in the cache {hub_cache()}.",
            way_out="Be online once, copy that cache, or set XSTILTS_DATA to a mirror.",
        )
    reason = next(
        (str(one).strip().splitlines()[0] for one in reversed(chain) if str(one).strip()), type(error).__name__
    )
    passing = _Passing(
        f"Getting {repo}/{name or revision} from the Hub failed {TRIES} times: {reason.rstrip('.')}.",
        way_out="Check the network and run the same command again: what came is kept and gone on with.",
    )
    return passing


def _status(error: HfHubHTTPError, repo: str, name: str) -> XstiltsError:
    status = error.response.status_code
    if status in (401, 403):
        return BadInput(
            f"The Hub refuses {repo}/{name} ({status}).", way_out="Set HF_TOKEN to a token that may read it."
        )
    if status not in BUSY:
        return BadInput(f"The Hub answers {status} for {repo}/{name}.", way_out="Check the name, or try again later.")
    told = error.response.headers.get("Retry-After", "")
    wait = float(told) if told.isdigit() else 0.0
    says = f" and wants us to wait {wait:.0f} s" if wait else ""
    passing = _Passing(
        f"The Hub answers {status} for {repo}/{name}{says}.",
        way_out="Run the same command again later; with HF_TOKEN set more is allowed.",
    )
    passing.wait = wait
    return passing


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _difference(path: Path, kind: str, repo: str, commit: str, name: str) -> str:
    """How the file differs from what was announced: the ETag is the SHA-256 of a large file, git's sum of others."""
    found = path.stat()
    key = (str(path), found.st_size, found.st_mtime_ns)
    if key in _checked:
        return ""
    announced = _etag(path, kind, repo, commit, name)
    if len(announced) == 64:
        is_now = sha256_of(path.resolve())
    elif len(announced) == 40:
        head = b"blob %d\0" % found.st_size
        # Not for secrecy: it is how git names a file.
        is_now = hashlib.sha1(head + path.read_bytes(), usedforsecurity=False).hexdigest()
    else:
        is_now = announced
    if is_now != announced:
        return f"{is_now[:12]}… where {announced[:12]}… was announced"
    _checked.add(key)
    return ""


def _etag(path: Path, kind: str, repo: str, commit: str, name: str) -> str:
    # In its cache huggingface_hub names the file itself by its ETag and links to it.
    if path.is_symlink():
        return path.readlink().name
    if offline():
        return ""
    url = hf_hub_url(repo, name, repo_type=kind, revision=commit, endpoint=endpoint())
    with told(repo, commit, name):
        return get_hf_file_metadata(url, token=token()).etag or ""


def _forget(path: Path) -> None:
    for one in {path.resolve(), path}:
        one.unlink(missing_ok=True)


def endpoint() -> str:
    """The server that is asked."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT


def token() -> str | None:
    """What it is told about who asks."""
    return os.environ.get("HF_TOKEN") or None


def offline() -> bool:
    """Whether nothing may be asked."""
    asked = os.environ.get("HF_HUB_OFFLINE", "").upper() in constants.ENV_VARS_TRUE_VALUES
    return is_here_only() or constants.HF_HUB_OFFLINE or asked
