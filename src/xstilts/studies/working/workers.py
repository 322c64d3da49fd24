"""Several processes on one plan. Each walks it by itself; this one only listens, and passes on the wish to stop."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

import msgspec

from xstilts.errors import BadStore, XstiltsError
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.left import to_do
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Do
from xstilts.studies.working.progress import Event
from xstilts.studies.working.workbench import Workbench
from xstilts.studies.working.worker import walk
from xstilts.training.recipe import Machine

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def together(bench: Workbench, count: int, *, wait: bool = True) -> None:
    """Walk a plan with `count` processes. What one of them leaves undone by dying, the others take over."""
    # A pipe for each: a killed process cannot leave a lock behind that the others wait for.
    context = multiprocessing.get_context("spawn")
    processes: dict[Connection, SpawnProcess] = {}
    for index in range(count):
        here, there = context.Pipe(duplex=False)
        machine = spread(bench.machine, index, count)
        given = (bench.plan, bench.store.root, bench.do, machine, bench.since, bench.keep, wait, there)
        process = context.Process(target=_one, args=given, name=f"xstilts-{index}")
        with _environment(machine):
            process.start()
        there.close()
        processes[here] = process
    try:
        trouble = _listen(bench, processes)
    except BaseException:
        for process in processes.values():
            process.kill()
        raise
    finally:
        for process in processes.values():
            process.join()
    if trouble is not None:
        raise trouble
    died = [process for process in processes.values() if process.exitcode]
    if len(died) == count and not bench.stop() and to_do(bench.plan, bench.store):
        raise XstiltsError(
            f"All {count} workers died (exit code {died[0].exitcode}; -9 is often a lack of memory).",
            way_out="Run the same command again, perhaps with fewer workers: it goes on from where they were.",
        )


def spread(machine: Machine, index: int, count: int) -> Machine:
    """The machine as one of several workers has it: its share of the cores, and of the GPUs if there are any."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = machine.threads or max(1, cores // count)
    device = machine.device
    if device == "auto" and (gpus := _gpus()):
        device = f"cuda:{index % gpus}"
    return msgspec.structs.replace(machine, threads=threads, device=device)


def _gpus() -> int:
    """How many GPUs this process may see, without loading torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([one for one in visible.split(",") if one.strip() and one.strip() != "-1"])
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def _listen(bench: Workbench, processes: dict[Connection, SpawnProcess]) -> XstiltsError | None:
    """Pass events on until every process is gone. The error that ended one, if no other can do better."""
    open_pipes = list(processes)
    trouble: XstiltsError | None = None
    told = False
    while open_pipes:
        if (bench.stop() or trouble is not None) and not told:
            told = True
            for process in processes.values():
                process.terminate()
        for pipe in wait(open_pipes, timeout=0.2):
            assert isinstance(pipe, Connection)
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                open_pipes.remove(pipe)
                # Until it is joined a dead process still has its number, and its claims look alive.
                processes[pipe].join(timeout=5)
                continue
            if isinstance(message, Event):
                bench.watch(message)
            else:
                trouble = BadStore(message[0], way_out=message[1])
    return trouble


def _one(
    plan: Plan, root: Path, do: Do, machine: Machine, since: float, keep: bool, standby: bool, pipe: Connection
) -> None:
    """A worker process."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    # Ctrl-C in a terminal reaches every process of the command: the first one decides and sends SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ask)
    parent = os.getppid()

    def stop() -> bool:
        return asked or os.getppid() != parent

    def watch(event: Event) -> None:
        nonlocal asked
        try:
            pipe.send(event)
        except OSError:
            # Nobody listens any more: the command was killed, and its workers end with it.
            asked = True

    bench = Workbench(
        plan=plan, store=Store(root), do=do, machine=machine, watch=watch, stop=stop, since=since, keep=keep
    )
    try:
        walk(bench, wait=standby)
    except BadStore as error:
        pipe.send((error.wrong, error.way_out))
    finally:
        pipe.close()


@contextmanager
def _environment(machine: Machine) -> Iterator[None]:
    """What a process must find when it starts: threads are counted, and Ctrl-C ignored, before any of its code runs."""
    former = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(machine.threads)))
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
