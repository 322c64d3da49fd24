"""Work: run a study. Walk its plan in this process, in several at once or on Ray, and say at the end how it went."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from xstilts.encoders.catalogue import locate
from xstilts.errors import XstiltsError
from xstilts.studies.ledgers import fix
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.left import left_out, to_do
from xstilts.studies.records.pins import settled
from xstilts.studies.records.record import Failure
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.studies.working.cluster import Cluster, on_cluster
from xstilts.studies.working.errand import Do
from xstilts.studies.working.progress import Event, Watch
from xstilts.studies.working.workbench import Workbench, damaged, drop_unneeded
from xstilts.studies.working.worker import walk
from xstilts.studies.working.workers import together
from xstilts.training.recipe import Machine


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How a run of a plan ended."""

    done: int = 0
    """Steps done now."""
    left: int = 0
    """Steps still to do, without those that cannot be done here."""
    failures: tuple[Failure, ...] = ()
    skipped: dict[str, int] = {}
    """What this machine lacks → how many steps are left out for it: those that need it, and what follows from them."""
    damaged: tuple[str, ...] = ()
    """What was found damaged and done again, as `name: what`."""
    sick: tuple[str, ...] = ()
    """Trainings of this run that diverged or collapsed, as `name: why`."""
    stopped: bool = False
    others: bool = False
    """Whether what is left was in the hands of other processes, for which this one was not to wait."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether all is done that can be done here."""
        return not self.left and not self.failures

    @property
    def way_on(self) -> str:
        """What to do now, for people; empty when all is done."""
        left = f"{_steps(self.left)} {'is' if self.left == 1 else 'are'} left"
        if self.stopped:
            return f"Stopped with {_steps(self.left)} left. The same command goes on from here."
        if self.failures:
            return f"{_steps(len(self.failures))} failed, {left}. The same command tries them again."
        if self.others:
            return f"{left}, in the hands of others."
        return f"{left}. The same command goes on." if self.left else ""


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def run(
    study: Study | Plan,
    store: Store,
    *,
    machine: Machine | None = None,
    watch: Watch | None = None,
    workers: int = 1,
    keep: bool = False,
    wait: bool = True,
    on: Cluster | None = None,
    do: Do | None = None,
    told: Callable[[], None] | None = None,
) -> Summary:
    """Do every step of a study that is not done yet. Ctrl-C stops after a checkpoint; the same call goes on from there.

    `keep` keeps the weights of all trainings done now. With `wait=False` it ends where other processes have all that is
    left in their hands. `on` does the steps on a cluster. `do` is what does a step, if not training and testing. `told`
    is called as soon as somebody asked to stop.
    """
    if workers < 1:
        raise XstiltsError(f"{workers} workers cannot do anything.", way_out="Give one or more.")
    begun = time.time()
    planned = study if isinstance(study, Plan) and not study.open else settled(study, store)
    tally = _Tally(planned, watch)
    _set_aside_damaged(planned, store, tally)
    out = left_out(planned)
    if not to_do(planned, store).keys() - out.keys():
        counts = Counter(out[digest] for digest in to_do(planned, store))
        return Summary(skipped=dict(counts), damaged=tuple(tally.damaged), seconds=time.time() - begun)
    if do is None:
        # Once, and before any worker starts: an encoder that cannot be had would fail every first step by itself.
        locate(planned.study.encoder)
    with stopping(told) as stop:
        bench = Workbench(
            plan=planned,
            store=store,
            do=do or real_step(),
            machine=machine or Machine(),
            watch=tally,
            stop=stop,
            since=begun,
            keep=keep,
        )
        store.prepare()
        fix(store, planned.study, finished=sum(store.has(cell.digest) for cell in planned.cells))
        bench.needs.register(planned)
        before = to_do(planned, store)
        if not keep:
            drop_unneeded(store, bench.graph, bench.needs, among=bench.plan.by_digest)
        if on is not None:
            on_cluster(bench, on)
        elif workers == 1:
            walk(bench, wait=wait)
        else:
            together(bench, workers, wait=wait)
        stopped = stop()
    if not to_do(planned, store):
        bench.needs.withdraw()
    return _summary(bench, list(before), tally, stopped=stopped, waited=wait)


def _summary(bench: Workbench, before: Sequence[str], tally: _Tally, *, stopped: bool, waited: bool) -> Summary:
    found = [bench.store.failure(digest) for digest in before]
    fresh = [failure for failure in found if failure is not None and failure.when >= bench.since]
    lacks = bench.left_out | {failure.digest: failure.error for failure in fresh if failure.skipped}
    left = to_do(bench.plan, bench.store)
    reasons = Counter(_reason(bench.plan, step, lacks) for step in left.values())
    to_be_done = reasons.pop("", 0)
    failures = tuple(failure for failure in fresh if not failure.skipped)
    return Summary(
        done=tally.done,
        left=to_be_done,
        failures=failures,
        skipped=dict(reasons),
        damaged=tuple(tally.damaged),
        sick=tuple(tally.sick),
        stopped=stopped,
        # Seen, not inferred: of several workers here one may have died, and its step is nobody's.
        others=not (waited or stopped or failures) and any(map(bench.store.held, left)),
        seconds=time.time() - bench.since,
    )


def _reason(plan: Plan, step: Step, lacks: Mapping[str, str]) -> str:
    """Why a step is left out, or one that it starts from; empty if it is not."""
    while step.digest not in lacks:
        if step.parent is None:
            return ""
        step = plan.by_digest[step.parent]
    return lacks[step.digest]


def _set_aside_damaged(planned: Plan, store: Store, watch: Watch) -> None:
    """Steps whose record or predictions are not what they were are done again, and told of."""
    for step in planned.steps:
        if store.has(step.digest) and (wrong := store.damage(step.digest)):
            store.set_aside(step.digest)
            watch(damaged(step, wrong))


def real_step() -> Do:
    """What trains and tests. The one deliberate import in a function: it loads torch, and only running needs that."""
    from xstilts.studies.working.steps import do_step

    return do_step


class _Tally:
    """Counts what it is told on the way to the watcher."""

    def __init__(self, planned: Plan, watch: Watch | None) -> None:
        self.planned, self.watch = planned, watch
        self.done = 0
        self.sick: list[str] = []
        self.damaged: list[str] = []

    def __call__(self, event: Event) -> None:
        if event.state == "damaged":
            self.damaged.append(f"{self.planned.by_digest[event.step].name}: {event.error}")
        if event.state == "done":
            self.done += 1
            if event.health:
                self.sick.append(f"{self.planned.by_digest[event.step].name}: {event.health}")
        if self.watch is not None:
            self.watch(event)


@contextmanager
def stopping(told: Callable[[], None] | None = None) -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C only asks to stop, and the second breaks off as usual. SIGTERM asks, however often.

    Slurm and `timeout` send it to the process and to its group, within a moment; whoever will not wait has SIGKILL.
    """
    wish = _Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish.asked
        return
    former: dict[signal.Signals, Any] = {}

    def ask(number: int, frame: object) -> None:
        if number == signal.SIGINT:
            signal.signal(number, _usual(former[signal.SIGINT]))
        # The second of two that come within microseconds finds the first inside `set`, whose lock it would wait for.
        if not wish.stop:
            wish.stop = True
            wish.news.set()

    def tell() -> None:
        wish.news.wait()
        if wish.stop and told is not None:
            told()

    # A signal comes in the middle of anything, also of printing: another thread says that it came.
    teller = threading.Thread(target=tell, name="stop", daemon=True)
    teller.start()
    for caught in (signal.SIGINT, signal.SIGTERM):
        former[caught] = signal.signal(caught, ask)
    try:
        yield wish.asked
    finally:
        for caught, handler in former.items():
            signal.signal(caught, handler)
        wish.news.set()
        teller.join(timeout=5)


def _usual(former: Any) -> Any:
    """What a second Ctrl-C does: it breaks off, also where a shell had it ignored (as of jobs in the background)."""
    return signal.default_int_handler if former is signal.SIG_IGN else former


class _Wish:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.stop = False
        self.news = threading.Event()

    def asked(self) -> bool:
        return self.stop
