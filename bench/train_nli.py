"""Training on pairs of sentences, against transformers' Trainer as its example scripts drive it.

    python bench/train_nli.py --table 32000                    # what padding costs
    python bench/train_nli.py --table 250002                   # XLM-R's table: what trimming brings on top
    python bench/train_nli.py --size base --examples 96 --many 0 --rounds 3
    python bench/train_nli.py --size test --examples 256 --many 512 --rounds 2      # a look, in half a minute

Two sets of rows: `--examples` for the sides at default settings, `--many` for Trainer at its best, whose grouping by
length draws from 50 batches at a time and so needs 6,400 rows to work fully (0 leaves these sides out). What is counted
are examples a second of one pass over the rows, in batches of 32; ours with cutting the word table and putting it back.
"""

from __future__ import annotations

import argparse
import functools

import harness
import material as materials
import peers
import torch
from harness import Side

from xstilts.training.batches import RowFeed
from xstilts.training.loop import train
from xstilts.training.machine import fast_products
from xstilts.training.recipe import Machine, Recipe

BATCH = 32


def theirs(size: str, rows: materials.Material, *, table: int, batch: int, fast: bool = False, **how: bool) -> float:
    """One run of Trainer, with torch's own fp32 products unless `fast`."""
    harness.products(fast)
    return peers.trained(size, rows, table=table, batch=batch, **how)


def ours(
    size: str, rows: materials.Material, *, table: int, batch: int, order: str, precision: str, whole: bool = False
) -> float:
    """One run of our engine."""
    network = materials.network(size, rows.kind, table=table)
    feed = RowFeed(rows.rows, batch, 0, network.pad_id, order=order)  # type: ignore[arg-type]
    recipe = Recipe(rate=2e-5, batch=batch, precision=precision, warmup=0.0)  # type: ignore[arg-type]
    harness.products(fast_products())
    begun = harness.clock()
    train(
        network, {"task": feed}, recipe, steps=feed.steps, seed=0, machine=Machine(threads=torch.get_num_threads()),
        seen=None if whole else rows.words,
    )  # fmt: skip
    return len(rows.rows) / (harness.clock() - begun)


def sides(given: argparse.Namespace, kind: materials.Kind, batch: int) -> dict[str, Side]:
    """Everything that runs, by name."""
    few = materials.material(kind, given.examples, table=given.table)
    their, our = (functools.partial(side, given.size, few, table=given.table, batch=batch) for side in (theirs, ours))
    found: dict[str, Side] = {
        "Trainer, padded to max": functools.partial(their, padded=True),
        "Trainer, dynamic": their,
        "Trainer, dynamic, oneDNN": functools.partial(their, fast=True),
        "Trainer, dynamic, bf16": functools.partial(their, bf16=True),
        "ours, random, fp32": functools.partial(our, order="random", precision="fp32"),
        "ours, random, bf16": functools.partial(our, order="random", precision="bf16"),
        "ours, tokens, fp32": functools.partial(our, order="tokens", precision="fp32"),
        "ours, tokens, bf16": functools.partial(our, order="tokens", precision="bf16"),
    }
    if given.many:
        many = materials.material(kind, given.many, table=given.table)
        their, our = (
            functools.partial(side, given.size, many, table=given.table, batch=batch) for side in (theirs, ours)
        )
        found |= {
            "many: Trainer, grouped, bf16": functools.partial(their, grouped=True, bf16=True),
            "many: ours, length, bf16": functools.partial(our, order="length", precision="bf16"),
            "many: ours, tokens, bf16": functools.partial(our, order="tokens", precision="bf16"),
            "many: ours, random, bf16": functools.partial(our, order="random", precision="bf16"),
        }
        if given.table > 2 * materials.ENGLISH:
            found["many: ours, tokens, bf16, whole"] = functools.partial(
                our, order="tokens", precision="bf16", whole=True
            )
    return {name: side for name, side in found.items() if not given.only or name.startswith(tuple(given.only))}


AIMS: dict[bool, list[tuple[str, str, float | None]]] = {
    False: [
        ("ours, random, fp32", "Trainer, dynamic", 3.0),
        ("ours, random, bf16", "Trainer, dynamic", 4.5),
        ("ours, random, fp32", "Trainer, padded to max", 4.5),
        ("ours, random, fp32", "Trainer, dynamic, oneDNN", None),
        ("ours, random, bf16", "Trainer, dynamic, bf16", None),
        ("ours, tokens, fp32", "Trainer, dynamic", None),
        ("ours, tokens, bf16", "Trainer, dynamic", None),
        ("many: ours, length, bf16", "many: Trainer, grouped, bf16", 1.0),
        ("many: ours, tokens, bf16", "many: Trainer, grouped, bf16", 1.0),
        ("many: ours, random, bf16", "many: Trainer, grouped, bf16", None),
    ],
    True: [
        ("ours, random, bf16", "Trainer, dynamic", 5.0),
        ("ours, random, fp32", "Trainer, dynamic", None),
        ("many: ours, length, bf16", "many: Trainer, grouped, bf16", 1.8),
        ("many: ours, tokens, bf16", "many: Trainer, grouped, bf16", 1.8),
        ("many: ours, random, bf16", "many: Trainer, grouped, bf16", None),
        ("many: ours, tokens, bf16", "many: ours, tokens, bf16, whole", None),
    ],
}
"""What should come out, for a small encoder: with an ordinary table, and with XLM-R's."""


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=5)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--table", type=int, default=32_000, help="rows of the word table")
    options.add_argument("--examples", type=int, default=512)
    options.add_argument("--many", type=int, default=6400)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    run = sides(given, "nli", BATCH)
    said = harness.alternate(run, rounds=given.rounds)
    harness.table(said, "examples/s")
    found = harness.compare(said, AIMS[given.table > 2 * materials.ENGLISH])
    harness.keep(f"train_nli_{given.size}_{given.table}", given, {"examples_per_second": said, "ratios": found})


if __name__ == "__main__":
    main()
