"""What a command costs before it does anything, in processor seconds and memory, against a reference script's imports.

    python bench/startup.py

The peer is what transformers' run_xnli imports from torch and transformers; the script also loads datasets, evaluate
and scikit-learn, which is left out here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile

import harness

IMPORTS = """
import torch
from transformers import (AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding,
    EvalPrediction, HfArgumentParser, Trainer, TrainingArguments, default_data_collator, set_seed)
AutoModelForSequenceClassification._model_mapping[AutoConfig.for_model("xlm-roberta").__class__]
"""
COMMANDS = {
    "reference script's imports": ["-c", IMPORTS],
    "xstilts --help": ["-m", "xstilts", "--help"],
    "xstilts list": ["-m", "xstilts", "list"],
    "xstilts plan lab": ["-m", "xstilts", "plan", "lab"],
    "xstilts status lab": ["-m", "xstilts", "status", "lab", "--store", "{store}"],
    "python alone": ["-c", "pass"],
}
MEASURE = (
    "import resource, subprocess, sys, json; done = subprocess.run(sys.argv[1:], capture_output=True);"
    "u = resource.getrusage(resource.RUSAGE_CHILDREN); assert done.returncode == 0, done.stderr.decode()[-2000:];"
    "print(json.dumps([u.ru_utime + u.ru_stime, u.ru_maxrss / 1024]))"
)


def cost(arguments: list[str], store: str) -> tuple[float, float]:
    """Processor seconds and MiB of a command."""
    command = [sys.executable, *(part.replace("{store}", store) for part in arguments)]
    out = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True).stdout
    seconds, size = json.loads(out.splitlines()[-1])
    return seconds, size


def main() -> None:
    """Measure, print, keep."""
    given: argparse.Namespace = harness.parser(__doc__, rounds=5).parse_args()
    sizes: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as store:

        def side(name: str) -> float:
            seconds, size = cost(COMMANDS[name], store)
            sizes[name].append(size)
            return seconds

        names = [name for name in COMMANDS if not given.only or name.startswith(tuple(given.only))]
        run = {name: lambda name=name: side(name) for name in names}
        said = harness.alternate(run, rounds=given.rounds)  # type: ignore[arg-type]
    harness.table(said, "processor s")
    harness.table({name: sizes[name] for name in said}, "MiB")
    pairs = [(name, "reference script's imports", None) for name in said if name.startswith("xstilts")]
    found = harness.compare(said, pairs, less=True)
    harness.keep("startup", given, {"seconds": said, "mebibytes": sizes, "ratios": found})


if __name__ == "__main__":
    main()
