"""What several verbs share: arguments, options, the exit code of Ctrl-C, the version."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or the name of a study that ships.")]
StoreFolder = Annotated[Path, typer.Option("--store", help="The folder of runs.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes that share the work.")]
On = Annotated[
    str, typer.Option("--on", metavar="ray[://HOST:PORT]", help="Do the steps on a Ray cluster, or on one of its own.")
]
Gpus = Annotated[float | None, typer.Option("--gpus", min=0, help="GPUs of each step on Ray; may be a share, 0.5.")]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Stand by while others do all that is left, in case one dies.")
]
Track = Annotated[
    str, typer.Option("--track", metavar="NAMES", help="Curves for tensorboard, wandb or mlflow; several with commas.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:1.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads of each process.")]
Micro = Annotated[
    int | None,
    typer.Option("--micro", min=1, help="Examples on the device at once; larger steps go in pieces, to the same end."),
]
Recompute = Annotated[bool, typer.Option("--recompute", help="Gradient checkpointing: less memory, more time.")]
Devices = Annotated[
    int, typer.Option("--devices", min=1, help="GPUs (on a CPU: processes) that train one network together.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the weights of every training.")]

Shards = Annotated[
    bool, typer.Option("--shards", help="Each of several devices holds a part of the network, not all of it (FSDP).")
]

STORE = Path("runs")


def at(store: Path) -> tuple[str, ...]:
    """What a command needs so that it finds the store."""
    return () if store == STORE else ("--store", str(store))


STOPPED = 130
"""The exit code of what Ctrl-C ended."""

VERSION: str = import_module("xstilts").__version__
"""Of the package. Its other names are a door for users, and floors do not go through it: hence not `from xstilts`."""
