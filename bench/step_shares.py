"""Where a training step's time goes, ours and Trainer's, and what matrix products reach here by each way.

    python bench/step_shares.py --examples 256                     # a minute of one core
    python bench/step_shares.py --size test --examples 64          # a look

First the products of a step's shapes, forwards and backwards, in billions of operations a second of processor time:
fp32 as torch does it, fp32 through oneDNN, bf16. Wide products suffer more than narrow ones from other work on the same
core, and with them what our side wins: this says by how much, before any ratio is believed. Then shares of one pass
over the rows (`train_nli.py`'s), by torch's profiler; it counts wall time, so they are shares and no speeds.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

import harness
import material as materials
import torch
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile
from train_nli import BATCH, ours, theirs

SLOTS = 1344
"""Slots of a packed batch of 32 pairs."""
KINDS = {
    "products": ("aten::mm", "aten::addmm"), "attention": ("aten::bmm", "_Within", "_WithinBackward", "aten::_softmax"),
    "dropout": ("aten::random_", "aten::bernoulli_", "_Drop", "aten::ge"), "AdamW": ("aten::_fused_adamw_",),
    "GELU": ("aten::gelu", "aten::gelu_backward"), "copies": ("aten::copy_", "aten::cat"),
    "new weights": ("aten::normal_", "aten::uniform_"),
}  # fmt: skip
"""What belongs together; new weights are made before the training begins, and are left out of the whole."""


def speed(work: Callable[[], object], operations: float) -> float:
    """Billions of operations a second."""
    work()
    begun = time.process_time()
    for _ in range(8):
        work()
    return 8 * operations / (time.process_time() - begun) / 1e9


def products(width: int, rounds: int) -> dict[str, dict[str, float]]:
    """The median speed of a step's shapes, by way."""
    found: dict[str, dict[str, float]] = {}
    for inside, outside in ((width, width), (width, 4 * width), (4 * width, width)):
        x, weight, gradient = (torch.randn(size) for size in ((SLOTS, inside), (outside, inside), (SLOTS, outside)))
        operations = 2.0 * SLOTS * inside * outside
        for dtype, ways in ((torch.float32, {"torch": False, "oneDNN": True}), (torch.bfloat16, {"bf16": True})):
            a, w, g = (one.to(dtype) for one in (x, weight, gradient))
            works: dict[str, Callable[[], object]] = {
                "forwards": functools.partial(functional.linear, a, w),
                "to the states": functools.partial(torch.mm, g, w),
                "to the weights": functools.partial(torch.mm, g.T, a),
            }
            for name, work in works.items():
                for way, fast in ways.items():
                    harness.products(fast)
                    median = statistics.median(speed(work, operations) for _ in range(rounds))
                    found.setdefault(f"{inside} x {outside} {name}", {})[way] = round(median, 1)
    return found


def shares(side: harness.Side) -> dict[str, float]:
    """Percent of a pass, by kind."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        side()
    spent = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
    by = {kind: sum(spent.get(name, 0.0) for name in names) for kind, names in KINDS.items()}
    whole = sum(spent.values()) - by.pop("new weights")
    return {kind: round(100 * part / whole, 1) for kind, part in by.items()}


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=5)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--table", type=int, default=32_000, help="rows of the word table")
    options.add_argument("--examples", type=int, default=256)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    width: Any = materials.SIZES[given.size]["hidden_size"]
    speeds = products(width, given.rounds)
    for shape, by in speeds.items():
        print(f"{shape:28}", "   ".join(f"{way} {value:7.1f}" for way, value in by.items()))
    rows = materials.material("nli", given.examples, table=given.table)
    their, our = (functools.partial(s, given.size, rows, table=given.table, batch=BATCH) for s in (theirs, ours))
    run: dict[str, harness.Side] = {
        "Trainer, dynamic": their,
        "Trainer, dynamic, bf16": functools.partial(their, bf16=True),
        "ours, random, fp32": functools.partial(our, order="random", precision="fp32"),
        "ours, random, bf16": functools.partial(our, order="random", precision="bf16"),
    }
    parts = {name: shares(side) for name, side in run.items() if not given.only or name.startswith(tuple(given.only))}
    for name, part in parts.items():
        print(f"{name:28}", "   ".join(f"{kind} {value:.1f} %" for kind, value in part.items()))
    harness.keep(f"step_shares_{given.size}", given, {"billions_a_second": speeds, "percent": parts})


if __name__ == "__main__":
    main()
