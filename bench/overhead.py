"""What the engine itself costs: a step of a model so small that hardly anything else is left, against Trainer.

    python bench/overhead.py

Two layers of width 64, a word table of 1,000 rows, batches of 8 pairs. "by hand" is the least that transformers' model
needs: a loop over ready batches with AdamW and clipping, no sampler and no collator.
"""

from __future__ import annotations

import functools

import harness
import material as materials
import peers
import torch
from torch import nn
from train_nli import ours, theirs
from transformers import DataCollatorWithPadding

BATCH, SIZE, TABLE = 8, "test", 1000


def by_hand(rows: materials.Material) -> float:
    """Steps of transformers' model in a plain loop."""
    harness.products(False)
    features = rows.features()
    pad = DataCollatorWithPadding(peers.fast_tokenizer(TABLE))
    batches = [pad(features[low : low + BATCH]) for low in range(0, len(features), BATCH)]
    model = peers.model(SIZE, rows, table=TABLE).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    begun = harness.clock()
    for batch in batches:
        model(**batch).loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return len(features) / (harness.clock() - begun)


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=7)
    options.add_argument("--steps", type=int, default=100)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    rows = materials.material("nli", given.steps * BATCH, table=TABLE)

    def milliseconds(side: harness.Side) -> harness.Side:
        return lambda: 1000 * BATCH / side()

    our = functools.partial(ours, SIZE, rows, table=TABLE, batch=BATCH, precision="fp32")
    run = {
        "Trainer, dynamic": functools.partial(theirs, SIZE, rows, table=TABLE, batch=BATCH),
        "by hand, dynamic": functools.partial(by_hand, rows),
        "ours, random": functools.partial(our, order="random"),
        "ours, tokens": functools.partial(our, order="tokens"),
    }
    said = harness.alternate({name: milliseconds(side) for name, side in run.items()}, rounds=given.rounds)
    harness.table(said, "ms a step")
    pairs: list[tuple[str, str, float | None]] = [
        ("ours, random", "Trainer, dynamic", 0.6),
        ("ours, tokens", "Trainer, dynamic", 0.6),
        ("ours, tokens", "by hand, dynamic", None),
    ]
    found = harness.compare(said, pairs, less=True)
    harness.keep("overhead", given, {"milliseconds_a_step": said, "ratios": found})


if __name__ == "__main__":
    main()
