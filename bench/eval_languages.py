"""Scoring one exam in 40 languages: one pass over all of them, against a loop over languages with Trainer.predict.

    python bench/eval_languages.py
    python bench/eval_languages.py --size test --languages 8 --rows 40 --rounds 2     # a look
    python bench/eval_languages.py --size test --rounds 3 --processes 2               # and a process a language

Every language has its own fertility, so its rows have their own lengths. "a process a language" is how XTREME's scripts
do it: each starts anew, loads the model from disk and predicts; `--processes N` does so for N languages a round (the
time is the child's processor time). Trainer.predict has no autocast of its own on a CPU, so its bf16 side gets it from
outside. Both sides must give the same logits: in fp32 within 1e-5, or nothing is kept.
"""

from __future__ import annotations

import contextlib
import functools
import io
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import harness
import material as materials
import numpy as np
import peers
import torch
from harness import Side
from numpy.typing import NDArray
from transformers import DataCollatorWithPadding, Trainer, default_data_collator

from xstilts.encoders.network import Network
from xstilts.forms.form import Rows
from xstilts.training.machine import fast_products
from xstilts.training.predict import outputs
from xstilts.training.recipe import Machine

EXACT = 1e-5
FERTILITY = 0.25
"""Spread, over languages, of the logarithm of pieces a word."""
AIMS: list[tuple[str, str, float | None]] = [
    ("ours, fp32", "Trainer, batches of 8", 2.0),
    ("ours, bf16", "Trainer, batches of 8", 4.0),
    ("ours, fp32", "Trainer, padded to max", None),
    ("ours, fp32", "Trainer, sorted, 32, oneDNN", 1.1),
    ("ours, bf16", "Trainer, sorted, 32, bf16", 1.1),
    ("ours, fp32", "a process a language", 10.0),
]
CHILD = """
import sys
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments, HfArgumentParser
from transformers import DataCollatorWithPadding
sys.path.insert(0, {bench!r})
import eval_languages, torch
torch.set_num_threads(1)
eval_languages.child({folder!r}, {table}, {number}, {count})
"""


def language(number: int, count: int, table: int) -> materials.Material:
    """The rows of one language."""
    random = np.random.default_rng(1000 + number)
    drawn = materials.material("nli", count, table=table, seed=number)
    factor = random.lognormal(0, FERTILITY)
    sizes = np.clip(np.round(drawn.rows.lengths * factor), 8, drawn.longest).astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    tokens = random.choice(drawn.words, int(starts[-1])).astype(np.int32)
    rows = Rows(tokens, starts, np.arange(count), dict(drawn.rows.targets))
    return materials.Material("nli", rows, drawn.words, drawn.longest)


def like(model: Any, size: str, table: int) -> Network:
    """Our network with their weights."""
    network = materials.network(size, "nli", table=table)
    network.body.load_state_dict(model.roberta.state_dict())
    layers, theirs = network.heads["task"], model.classifier
    for own, other in ((layers["dense"], theirs.dense), (layers["out"], theirs.out_proj)):
        own.load_state_dict(other.state_dict())
    return network.eval()


def theirs(
    model: Any, langs: list[materials.Material], *, table: int, said: dict[str, NDArray[np.float32]], name: str,
    batch: int = 8, padded: bool = False, ordered: bool = False, fast: bool = False, bf16: bool = False,
) -> float:  # fmt: skip
    """Rows a second of a loop over the languages; their logits are left in `said`."""
    harness.products(fast)
    collator = default_data_collator if padded else DataCollatorWithPadding(peers.fast_tokenizer(table))
    found, begun = [], harness.clock()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        args = peers.arguments(folder, batch=32, per_device_eval_batch_size=batch)
        trainer = Trainer(model=model, args=args, data_collator=collator)
        for rows in langs:
            features = rows.features(pad_to=rows.longest if padded else None)
            order = np.argsort(-rows.rows.lengths, kind="stable") if ordered else np.arange(len(features))
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                logits = np.asarray(trainer.predict(peers.Features([features[i] for i in order])).predictions)
            found.append(logits[np.argsort(order)])
    seconds = harness.clock() - begun
    said[name] = np.concatenate(found)
    return len(said[name]) / seconds


def ours(
    network: Network, langs: list[materials.Material], *, said: dict[str, NDArray[np.float32]], name: str,
    precision: str = "fp32",
) -> float:  # fmt: skip
    """Rows a second of one pass."""
    harness.products(fast_products())
    begun = harness.clock()
    machine = Machine(threads=torch.get_num_threads())
    found = outputs(network, [rows.rows for rows in langs], head="task", machine=machine, precision=precision)  # type: ignore[arg-type]
    seconds = harness.clock() - begun
    said[name] = np.concatenate(found)
    return len(said[name]) / seconds


def processes(folder: str, *, table: int, languages: int, count: int) -> float:
    """Rows a second of a process a language, imports and loading included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for number in range(languages):
        code = CHILD.format(bench=str(Path(__file__).parent), folder=folder, table=table, number=number, count=count)
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return languages * count / seconds


def child(folder: str, table: int, number: int, count: int) -> None:
    """What such a process does."""
    model = peers.MODELS["nli"].from_pretrained(folder)
    theirs(model, [language(number, count, table)], table=table, said={}, name="child")


def main() -> None:
    """Measure, compare the logits, print, keep."""
    options = harness.parser(__doc__, rounds=5)
    options.add_argument("--size", choices=materials.SIZES, default="small")
    options.add_argument("--table", type=int, default=32_000, help="rows of the word table")
    options.add_argument("--languages", type=int, default=40)
    options.add_argument("--rows", type=int, default=25, help="rows of each language")
    options.add_argument("--processes", type=int, default=0, help="languages that have a process each")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    langs = [language(number, given.rows, given.table) for number in range(given.languages)]
    model = peers.model(given.size, langs[0], table=given.table).eval()
    network = like(model, given.size, given.table)
    said: dict[str, NDArray[np.float32]] = {}
    their = functools.partial(theirs, model, langs, table=given.table, said=said)
    our = functools.partial(ours, network, langs, said=said)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        run: dict[str, Side] = {
            "Trainer, padded to max": functools.partial(their, padded=True),
            "Trainer, batches of 8": their,
            "Trainer, sorted, 32, oneDNN": functools.partial(their, batch=32, ordered=True, fast=True),
            "Trainer, sorted, 32, bf16": functools.partial(their, batch=32, ordered=True, bf16=True),
            "ours, fp32": our,
            "ours, bf16": functools.partial(our, precision="bf16"),
        }
        run = {name: functools.partial(side, name=name) for name, side in run.items()}  # type: ignore[call-arg]
        if given.processes:
            run["a process a language"] = functools.partial(
                processes, folder, table=given.table, languages=given.processes, count=given.rows
            )
        run = {name: side for name, side in run.items() if not given.only or name.startswith(tuple(given.only))}
        rates = harness.alternate(run, rounds=given.rounds)
    harness.table(rates, "rows/s")
    apart = {name: float(np.abs(logits - said["Trainer, batches of 8"]).max()) for name, logits in said.items()}
    print("largest difference of a logit:", {name: f"{value:.1e}" for name, value in apart.items()})
    assert apart.get("ours, fp32", 0.0) < EXACT, apart
    found = harness.compare(rates, AIMS)
    harness.keep(f"eval_languages_{given.size}", given, {"rows_per_second": rates, "ratios": found, "logits": apart})


if __name__ == "__main__":
    main()
