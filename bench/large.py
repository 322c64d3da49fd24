"""XLM-R Large as it is, but for its weights: 24 layers, 250,002 rows, loaded from a folder in the Hub's format.

    python bench/large.py                                # writes 2.3 GB to a temporary folder
    python bench/large.py --folder FOLDER --forms classify span
    python bench/large.py --layers 2                     # a look

One training step of every form, and one pass for retrieval, each in a process of its own; what counts is the largest
resident size, which must stay below `--room` GiB (the memory of a 24 GiB machine). Hidden words (`mask`) need the whole
table with its moments; everything else trains the rows that occur.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness
import material as materials
import numpy as np
import torch
from transformers import XLMRobertaForMaskedLM

from xstilts.encoders.encoder import Encoder
from xstilts.encoders.files import load_folder
from xstilts.encoders.network import Network
from xstilts.forms.form import Head, Rows
from xstilts.training.batches import Feed, RowFeed, ids_of
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.predict import outputs
from xstilts.training.recipe import Machine, Recipe

TABLE = 250_002
HEADS = {
    "classify": Head("sequence", 3),
    "choose": Head("choice"),
    "span": Head("span", 2),
    "tag": Head("token", 17),
    "match": Head("embed"),
    "mask": Head("mask"),
}
FORMS = (*HEADS, "retrieve")


def write(folder: Path, layers: int) -> None:
    """A folder as it would come from the Hub, with random weights."""
    config = materials.config("large", table=TABLE)
    config.num_hidden_layers = layers
    torch.manual_seed(0)
    XLMRobertaForMaskedLM(config).save_pretrained(folder, max_shard_size="100GB")
    materials.tokenizer(TABLE).save(str(folder / "tokenizer.json"))


def rows_for(form: str, count: int) -> Rows:
    """Rows of pairs, with the targets that a form has."""
    rows = materials.material("nli", count, table=TABLE).rows
    random, lengths = np.random.default_rng(0), rows.lengths
    match form:
        case "choose":
            rows.example, rows.targets = (
                np.arange(count) // 4,
                {"label": np.repeat(random.integers(0, 4, count // 4), 4)},
            )
        case "span":
            rows.targets = {"start": random.integers(1, lengths - 4), "end": lengths - 3}
        case "tag":
            rows.targets = {"label": random.integers(0, 17, len(rows.tokens))}
        case "match":
            rows.example = np.arange(count) // 2
            rows.targets = {"role": np.arange(count) % 2, "key": np.arange(count)}
        case "mask":
            rows.targets = {}
    return rows


def step(network: Network, form: str, count: int, precision: str) -> tuple[float, tuple[int, int] | None]:
    """One training step; its loss, and how many rows of the table were trained."""
    rows = rows_for(form, count)
    network.add_head(form, HEADS[form], seed=0)
    feed = RowFeed(rows, count, 0, network.pad_id)
    feeds: dict[str, Feed] = {form: masked(feed, masker(network), seed=0) if form == "mask" else feed}
    recipe = Recipe(rate=1e-5, batch=count, precision=precision)  # type: ignore[arg-type]
    training = train(network, feeds, recipe, steps=1, seed=0, seen=ids_of([rows]), machine=Machine(device="cpu"))
    return training.losses[0][1], training.rows


def child(folder: Path, form: str, count: int, precision: str) -> None:
    """Do one form and tell what it took."""
    network = load_folder(folder)
    begun = time.perf_counter()
    if form == "retrieve":
        (vectors,) = outputs(network, [rows_for(form, count)], encoder=Encoder(name="large", source=str(folder)))
        loss, rows = float(np.abs(vectors).mean()), None
    else:
        loss, rows = step(network, form, count, precision)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told = {"form": form, "loss": loss, "rows": rows, "gibibytes": most, "seconds": time.perf_counter() - begun}
    print(json.dumps(told | {"weights": sum(weight.numel() for weight in network.parameters())}))


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=1)
    options.add_argument("--folder", type=Path, help="where the encoder is, or is to be written")
    options.add_argument("--layers", type=int, default=24)
    options.add_argument("--examples", type=int, default=8, help="rows of the step")
    options.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    options.add_argument("--forms", nargs="*", choices=FORMS, default=list(FORMS))
    options.add_argument("--room", type=float, default=24.0, help="GiB")
    options.add_argument("--child", help=argparse.SUPPRESS)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    if given.child:
        child(given.folder, given.child, given.examples, given.precision)
        return
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "config.json").is_file():
            write(folder, given.layers)
        for form in given.forms:
            command = [
                sys.executable,
                __file__,
                "--folder",
                str(folder),
                "--child",
                form,
                "--threads",
                str(given.threads),
            ]
            command += ["--examples", str(given.examples), "--precision", given.precision]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{form}: {done.stderr[-2000:]}")
            one = json.loads(done.stdout.splitlines()[-1])
            found.append(one)
            rows = "whole table" if one["rows"] is None else f"{one['rows'][0]} of {one['rows'][1]} rows"
            print(
                f"{form:10} {one['gibibytes']:6.2f} GiB  {one['seconds']:7.1f} s  loss {one['loss']:.3f}  {rows}",
                flush=True,
            )
    assert all(np.isfinite(one["loss"]) for one in found)
    assert max(one["gibibytes"] for one in found) < given.room, found
    harness.keep("large", given, {"forms": found})


if __name__ == "__main__":
    main()
