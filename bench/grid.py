"""A small grid done by `xstilts run`, against a shell's loop over a reference script: processor seconds in all.

    python bench/grid.py --rounds 1                                     # the lab's encoder: half an hour of one core
    python bench/grid.py --size small --intermediates squad1 --targets xquad panx --seeds 1 --languages 6 --rounds 1
    python bench/grid.py --intermediates squad1 --targets panx --seeds 1 --languages 2 --examples 64   # a look

Intermediate tasks (and none) x targets x seeds, each target scored in several languages. The rows are the lab's; the
encoder is the lab's own, or one of another size with random weights. The loop (`reference.py`, which does what
transformers' run_glue, run_qa and run_ner do) is a thrifty one: an intermediate task is trained once a seed, its
checkpoint saved whole and loaded by every target, and one process scores all languages of an exam, where run_xnli and
XTREME's scripts start one for each. "a cell apart" is that loop's time had each result trained its intermediate task
anew, reckoned from the times that were measured; it is what a script that runs the whole chain of one result does.
Ours draws the lab's rows itself, which the loop finds in files; how long that takes stands beside ("drawing").
Both sides: the same rows, encoder, epochs, batches, rate, limit of length, one thread; ours in fp32 unless `--bf16`.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import harness
import material as materials
from tokenizers import Tokenizer

from xstilts.encoders.catalogue import encoder, locate
from xstilts.encoders.files import fresh_network, save_network
from xstilts.forms import Classify, Span, Tag
from xstilts.tasks import exam, task

SCRIPT = Path(__file__).parent / "reference.py"
LENGTH = 128
AIMS: list[tuple[str, str, float | None]] = [
    ("a shell's loop", "ours", 5.0),
    ("a shell's loop, padded by batch", "ours", None),
    ("a shell's loop, a cell apart", "ours", None),
]
STUDY = """
name = "grid"
encoder = "{encoder}"
seeds = {seeds}
exams = {exams}
languages = {languages}

[intermediates]
{intermediates}

[recipe.intermediate]
{recipe}

[recipe.target]
{recipe}
"""


class Grid:
    """What both sides do, laid out in a folder."""

    def __init__(self, folder: Path, given: argparse.Namespace) -> None:
        self.folder, self.given = folder, given
        self.seeds = list(range(1, given.seeds + 1))
        self.exams = {name: exam(f"lab-{name}") for name in given.targets}
        self.tasks = {name: task(f"lab-{name}") for name in (*given.intermediates, *given.targets)}
        self.languages = next(iter(self.exams.values())).languages[: given.languages]
        self.model = folder / "model"
        self._write_encoder()
        self._write_rows()
        self._write_study()

    def _write_encoder(self) -> None:
        lab = locate(encoder("lab"))
        if self.given.size == "lab":
            shutil.copytree(lab, self.model)
            return
        words = Tokenizer.from_file(str(lab / "tokenizer.json"))
        shape = materials.config(self.given.size, table=words.get_vocab_size())
        save_network(fresh_network(shape, words, seed=0), self.model)

    def _write_rows(self) -> None:
        begun = time.process_time()
        rows = {f"{name}.train": one.train.read(one.lang) for name, one in self.tasks.items()}
        rows |= {f"{name}.{lang}": sat.test.read(lang) for name, sat in self.exams.items() for lang in self.languages}
        self.drawing = time.process_time() - begun
        for name, found in rows.items():
            self._write(name, found[: self.given.examples] if name.endswith(".train") else found)

    def _write(self, name: str, rows: Any) -> None:
        lines = (json.dumps({key: getattr(row, key) for key in row.__struct_fields__}) for row in rows)
        (self.folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")

    def _write_study(self) -> None:
        recipe = {
            "rate": self.given.rate, "batch": self.given.batch, "epochs": self.given.epochs, "max_length": LENGTH,
            "examples": self.given.examples, "attempts": 1, "precision": "bf16" if self.given.bf16 else "fp32",
        }  # fmt: skip
        text = STUDY.format(
            encoder=self.model,
            seeds=self.seeds,
            exams=json.dumps([sat.name for sat in self.exams.values()]),
            languages=json.dumps(list(self.languages)),
            intermediates="\n".join(f'{name} = "lab-{name}"' for name in self.given.intermediates),
            recipe="\n".join(f"{key} = {json.dumps(value)}" for key, value in recipe.items()),
        )
        (self.folder / "grid.toml").write_text(text)


def spent(command: list[str], cache: Path) -> float:
    """Processor seconds of a command and all that it starts."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=os.environ | threads | {"XSTILTS_CACHE": str(cache)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(grid: Grid, told: dict[str, Any]) -> float:
    """The study, from nothing to its scores, with an empty cache."""
    with tempfile.TemporaryDirectory(dir=grid.folder) as folder:
        store = Path(folder) / "runs"
        command = [sys.executable, "-m", "xstilts", "run", str(grid.folder / "grid.toml"), "--store", str(store)]
        seconds = spent([*command, "--device", "cpu", "--threads", "1"], Path(folder) / "cache")
        records = [json.loads(path.read_text()) for path in sorted(store.rglob("record.json"))]
    kinds = Counter(record["kind"] for record in records)
    # Of tags the reference script tells the accuracy.
    told_by = (by for record in records for by in record.get("scores", {}).values())
    scores = [by.get("accuracy", next(iter(by.values()))) for by in told_by]
    told["ours"] = {"trainings": kinds["train"], "exams": kinds["test"], "processes": 1, "mean score": mean(scores)}
    return seconds


def loop(grid: Grid, told: dict[str, Any], parts: dict[str, list[float]], *, padded: bool = True) -> float:
    """The shell's loop."""
    name = "a shell's loop" if padded else "a shell's loop, padded by batch"
    seconds: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    scores: list[float] = []
    with tempfile.TemporaryDirectory(dir=grid.folder) as made:
        for seed in grid.seeds:
            for before in (None, *grid.given.intermediates):
                start = grid.model
                if before is not None:
                    start = Path(made) / before
                    seconds["intermediate"] += script(
                        grid, before, start=grid.model, out=start, seed=seed, padded=padded
                    )
                    runs["trainings"] += 1
                for target in grid.given.targets:
                    out = Path(made) / "target"
                    seconds["target"] += script(grid, target, start=start, out=out, seed=seed, padded=padded)
                    seconds["exam"] += script(grid, target, start=out, out=out, seed=seed, padded=padded, exam=True)
                    runs.update({"trainings": 1, "exams": 1})
                    found = json.loads((out / "scores.json").read_text())
                    assert list(found) == [f"{target}.{lang}" for lang in grid.languages]
                    scores += found.values()
                    shutil.rmtree(out)
                if before is not None:
                    shutil.rmtree(start)
    told[name] = dict(runs) | {"processes": runs.total(), "mean score": mean(scores), "seconds": dict(seconds)}
    if padded:
        parts["a cell apart"].append(seconds.total() + seconds["intermediate"] * (len(grid.given.targets) - 1))
    return seconds.total()


def script(grid: Grid, name: str, *, start: Path, out: Path, seed: int, padded: bool, exam: bool = False) -> float:
    """One call of the reference script: train on a task, or score an exam in all languages."""
    form = grid.tasks[name].form
    kind = {Classify: "classify", Span: "span", Tag: "tag"}[type(form)]  # type: ignore[index]
    files = [f"{name}.{lang}" for lang in grid.languages] if exam else [f"{name}.train"]
    labels = getattr(form, "labels", ())
    command = [
        sys.executable, str(SCRIPT), "--form", kind, "--model", str(start), "--files",
        *(str(grid.folder / f"{file}.jsonl") for file in files), *(["--labels", *labels] if labels else []),
        "--pad_to_max_length", str(padded), "--max_seq_length", str(LENGTH), "--output_dir", str(out),
        "--do_eval" if exam else "--do_train", "--use_cpu", "--report_to", "none", "--seed", str(seed),
        "--per_device_train_batch_size", str(grid.given.batch), "--learning_rate", str(grid.given.rate),
        "--num_train_epochs", str(grid.given.epochs),
    ]  # fmt: skip
    if grid.given.bf16 and not exam:
        command += ["--bf16"]
    return spent(command, grid.folder / "unused")


def mean(values: list[float]) -> float:
    """Of scores, to be looked at: no side may be fast by not doing it."""
    return round(sum(values) / max(1, len(values)), 2)


def options() -> argparse.ArgumentParser:
    """What the bench can be asked."""
    made = harness.parser(__doc__, rounds=3)
    made.add_argument("--size", choices=("lab", *materials.SIZES), default="lab", help="lab: its own encoder")
    made.add_argument("--intermediates", nargs="+", default=["mnli", "squad1", "ccg"])
    made.add_argument("--targets", nargs="+", default=["xnli", "xquad", "panx"])
    made.add_argument("--seeds", type=int, default=2)
    made.add_argument("--languages", type=int, default=12)
    made.add_argument("--examples", type=int, default=2048, help="of a task, at most")
    made.add_argument("--epochs", type=float, default=2.0)
    made.add_argument("--batch", type=int, default=16)
    made.add_argument("--rate", type=float, default=5e-4)
    made.add_argument("--bf16", action="store_true", help="on both sides")
    return made


def main() -> None:
    """Measure, print, keep."""
    given = options().parse_args()
    told: dict[str, Any] = {}
    parts: dict[str, list[float]] = {"a cell apart": []}
    with tempfile.TemporaryDirectory() as folder:
        grid = Grid(Path(folder), given)
        run: dict[str, harness.Side] = {
            "ours": functools.partial(ours, grid, told),
            "a shell's loop": functools.partial(loop, grid, told, parts),
            "a shell's loop, padded by batch": functools.partial(loop, grid, told, parts, padded=False),
        }
        run = {name: side for name, side in run.items() if not given.only or name in given.only}
        told["drawing"] = {"processor s": round(grid.drawing, 2)}
        said = harness.alternate(run, rounds=given.rounds)
    if parts["a cell apart"]:
        said["a shell's loop, a cell apart"] = parts["a cell apart"]
    harness.table(said, "processor s")
    for name, one in told.items():
        print(f"{name}: {one}")
    found = harness.compare(said, AIMS)
    harness.keep(f"grid_{given.size}", given, {"seconds": said, "ratios": found, "done": told})


if __name__ == "__main__":
    main()
