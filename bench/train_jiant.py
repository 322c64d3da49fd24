"""Training in the shape that the paper's toolkit gave it, against ours: XLM-R's table, 32 pairs a step.

    python bench/train_jiant.py
    python bench/train_jiant.py --size test --steps 2 --rounds 1        # a look

jiant itself needs versions that no longer install beside these. Its step (nyu-mll/jiant, `runner.py` and the paper's
settings) is driven here by hand on transformers' model: rows padded to the longest example of the whole set, 8 micro-
batches of 4, after each of them the gradient clipped and the loss fetched by `.item()`, then AdamW as torch's loop over
weights. "fused" is the same with torch's fused AdamW, the default today.
"""

from __future__ import annotations

import functools

import harness
import material as materials
import peers
import torch
from torch import nn
from train_nli import ours

MICRO, PIECES = 4, 8
BATCH = MICRO * PIECES
AIMS: list[tuple[str, str, float | None]] = [
    ("ours, random, fp32", "jiant's step", 10.0),
    ("ours, random, bf16", "jiant's step", None),
    ("ours, tokens, bf16", "jiant's step", None),
    ("ours, random, fp32", "jiant's step, fused", None),
]


def jiant(size: str, rows: materials.Material, *, table: int, fused: bool = False) -> float:
    """Examples a second of jiant's step."""
    harness.products(False)
    longest = int(rows.rows.lengths.max())
    features = rows.features(pad_to=longest)
    columns = {name: torch.tensor([one[name] for one in features]) for name in features[0]}
    model = peers.model(size, rows, table=table).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=fused, foreach=False)
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(0))
    begun, total = harness.clock(), 0.0
    for low in range(0, len(order) - BATCH + 1, BATCH):
        for at in order[low : low + BATCH].split(MICRO):
            loss = model(**{name: column[at] for name, column in columns.items()}).loss / PIECES
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
    assert total > 0
    return len(order) // BATCH * BATCH / (harness.clock() - begun)


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=5)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--table", type=int, default=250_002, help="rows of the word table")
    options.add_argument(
        "--steps", type=int, default=4, help="steps of 32 pairs on their side, four times as many on ours"
    )
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    few, more = (
        materials.material("nli", count * BATCH, table=given.table) for count in (given.steps, 4 * given.steps)
    )
    their = functools.partial(jiant, given.size, few, table=given.table)
    our = functools.partial(ours, given.size, more, table=given.table, batch=BATCH)
    run: dict[str, harness.Side] = {
        "jiant's step": their,
        "jiant's step, fused": functools.partial(their, fused=True),
        "ours, random, fp32": functools.partial(our, order="random", precision="fp32"),
        "ours, random, bf16": functools.partial(our, order="random", precision="bf16"),
        "ours, tokens, bf16": functools.partial(our, order="tokens", precision="bf16"),
    }
    run = {name: side for name, side in run.items() if not given.only or name.startswith(tuple(given.only))}
    said = harness.alternate(run, rounds=given.rounds)
    harness.table(said, "examples/s")
    found = harness.compare(said, AIMS)
    harness.keep(f"train_jiant_{given.size}", given, {"examples_per_second": said, "ratios": found})


if __name__ == "__main__":
    main()
