"""On a GPU: XLM-R's Base and Large shapes, random weights, against Trainer at its best and against what the GPU can do.

    python bench/gpu.py
    python bench/gpu.py --sizes large --rounds 3

32 pairs or 16 windows of a question a step, bf16, XLM-R's table of 250,002 rows; Trainer with sdpa, grouped by length,
on enough rows that its grouping works fully. Beside examples a second stands the share of the GPU's bf16 peak, as
measured in the same run by one large matrix product: only products with real tokens count as useful (6 x the linear
weights, and attention, a token). Where there is no GPU, it says so and does nothing.
"""

from __future__ import annotations

import functools
import time
from typing import Any

import harness
import material as materials
import torch
from train_nli import ours, theirs

TABLE = 250_002
BATCH: dict[materials.Kind, int] = {"nli": 32, "qa": 16}
AIMS = {"large": 2.0, "base": None}
PEAK_SHARE = 0.45
"""Of the measured peak, for Large."""


def peak(seconds: float = 2.0, side: int = 8192) -> float:
    """Floating-point operations a second of a large bf16 product."""
    left, right = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        left @ right
    torch.cuda.synchronize()
    begun, times = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        for _ in range(10):
            left @ right
        torch.cuda.synchronize()
        times += 10
    return 2 * side**3 * times / (time.perf_counter() - begun)


def useful(size: str, rows: materials.Material) -> float:
    """Operations of one pass, forwards and backwards, over the real tokens."""
    shape = materials.SIZES[size]
    width, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    lengths = rows.rows.lengths.astype(float)
    linear = layers * (4 * width * width + 2 * width * inner)
    return float(6 * linear * lengths.sum() + 12 * layers * width * (lengths**2).sum())


def timed(side: harness.Side) -> float:
    """A side whose clock waits for the GPU."""
    torch.cuda.synchronize()
    return side()


def main() -> None:
    """Measure, print, keep; or say that there is no GPU."""
    options = harness.parser(__doc__, rounds=3)
    options.add_argument("--sizes", nargs="*", choices=("base", "large"), default=["base", "large"])
    options.add_argument("--steps", type=int, default=200, help="steps of one run; grouping by length needs 200")
    given = options.parse_args()
    if not torch.cuda.is_available():
        print("bench/gpu.py was skipped: torch sees no GPU here.")
        return
    torch.set_num_threads(max(2, given.threads))
    most = peak()
    print(f"{torch.cuda.get_device_name()}: {most / 1e12:.0f} TFLOP/s in bf16")
    found: dict[str, Any] = {"gpu": torch.cuda.get_device_name(), "peak": most}
    for size in given.sizes:
        for kind, batch in BATCH.items():
            rows = materials.material(kind, given.steps * batch, table=TABLE)
            our = functools.partial(ours, size, rows, table=TABLE, batch=batch, precision="bf16")
            run: dict[str, harness.Side] = {
                "Trainer, grouped, bf16": functools.partial(
                    theirs, size, rows, table=TABLE, batch=batch, grouped=True, bf16=True
                ),
                "ours, tokens, bf16": functools.partial(our, order="tokens"),
                "ours, random, bf16": functools.partial(our, order="random"),
                "ours, tokens, bf16, whole": functools.partial(our, order="tokens", whole=True),
            }
            print(f"{size}, {kind}")
            said = harness.alternate({k: functools.partial(timed, v) for k, v in run.items()}, rounds=given.rounds)
            harness.table(said, "examples/s")
            aims = [("ours, tokens, bf16", "Trainer, grouped, bf16", AIMS[size])]
            each = useful(size, rows) / len(rows.rows)
            shares = {name: sorted(rates)[len(rates) // 2] * each / most for name, rates in said.items()}
            for name, share in shares.items():
                print(f"{name:36} {100 * share:5.1f} % of the measured peak")
            pairs = harness.compare(said, aims)
            found[f"{size}, {kind}"] = {"examples_per_second": said, "share_of_peak": shares, "ratios": pairs}
    harness.keep("gpu", given, found)


if __name__ == "__main__":
    main()
