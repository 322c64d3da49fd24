"""Memory: the largest resident size of a process that trains or scores, and the bytes of a checkpoint.

    python bench/memory.py
    python bench/memory.py --size test --steps 2 --rounds 1       # a look

Every side is a process of its own, since a process keeps what it once had: training on questions in windows of 384
(the width that padding costs most at), scoring 40 languages, and a checkpoint of a training with XLM-R's table. What
torch and transformers take before anything is loaded stands beside ("imports") and is in every number. "apart" is what
the largest step must hold: weights with their gradients and moments, and what is kept for the way back.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import eval_languages
import harness
import material as materials
import peers
import torch
import train_nli
from transformers import Trainer, default_data_collator

from xstilts.encoders.packed import Packed
from xstilts.encoders.table import cut
from xstilts.training.batches import RowFeed
from xstilts.training.loop import train
from xstilts.training.recipe import Machine, Recipe

BATCH = 16
TABLE, LARGE_TABLE = 32_000, 250_002
PAIRS: list[tuple[str, str, float | None]] = [
    ("qa: ours, random, fp32", "qa: Trainer, padded to max", 0.6),
    ("qa: ours, tokens, fp32", "qa: Trainer, padded to max", 0.6),
    ("qa: ours, tokens, bf16", "qa: Trainer, padded to max", None),
    ("qa: ours, tokens, bf16", "qa: Trainer, grouped, bf16", None),
    ("eval: ours, fp32", "eval: Trainer, padded to max", None),
    ("eval: ours, fp32", "eval: Trainer, batches of 8", None),
    ("checkpoint: ours", "checkpoint: Trainer", 0.6),
]


def training(size: str, steps: int, who: str, **how: object) -> None:
    """Train on questions for some steps."""
    rows = materials.material("qa", steps * BATCH, table=TABLE)
    side = train_nli.ours if who == "ours" else train_nli.theirs
    side(size, rows, table=TABLE, batch=BATCH, **how)  # type: ignore[operator]


def scoring(size: str, who: str, **how: object) -> None:
    """Score 40 languages."""
    langs = [eval_languages.language(number, 10, TABLE) for number in range(40)]
    if who == "ours":
        eval_languages.ours(materials.network(size, "nli", table=TABLE), langs, said={}, name=who)
    else:
        model = peers.model(size, langs[0], table=TABLE).eval()
        eval_languages.theirs(model, langs, table=TABLE, said={}, name=who, **how)  # type: ignore[arg-type]


SIDES: dict[str, Callable[[str, int], None]] = {
    "imports": lambda size, steps: None,
    "qa: Trainer, padded to max": lambda size, steps: training(size, steps, "theirs", padded=True),
    "qa: Trainer, dynamic": lambda size, steps: training(size, steps, "theirs"),
    "qa: Trainer, grouped, bf16": lambda size, steps: training(size, steps, "theirs", grouped=True, bf16=True),
    "qa: ours, random, fp32": lambda size, steps: training(size, steps, "ours", order="random", precision="fp32"),
    "qa: ours, tokens, fp32": lambda size, steps: training(size, steps, "ours", order="tokens", precision="fp32"),
    "qa: ours, tokens, bf16": lambda size, steps: training(size, steps, "ours", order="tokens", precision="bf16"),
    "eval: Trainer, padded to max": lambda size, steps: scoring(size, "theirs", padded=True),
    "eval: Trainer, batches of 8": lambda size, steps: scoring(size, "theirs"),
    "eval: ours, fp32": lambda size, steps: scoring(size, "ours"),
}


def checkpoints(size: str) -> dict[str, int]:
    """Bytes of a checkpoint after one step, with XLM-R's table, of both sides."""
    rows = materials.material("nli", 32, table=LARGE_TABLE)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        args = peers.arguments(folder, batch=32)
        trainer = Trainer(model=peers.model(size, rows, table=LARGE_TABLE), args=args)
        trainer.train_dataset = peers.Features(rows.features(pad_to=rows.longest))
        trainer.train()
        trainer._save_checkpoint(trainer.model, trial=None)
        found["checkpoint: Trainer"] = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    network = materials.network(size, "nli", table=LARGE_TABLE)
    feed = RowFeed(rows.rows, 16, 0, network.pad_id)
    with tempfile.TemporaryDirectory() as folder:

        def looking(k: int) -> Packed:
            """The batch; before the second, the checkpoint of the first step lies there."""
            if k == 1:
                found["checkpoint: ours"] = sum(
                    path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()
                )
            return feed(k)

        train(
            network, {"task": looking}, Recipe(), steps=2, seed=0, machine=Machine(device="cpu"),
            checkpoint=Path(folder), every=0.0, seen=rows.words,
        )  # fmt: skip
    return found


def apart(size: str, steps: int) -> dict[str, dict[str, float]]:
    """MiB that the largest step of each side on questions must hold, by what it is."""
    rows = materials.material("qa", steps * BATCH, table=TABLE)
    pad = default_data_collator
    padded = rows.features(pad_to=rows.longest)[:BATCH]
    model = peers.model(size, rows, table=TABLE).train()
    found = {"Trainer, padded to max": _held(model, lambda: model(**pad(padded)).loss, BATCH * rows.longest)}
    for order in ("random", "tokens"):
        network = materials.network(size, "qa", table=TABLE).train()
        feed = RowFeed(rows.rows, BATCH, 0, network.pad_id, order=order)  # type: ignore[arg-type]
        batch = max((feed(k) for k in range(feed.steps)), key=lambda one: len(one.tokens))
        # As in a training: only the rows of the word table that occur.
        cut(network, rows.words)
        found[f"ours, {order}"] = _held(network, lambda: network.loss("task", batch), len(batch.tokens))  # noqa: B023
    return found


def _held(model: torch.nn.Module, loss: Callable[[], torch.Tensor], slots: int) -> dict[str, float]:
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        held = loss()
    del held
    trained = sum(one.numel() * one.element_size() for one in model.parameters() if one.requires_grad)
    return {
        "slots of the largest step": slots, "weights, gradients, moments": 4 * trained / 2**20,
        "kept for the way back": sum(kept.values()) / 2**20,
    }  # fmt: skip


def peak(name: str, given: argparse.Namespace) -> float:
    """MiB of a process that does one side."""
    command = [sys.executable, __file__, "--size", given.size, "--steps", str(given.steps), "--side", name]
    command += ["--threads", str(given.threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=3)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--steps", type=int, default=8, help="steps of 16 windows")
    options.add_argument("--side", help=argparse.SUPPRESS)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    if given.side:
        SIDES[given.side](given.size, given.steps)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    names = [name for name in SIDES if not given.only or name.startswith(tuple(given.only))]
    said = harness.alternate({name: lambda name=name: peak(name, given) for name in names}, rounds=given.rounds)  # type: ignore[misc]
    if not given.only or "checkpoint" in given.only:
        said |= {name: [size / 2**20] * given.rounds for name, size in checkpoints(given.size).items()}
    harness.table(said, "MiB")
    found = harness.compare(said, PAIRS, less=True)
    parts = apart(given.size, given.steps)
    for name, held in parts.items():
        print(f"apart: {name}: {', '.join(f'{what} {size:.0f}' for what, size in held.items())}")
    harness.keep(f"memory_{given.size}", given, {"mebibytes": said, "ratios": found, "apart": parts})


if __name__ == "__main__":
    main()
