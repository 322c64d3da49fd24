"""Pulse: while a step is done, a thread keeps its claim fresh and its progress readable from elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import msgspec

from xstilts.errors import BadStore
from xstilts.files import Claim, steady
from xstilts.studies.records.record import Progress
from xstilts.studies.records.store import STALE_AFTER, Store
from xstilts.studies.working.progress import Event

BEAT = STALE_AFTER / 6
SHOW = 1.0
"""Seconds between two writings of a progress file."""


class Pulse:
    """Beats for all claims of a worker until they are released; `lost` says that one was taken over."""

    def __init__(self, store: Store, claims: dict[str, Claim]) -> None:
        self.store = store
        self.claims = dict(claims)
        self.lost = False
        self._progress: Progress | None = None
        self._shown = 0.0
        self._beaten = steady()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        with self._lock:
            if self._progress is not None:
                (self.store.folder(self._progress.digest) / "progress.json").unlink(missing_ok=True)
        for digest in list(self.claims):
            self.release(digest)

    def show(self, event: Event) -> None:
        """Make an event the progress that others read."""
        with self._lock:
            before = self._progress if self._progress and self._progress.digest == event.step else None
            self._progress = Progress(
                digest=event.step,
                label=event.label,
                kind=event.kind,
                done=event.done,
                total=event.total,
                loss=event.loss,
                seconds=event.seconds,
                first=before.first if before and before.total else event.done,
                worker=event.worker,
                device=event.device,
                when=time.time(),
            )
            if event.state == "started" or time.time() - self._shown >= SHOW:
                self.store.write_progress(self._progress)
                self._shown = time.time()

    def alive(self) -> bool:
        """Whether the claims are still ours. After a pause that the thread slept through too, they are asked first."""
        if steady() - self._beaten > 2 * BEAT:
            self._beat()
        return not self.lost

    def holds(self, digest: str) -> bool:
        """Whether this claim is ours at this moment: asked before what cannot be taken back."""
        with self._lock:
            claim = self.claims.get(digest)
            return not self.lost and claim is not None and claim.beat()

    def hide(self, digest: str) -> None:
        """The step is about to be recorded: write no more progress of it."""
        with self._lock:
            if self._progress is not None and self._progress.digest == digest:
                self._progress = None

    def release(self, digest: str) -> None:
        """Give a claim back."""
        with self._lock:
            claim = self.claims.pop(digest, None)
        if claim is not None:
            claim.release()

    def _run(self) -> None:
        while not self._end.wait(BEAT):
            self._beat()

    def _beat(self) -> None:
        with self._lock:
            try:
                beats = [claim.beat() for claim in self.claims.values()]
                self.lost = self.lost or not all(beats)
                if self._progress is not None and not self.lost:
                    self.store.write_progress(msgspec.structs.replace(self._progress, when=time.time()))
            except BadStore:
                self.lost = True
            self._beaten = steady()
