"""Training on questions, in windows of at most 384 pieces, against Trainer as run_qa drives it.

    python bench/train_qa.py
    python bench/train_qa.py --size test --examples 64 --many 128 --rounds 2        # a look

As bench/train_nli.py, in batches of 16 windows. Padding takes no part in our loss; in theirs it is one of the places
that an answer may begin at.
"""

from __future__ import annotations

import harness
import material as materials
import torch
from train_nli import sides

BATCH = 16
AIMS: list[tuple[str, str, float | None]] = [
    ("ours, random, fp32", "Trainer, dynamic", 3.0),
    ("ours, random, bf16", "Trainer, dynamic", 4.0),
    ("ours, tokens, fp32", "Trainer, dynamic", 3.0),
    ("ours, tokens, bf16", "Trainer, dynamic", 4.0),
    ("ours, random, fp32", "Trainer, padded to max", None),
    ("ours, random, fp32", "Trainer, dynamic, oneDNN", None),
    ("ours, random, bf16", "Trainer, dynamic, bf16", None),
    ("many: ours, length, bf16", "many: Trainer, grouped, bf16", None),
    ("many: ours, tokens, bf16", "many: Trainer, grouped, bf16", None),
]


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=5)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--table", type=int, default=32_000, help="rows of the word table")
    options.add_argument("--examples", type=int, default=128)
    options.add_argument("--many", type=int, default=1600, help="from 50 batches of 16, grouping by length works fully")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    run = sides(given, "qa", BATCH)
    said = harness.alternate(run, rounds=given.rounds)
    harness.table(said, "examples/s")
    found = harness.compare(said, AIMS)
    harness.keep(f"train_qa_{given.size}_{given.table}", given, {"examples_per_second": said, "ratios": found})


if __name__ == "__main__":
    main()
