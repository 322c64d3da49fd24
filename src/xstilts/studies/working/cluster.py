"""A plan on a Ray cluster: who waits for whom, shares of GPUs, retries and lost nodes are Ray's job.

A task of Ray is a training with its exams, or an exam of the encoder as it is. It claims its steps in the store like
any worker: so a task that Ray runs again goes on from the checkpoint, and workers that were started by hand may help.
The folder of the store must be the same on every node.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import msgspec

from xstilts.errors import BadStore, XstiltsError
from xstilts.files import steady
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Do
from xstilts.studies.working.progress import Event
from xstilts.studies.working.workbench import Workbench
from xstilts.studies.working.worker import walk
from xstilts.training.recipe import Machine

ASK = 1.0
"""Seconds between two questions of a task whether it is to stop."""
AHEAD = 2
"""Tasks that wait for a place, for each that has one. More would be begun breadth first, and keep more weights."""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Where to do the steps, and what each may have. Circumstances: none of it changes a number."""

    address: str = ""
    """As Ray has it (`auto`, `ray://host:10001`); empty: what RAY_ADDRESS names, else a cluster on this machine."""
    gpus: float | None = None
    """Of each task, such as 0.5; None: 1 where the cluster has any."""
    retries: int = 3
    """How often a task is begun again after its process or its node was lost."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What every task is given."""

    plan: Plan
    root: str
    do: Do
    machine: Machine
    since: float
    keep: bool


def cluster(on: str, *, gpus: float | None = None) -> Cluster:
    """The cluster that `--on` means: `ray`, `ray://host:port` or `ray://auto`."""
    if on == "ray":
        return Cluster(gpus=gpus)
    if re.fullmatch(r"ray://[^/\s]+", on):
        return Cluster(address="auto" if on == "ray://auto" else on, gpus=gpus)
    raise XstiltsError(f"There is nothing to run on that is called {on!r}.", way_out="Use ray, or ray://host:port.")


def on_cluster(bench: Workbench, asked: Cluster) -> None:
    """Do every open step of the bench's plan on a cluster."""
    ray = _ray()
    with _connected(ray, asked.address):
        submitted = _Submitted(ray, bench, asked)
        try:
            submitted.work()
        except BaseException:
            submitted.cancel()
            raise


class Desk:
    """An actor that tasks tell their events, and ask whether they are to stop."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.stop = False

    def tell(self, event: Event) -> None:
        """Something happened in a task."""
        self.events.append(event)

    def stopping(self) -> bool:
        """Whether tasks are to stop at their next checkpoint."""
        return self.stop

    def drain(self, stop: bool) -> list[Event]:
        """What happened since the last time; and from now on, tasks are to stop or not."""
        self.stop = self.stop or stop
        events, self.events = self.events, []
        return events


class _Submitted:
    """The tasks that Ray has, and those that it is still to be given, in the order of the plan."""

    def __init__(self, ray: Any, bench: Workbench, asked: Cluster) -> None:
        self.ray, self.bench = ray, bench
        has = ray.cluster_resources()
        gpus = asked.gpus if asked.gpus is not None else float(has.get("GPU", 0) > 0)
        cpus = bench.machine.threads or 1
        slots = has.get("GPU", 0) / gpus if gpus else has.get("CPU", 1) / cpus
        self.most = max(1, int(slots)) * AHEAD
        self.task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=asked.retries)(task)
        # With this process, and not on a node that may be lost.
        here = import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self.desk = ray.remote(num_cpus=0, scheduling_strategy=here)(Desk).remote()
        self.given = ray.put(
            Given(
                plan=bench.plan,
                root=str(bench.store.root.absolute()),
                do=bench.do,
                machine=msgspec.structs.replace(bench.machine, threads=cpus),
                since=bench.since,
                keep=bench.keep,
            )
        )
        left = bench.left()
        # The exams of a training that is to be done go with it.
        self.waiting = [step for step in left.values() if step.kind == "train" or step.parent not in left]
        self.waiting.reverse()
        self.refs: dict[str, Any] = {}
        self.pending: dict[Any, Step] = {}

    def work(self) -> None:
        """Give Ray what it can do next, until all is done or Ray can do no more."""
        trouble: Exception | None = None
        while self.pending or (self.waiting and not self.bench.stop() and trouble is None):
            self._submit(stop=self.bench.stop() or trouble is not None)
            ended, _ = self.ray.wait(list(self.pending), num_returns=1, timeout=0.5)
            self._listen(stop=trouble is not None)
            for ref in ended:
                self.pending.pop(ref)
                trouble = trouble or self._trouble(ref)
        self._listen(stop=False)
        if trouble is not None:
            raise trouble

    def _submit(self, *, stop: bool) -> None:
        while self.waiting and not stop and sum(self._runnable(step) for step in self.pending.values()) < self.most:
            step = self.waiting.pop()
            ref = self.task.remote([self.given], self.desk, step.digest, self.refs.get(step.parent or ""))
            self.refs[step.digest] = ref
            self.pending[ref] = step

    def _runnable(self, step: Step) -> bool:
        return self.refs.get(step.parent or "") not in self.pending

    def _listen(self, *, stop: bool) -> None:
        try:
            events = self.ray.get(self.desk.drain.remote(stop or self.bench.stop()))
        except self.ray.exceptions.RayError as error:
            raise XstiltsError(
                f"The Ray cluster went away: {type(error).__name__}.",
                way_out="Run the same command again: it goes on from where the tasks were.",
            ) from error
        for event in events:
            self.bench.watch(event)

    def _trouble(self, ref: Any) -> Exception | None:
        """What ends the whole run: a store that cannot be written, or is not there. Lost tasks are only left."""
        try:
            self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            return cause if isinstance(cause, XstiltsError) else None
        except self.ray.exceptions.RayError:
            return None
        return None

    def cancel(self) -> None:
        """Break all tasks off."""
        for ref in self.pending:
            with suppress(Exception):
                self.ray.cancel(ref, force=True)


def task(given: list[Any], desk: Any, digest: str, after: str | None) -> str:
    """What a node does: one training with its exams, or one exam. `after` is how the step it starts from ended."""
    if after not in (None, "done"):
        return "blocked"
    ray = _ray()
    told: Given = _given(given[0])
    machine = told.machine
    if machine.device == "auto":
        # Ray shows a task only the GPUs that it may use.
        machine = msgspec.structs.replace(machine, device="cuda:0" if ray.get_gpu_ids() else "cpu")
    bench = Workbench(
        plan=told.plan,
        store=Store(told.root),
        do=told.do,
        machine=machine,
        watch=lambda event: desk.tell.remote(event),
        stop=_Asking(ray, desk),
        since=told.since,
        keep=told.keep,
    )
    if not bench.needs.path.is_file():
        raise BadStore(
            f"The node {os.uname().nodename} does not see the store {told.root}.",
            way_out="Give a folder that all nodes share, by the same path, with --store.",
        )
    exams = (child.digest for child in told.plan.children[digest] if child.kind == "test")
    walk(bench, only={digest, *exams})
    return "blocked" if bench.is_open(digest) else "done"


class _Asking:
    """Whether a task is to stop, asked now and then. Nobody to ask: the run is over."""

    def __init__(self, ray: Any, desk: Any) -> None:
        self.ray, self.desk = ray, desk
        self.said, self.when = False, 0.0

    def __call__(self) -> bool:
        if not self.said and steady() - self.when > ASK:
            try:
                self.said = _awaited(self.desk.stopping.remote(), seconds=30)
            except (self.ray.exceptions.RayError, TimeoutError):
                self.said = True
            self.when = steady()
        return self.said


_unpacked: dict[str, Given] = {}


def _given(ref: Any) -> Given:
    """What all tasks of a run are given, unpacked once a process: a plan can be large."""
    if ref.hex() not in _unpacked:
        _unpacked.clear()
        _unpacked[ref.hex()] = _awaited(ref)
    return _unpacked[ref.hex()]


def _awaited(ref: Any, *, seconds: float | None = None) -> Any:
    """What a task asked for. While `ray.get` waits inside a task, Ray lends the task's core out and begins another."""
    return ref.future().result(seconds)


@contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    """Inside, Ray is there: the cluster of this process, if it has one already, else the one that is asked for."""
    if ray.is_initialized():
        yield
        return
    # Without a name Ray would also take any cluster that somebody has started on this machine, and end with it.
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    settings = {name: value for name, value in os.environ.items() if name.startswith("XSTILTS_")}
    # A cluster of ours does this work and no other; Ray would let its processes give way to all the rest (nice 15).
    os.environ.setdefault("RAY_worker_niceness", "0")
    former = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address,
            runtime_env={"env_vars": settings},
            log_to_driver=False,
            logging_level="ERROR",
            **({"include_dashboard": False} if address == "local" else {}),
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise XstiltsError(
            f"There is no Ray cluster at {address}: {str(error).strip().splitlines()[0]}",
            way_out="Start one with `ray start --head`, or use --on ray for one on this machine.",
        ) from error
    if threading.current_thread() is threading.main_thread():
        # Ray puts its own handler in place of ours, which stops at a checkpoint.
        signal.signal(signal.SIGTERM, former)
    try:
        yield
    finally:
        ray.shutdown()


def _ray() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        raise XstiltsError("Ray is not installed.", way_out="Install it: pip install 'xstilts[ray]'.") from error
