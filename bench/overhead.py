"""What the engine itself costs: a step of a model so small that hardly anything else is left, against Trainer.

    python bench/overhead.py

Two layers of width 64, a word table of 1,000 rows, batches of 8 pairs. "by hand" is the least that transformers' model
needs: a loop over ready batches with AdamW and clipping, no sampler and no collator. "model alone" is forwards and
backwards over ready batches and nothing else: the rest of a step is the engine's own, or Trainer's.
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

from xstilts.training.batches import RowFeed
from xstilts.training.machine import fast_products

BATCH, SIZE, TABLE = 8, "test", 1000


def by_hand(rows: materials.Material, *, alone: bool = False) -> float:
    """Steps of transformers' model in a plain loop; `alone` without optimizer and clipping."""
    harness.products(False)
    features = rows.features()
    pad = DataCollatorWithPadding(peers.fast_tokenizer(TABLE))
    batches = [pad(features[low : low + BATCH]) for low in range(0, len(features), BATCH)]
    model = peers.model(SIZE, rows, table=TABLE).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    begun = harness.clock()
    for batch in batches:
        model(**batch).loss.backward()
        if not alone:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        optimizer.zero_grad()
    return len(features) / (harness.clock() - begun)


def alone(rows: materials.Material, *, order: str) -> float:
    """Forwards and backwards of our network over the batches of a training, ready beforehand."""
    harness.products(fast_products())
    network = materials.network(SIZE, rows.kind, table=TABLE)
    feed = RowFeed(rows.rows, BATCH, 0, network.pad_id, order=order)  # type: ignore[arg-type]
    batches = [feed(k) for k in range(feed.steps)]
    network.train()
    begun = harness.clock()
    for batch in batches:
        network.loss("task", batch).backward()  # type: ignore[no-untyped-call]
        network.zero_grad(set_to_none=True)
    return len(rows.rows) / (harness.clock() - begun)


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
        "model alone, theirs": functools.partial(by_hand, rows, alone=True),
        "model alone, ours, random": functools.partial(alone, rows, order="random"),
        "model alone, ours, tokens": functools.partial(alone, rows, order="tokens"),
    }
    said = harness.alternate({name: milliseconds(side) for name, side in run.items()}, rounds=given.rounds)
    harness.table(said, "ms a step")
    pairs: list[tuple[str, str, float | None]] = [
        ("ours, random", "Trainer, dynamic", 0.6),
        ("ours, tokens", "Trainer, dynamic", 0.6),
        ("ours, tokens", "by hand, dynamic", None),
        ("model alone, theirs", "Trainer, dynamic", None),
        ("model alone, ours, random", "ours, random", None),
        ("model alone, ours, tokens", "ours, tokens", None),
        ("model alone, ours, random", "Trainer, dynamic", None),
        ("model alone, ours, tokens", "Trainer, dynamic", None),
    ]
    found = harness.compare(said, pairs, less=True)
    harness.keep("overhead", given, {"milliseconds_a_step": said, "ratios": found})


if __name__ == "__main__":
    main()
