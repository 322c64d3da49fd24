"""Claims: a file that says which process does a piece of work, and that does not outlive it for long."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
import time
import uuid
from functools import cache
from pathlib import Path
from types import TracebackType

import msgspec

from xstilts.files.whole import read_whole, refused

Mark = tuple[str, int]
"""Of a claim's file: whose it is, and when it was last touched. Not every network keeps the number of an inode."""


class Holder(msgspec.Struct, frozen=True):
    """Who holds a claim, as written in the claim's file."""

    token: str
    place: str
    """Machine boot and process namespace: where `pid` means something."""
    host: str
    pid: int
    born: str = ""
    """When that process began, as the system counts it: a number that another process got later is not its holder."""


UNKNOWN = Holder(token="", place="", host="unknown", pid=0)
CONFIRM = 3
"""A claim that looks old must be seen unchanged for this part of its time: a clock that jumped makes all look old."""


class Sightings:
    """What a taker has seen of claims that others hold, by a clock that nobody sets.

    Machines disagree about the time, and clocks are put forward and back. A file that has not changed while its taker
    watched it for long enough is nobody's, whatever the clocks say.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[Mark, float]] = {}

    def unchanged(self, path: Path, mark: Mark) -> float:
        """For how many seconds this file has been seen with this mark."""
        before = self._seen.get(path)
        if before is None or before[0] != mark:
            before = self._seen[path] = mark, steady()
        return steady() - before[1]

    def forget(self, path: Path) -> None:
        """It is free, or taken by us."""
        self._seen.pop(path, None)


def steady() -> float:
    """Seconds by a clock that is never set, and that goes on while the machine sleeps where there is such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Claim:
    """A piece of work that one process has taken. As a context manager it beats by itself and releases at the end.

    A holder that is killed leaves its file behind: it is stale at once where its process can be seen to be gone, and
    elsewhere after `stale_after` seconds without a beat. Then one taker renames it away and takes over. A taker that
    comes again and again brings its `Sightings`, and is then not misled by clocks.
    """

    def __init__(self, path: Path, token: str, stale_after: float) -> None:
        self.path = path
        self.token = token
        self.every = stale_after / 4
        self._stop = threading.Event()
        self._beater: threading.Thread | None = None

    @classmethod
    def take(cls, path: str | Path, *, stale_after: float = 60.0, sightings: Sightings | None = None) -> Claim | None:
        """Take the claim, or None if somebody alive holds it."""
        path = Path(path)
        token = uuid.uuid4().hex
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _create(path, token):
                seen = _stale(path, stale_after, sightings)
                if seen is None or not _remove(path, seen) or not _create(path, token):
                    return None
        except OSError as error:
            raise refused(path, error) from error
        if sightings is not None:
            sightings.forget(path)
        return cls(path, token, stale_after)

    @staticmethod
    def held(path: str | Path, *, stale_after: float = 60.0) -> Holder | None:
        """Who alive holds the claim; None if nobody does."""
        path = Path(path)
        try:
            if _stale(path, stale_after) is not None or not path.exists():
                return None
            return _holder(path) or UNKNOWN
        except OSError:
            return None

    def beat(self) -> bool:
        """Show that the holder is alive. False: the claim was lost, somebody took it over."""
        try:
            if not self._mine():
                return False
            os.utime(self.path)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Give the claim back; harmless if it was lost or released before."""
        self._stop.set()
        if self._beater is not None and self._beater is not threading.current_thread():
            self._beater.join()
        with contextlib.suppress(OSError):
            if self._mine():
                self.path.unlink()

    def _mine(self) -> bool:
        holder = _holder(self.path)
        return holder is not None and holder.token == self.token

    def _keep_beating(self) -> None:
        while not self._stop.wait(self.every):
            self.beat()

    def __enter__(self) -> Claim:
        self._beater = threading.Thread(target=self._keep_beating, name=f"claim {self.path.name}", daemon=True)
        self._beater.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _create(path: Path, token: str) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            holder = Holder(token, _place(), socket.gethostname(), os.getpid(), _own_birth(os.getpid()))
            file.write(msgspec.json.encode(holder))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def _holder(path: Path) -> Holder | None:
    # Between the making of the file and its first write there is nothing to read yet: somebody holds it, unknown who.
    try:
        return msgspec.json.decode(read_whole(path), type=Holder)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
        return None


def _mark(holder: Holder | None, touched: os.stat_result) -> Mark:
    return "" if holder is None else holder.token, touched.st_mtime_ns


def _stale(path: Path, stale_after: float, sightings: Sightings | None = None) -> Mark | None:
    """The mark of a file whose holder is gone; None if it is held, or free by now."""
    # Opened before its time is asked for: NFS then asks the server, and does not say what it remembers.
    holder = _holder(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    mark = _mark(holder, found)
    if holder is not None and holder.place == _place() and not _alive(holder):
        return mark
    watched = 0.0 if sightings is None else sightings.unchanged(path, mark)
    if watched > stale_after:
        return mark
    if _clock(path) - found.st_mtime <= stale_after:
        return None
    return mark if sightings is None or watched > stale_after / CONFIRM else None


def _remove(path: Path, seen: Mark) -> bool:
    """Rename a stale file away: of several takers one succeeds."""
    away = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.stale")
    try:
        path.rename(away)
    except FileNotFoundError:
        return False
    if _mark(_holder(away), away.stat()) != seen:
        _put_back(away, path)
        return False
    away.unlink(missing_ok=True)
    return True


def _put_back(away: Path, path: Path) -> None:
    """Another taker was faster, and this is its fresh claim: it goes back, unless the place is taken again."""
    try:
        os.link(away, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without links. Who took the place in this moment finds its claim lost before it writes anything.
        away.replace(path)
    away.unlink(missing_ok=True)


def _clock(path: Path) -> float:
    """Now, by the clock of the file system, which may be another machine's."""
    probe = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.now")
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        probe.unlink(missing_ok=True)


@cache
def _place() -> str:
    """Where a process number means something: this boot of this machine, and this process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()}/{os.name}"


def _alive(holder: Holder) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return not holder.born or _born(holder.pid) in ("", holder.born)


@cache
def _own_birth(pid: int) -> str:
    return _born(pid)


def _born(pid: int) -> str:
    """The start of a process in the ticks of this boot; empty where the system does not tell. A zombie has none."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = told.rpartition(")")[2].split()
    return "dead" if fields[0] in "ZX" else fields[19]
