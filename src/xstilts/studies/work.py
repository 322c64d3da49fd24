"""Work: run a study. Walk its plan in this process, or in several at once, and say at the end how it went."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from xstilts.encoders.catalogue import locate
from xstilts.errors import XstiltsError
from xstilts.studies.errand import Do
from xstilts.studies.ledgers import fix
from xstilts.studies.pins import settled
from xstilts.studies.plan import Plan
from xstilts.studies.progress import Event, Watch, to_do
from xstilts.studies.record import Failure
from xstilts.studies.store import Store
from xstilts.studies.study import Study
from xstilts.studies.worker import Worker, drop_unneeded
from xstilts.studies.workers import together
from xstilts.training.recipe import Machine


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How a run of a plan ended."""

    done: int = 0
    """Steps done now."""
    left: int = 0
    """Steps still to do."""
    failures: tuple[Failure, ...] = ()
    sick: tuple[str, ...] = ()
    """Trainings of this run that diverged or collapsed, as `label: why`."""
    stopped: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the whole plan is done."""
        return not self.left and not self.failures

    @property
    def way_on(self) -> str:
        """What to do now, for people; empty when all is done."""
        if self.stopped:
            return f"Stopped with {self.left} steps left. The same command goes on from here."
        if self.failures:
            return f"{len(self.failures)} steps failed, {self.left} are left. The same command tries them again."
        return f"{self.left} steps are left. The same command does them." if self.left else ""


def run(
    study: Study | Plan,
    store: Store,
    *,
    machine: Machine | None = None,
    watch: Watch | None = None,
    workers: int = 1,
    keep: bool = False,
    do: Do | None = None,
) -> Summary:
    """Do every step of a study that is not done yet. Ctrl-C stops after a checkpoint; the same call goes on from there.

    `keep` keeps the weights of all trainings done now. `do` is what does a step, if not training and testing.
    """
    if workers < 1:
        raise XstiltsError(f"{workers} workers cannot do anything.", way_out="Give one or more.")
    begun = time.time()
    planned = study if isinstance(study, Plan) and not study.open else settled(study, store)
    before = to_do(planned, store)
    if not before:
        return Summary(seconds=time.time() - begun)
    if do is None:
        # Once, and before any worker starts: an encoder that cannot be had would fail every first step by itself.
        locate(planned.study.encoder)
    store.prepare()
    fix(store, planned.study, finished=sum(store.has(cell.digest) for cell in planned.cells))
    if not keep:
        drop_unneeded(planned, store)
    tally = _Tally(watch)
    with stopping() as stop:
        worker = Worker(
            plan=planned,
            store=store,
            do=do or real_step(),
            machine=machine or Machine(),
            watch=tally,
            stop=stop,
            since=begun,
            keep=keep,
        )
        if workers == 1:
            worker.walk()
        else:
            together(worker, workers)
        stopped = stop()
    failures = (store.failure(digest) for digest in before)
    return Summary(
        done=tally.done,
        left=len(to_do(planned, store)),
        failures=tuple(failure for failure in failures if failure is not None and failure.when >= begun),
        sick=tuple(tally.sick),
        stopped=stopped,
        seconds=time.time() - begun,
    )


def real_step() -> Do:
    """What trains and tests. The one deliberate import in a function: it loads torch, and only running needs that."""
    from xstilts.studies.steps import do_step

    return do_step


class _Tally:
    """Counts what it is told on the way to the watcher."""

    def __init__(self, watch: Watch | None) -> None:
        self.watch = watch
        self.done = 0
        self.sick: list[str] = []

    def __call__(self, event: Event) -> None:
        if event.state == "done":
            self.done += 1
            if event.health:
                self.sick.append(f"{event.label}: {event.health}")
        if self.watch is not None:
            self.watch(event)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C or SIGTERM only asks to stop; the second breaks off as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    former: dict[signal.Signals, Any] = {}

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(number, former[signal.Signals(number)])

    for caught in (signal.SIGINT, signal.SIGTERM):
        former[caught] = signal.signal(caught, ask)
    try:
        yield asked.is_set
    finally:
        for caught, handler in former.items():
            signal.signal(caught, handler)
