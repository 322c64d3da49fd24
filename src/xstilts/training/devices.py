"""Several devices for one training: its processes, and what they say to each other, through accelerate."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

import msgspec
import torch
from torch import Tensor

from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed
from xstilts.errors import Lacking, XstiltsError
from xstilts.training.holding import Copies, Shards
from xstilts.training.journal import Watch
from xstilts.training.recipe import Machine
from xstilts.training.record import Overtaken, Progress
from xstilts.training.team import Halted, Team

Share = Callable[[Team, Machine, Watch, Any], Any]
"""What every process does; what it gives in the first one is the result."""


def together(work: Share, given: Any, machine: Machine, watch: Watch) -> Any:
    """Do `work` in `machine.devices` processes at once, and give what the first gives.

    `watch` is called here. If it raises, the processes save themselves and stop, and then it goes on up.
    """
    if find_spec("accelerate") is None:
        raise Lacking(
            f"A training on {machine.devices} devices needs accelerate, which is not installed.",
            way_out="pip install 'xstilts[devices]', or run with one device.",
        )
    machines = _machines(machine)
    context = multiprocessing.get_context("spawn")
    processes: dict[Connection, SpawnProcess] = {}
    port = _free_port()
    for rank, own in enumerate(machines):
        here, there = context.Pipe()
        process = context.Process(target=_one, args=(work, given, own, rank, port, there), daemon=True)
        with _environment(rank, len(machines), port, own):
            process.start()
        there.close()
        processes[here] = process
    try:
        return _listen(processes, watch)
    finally:
        for process in processes.values():
            process.join(timeout=30)
            if process.is_alive():
                process.kill()
                process.join()


def _listen(processes: dict[Connection, SpawnProcess], watch: Watch) -> Any:
    """Pass progress on until the first one has its result. One that dies takes the others with it."""
    first, *others = processes
    trouble: BaseException | None = None
    while True:
        for pipe in wait([first, *others]):
            assert isinstance(pipe, Connection)
            try:
                kind, value = pipe.recv()
            except (EOFError, OSError):
                processes[pipe].join(timeout=5)
                code = processes[pipe].exitcode
                if trouble is not None:
                    raise trouble from None
                for process in processes.values():
                    process.kill()
                raise XstiltsError(
                    f"A process of the training died (exit code {code}; -9 is often a lack of memory).",
                    way_out="Run the same command again: it goes on from its last checkpoint.",
                ) from None
            if kind in ("done", "halted") and pipe is not first:
                others.remove(pipe)
            elif kind == "done":
                return value
            elif kind == "wrong":
                for process in processes.values():
                    process.kill()
                raise XstiltsError(value[0], way_out=value[1])
            elif kind == "halted":
                assert trouble is not None
                raise trouble
            elif trouble is None:
                try:
                    watch(value)
                except Overtaken:
                    for process in processes.values():
                        process.kill()
                    raise
                except BaseException as error:
                    trouble = error
                    first.send("stop")


def _one(work: Share, given: Any, machine: Machine, rank: int, port: int, pipe: Connection) -> None:
    """One process of the team."""

    def watch(progress: Progress) -> None:
        pipe.send(("moved", progress))
        if pipe.poll():
            raise Halted

    team = Together(machine)
    try:
        result = work(team, machine, watch if rank == 0 else _unwatched, given)
        pipe.send(("done", result if rank == 0 else None))
    except Halted:
        pipe.send(("halted", None))
    except XstiltsError as error:
        pipe.send(("wrong", (error.wrong, error.way_out)))
    finally:
        team.leave()
        pipe.close()


def _unwatched(progress: Progress) -> None:
    """Only the first one tells."""


class Together:
    """The team as accelerate has it: one process of several."""

    def __init__(self, machine: Machine) -> None:
        # Only a process of a team needs it: xstilts runs without accelerate.
        from accelerate import Accelerator, DistributedDataParallelKwargs
        from accelerate.utils import broadcast

        # Heads take turns: most of them have no gradient in a step.
        apart = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(cpu=not machine.device.startswith("cuda"), kwargs_handlers=[apart])
        self.rank, self.size = self.accelerator.process_index, self.accelerator.num_processes
        self._broadcast: Callable[[Tensor], Tensor] = broadcast
        self.held = Shards(self.accelerator.device, self.size) if machine.shards else Copies(self.accelerator)
        self.parts = self.held.parts

    def join(self, network: Network) -> Network:
        """As it is held here; all have to be here."""
        return self.held.join(network)

    def loss(self, network: Network, name: str, batch: Packed, smoothing: float) -> Tensor:
        """Its gradient is averaged on the way back."""
        return self.held.loss(network, name, batch, smoothing)

    def quiet(self) -> AbstractContextManager[object]:
        """Gradients stay here."""
        return self.held.quiet()

    def whole(self, network: Network) -> AbstractContextManager[object]:
        """The weights of now, from all."""
        return self.held.whole(network)

    def total(self, values: Tensor) -> Tensor:
        """Added up by all."""
        found: Tensor = self.accelerator.reduce(values, reduction="sum")
        return found

    def agree(self, number: int) -> int:
        """The number that the first one says."""
        return int(self._broadcast(torch.tensor([number], device=self.accelerator.device)))

    def leave(self) -> None:
        """Close what was open between the processes."""
        self.accelerator.end_training()


def _machines(machine: Machine) -> list[Machine]:
    """The machine as each process has it: one GPU each, or its share of the cores."""
    wanted = machine.device
    count = machine.devices
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and torch.cuda.device_count() < count:
        raise Lacking(
            f"This machine has {torch.cuda.device_count()} GPUs, not {count}.", way_out="Ask for fewer devices."
        )
    if wanted not in ("cpu", "cuda"):
        raise XstiltsError(f"{count} devices cannot all be {wanted}.", way_out="Say cuda, cpu or auto.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = machine.threads or max(1, cores // count)
    names = ["cpu" if wanted == "cpu" else f"cuda:{index}" for index in range(count)]
    return [msgspec.structs.replace(machine, device=name, threads=threads, devices=1) for name in names]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _environment(rank: int, size: int, port: int, machine: Machine) -> Iterator[None]:
    """What a process of a team must find when it starts: accelerate and torch read it there."""
    wanted = {
        "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port, "OMP_NUM_THREADS": machine.threads,
        "ACCELERATE_USE_CPU": str(machine.device == "cpu").lower(),
    }  # fmt: skip
    former = {name: os.environ.get(name) for name in wanted}
    os.environ.update({name: str(value) for name, value in wanted.items()})
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
