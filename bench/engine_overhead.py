"""What the engine itself costs a step: plan, claims, records, predictions' sums and the look for the next step.

    python bench/engine_overhead.py [--steps 1000 10000] [--workers 1 2] [--out bench/results/engine_overhead.json]

Steps do nothing, so that all the time is the engine's. A plan of n steps is a chain of n/10 trainings with nine exams
each, or nearly; milliseconds for each step are told for two sizes, which shows whether it costs more in a larger plan.
`fsync` is most of it on a real disk: the same on a memory disk shows what is Python's.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from xstilts.encoders.encoder import Encoder
from xstilts.studies.grid import Route, Stage, Study
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Cell, Step
from xstilts.studies.records.left import to_do
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.progress import Event, status
from xstilts.studies.working.work import run
from xstilts.tasks import exam, pinned, task
from xstilts.training.recipe import Recipe

EXAMS = 9
"""Exams of each training."""


def nothing(errand: Errand) -> Outcome:
    """A step that is done at once. A training saves nothing: weights are not the engine's."""
    errand.memory.digest = errand.step.digest if errand.step.kind == "train" else errand.step.parent
    if errand.step.kind == "test":
        errand.store.write_predictions(errand.step.digest, "en", ["a"], ["x"])
    return Outcome(scores={"en": {"f1": 50.0}} if errand.step.kind == "test" else {}, n={"en": 1})


def planned(steps: int) -> Plan:
    """A plan of about so many steps whose digests are made up. Planning proper is measured by itself."""
    stage = Stage(tasks=("lab-mnli",), recipe=Recipe(steps=1, epochs=None))
    made: list[Step] = []
    cells: list[Cell] = []
    for training in range(max(1, steps // (EXAMS + 1))):
        digest = f"{training:016x}"
        made.append(Step(digest=digest, kind="train", label=f"t{training}", seed=1, stage=stage, examples=1))
        for number in range(EXAMS):
            key = f"{training:08x}{number + 1:08x}"
            made.append(
                Step(digest=key, kind="test", label=f"t{training}, {number}", parent=digest, seed=1, exam="lab-xnli")
            )
            cells.append(Cell(route=f"t{training}", exam=f"e{number}", seed=1, digest=key))
    source = Encoder(name="none", source="package:lab")
    study = Study(
        name="overhead", encoder=source, exams=("lab-xnli",), seeds=(1,), routes=(Route(name="r", stages=(stage,)),)
    )
    return Plan(
        study=study,
        identity={},
        steps=tuple(made),
        cells=tuple(cells),
        trainings_unshared=0,
        tasks={"lab-mnli": pinned(task("lab-mnli"))},
        exams={"lab-xnli": pinned(exam("lab-xnli"))},
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(steps: int, workers: int, folder: Path) -> dict[str, float | int | str]:
    """Milliseconds for each step of one plan, done from nothing to the end, and looked at afterwards."""
    plan, store = planned(steps), Store(folder / f"{steps}-{workers}")
    # The lab makes its rows when they are first asked for, which is no step's.
    run(planned(EXAMS + 1), Store(folder / "first"), do=nothing)
    count = len(plan.steps)
    seen: list[Event] = []
    computed = time.process_time()
    work = timed(lambda: run(plan, store, do=nothing, workers=workers, watch=seen.append))
    computed = time.process_time() - computed
    assert not to_do(plan, store) and sum(event.state == "done" for event in seen) == count
    again = timed(lambda: run(plan, store, do=nothing))
    looked = timed(lambda: status(store, plan))
    shutil.rmtree(store.root)
    per = 1000 / count
    return {
        "steps": count,
        "workers": workers,
        "run, ms a step": round(work * per, 3),
        "run, ms of computing a step (this process)": round(computed * per, 3),
        "run again when all is done, ms a step": round(again * per, 3),
        "status, ms a step": round(looked * per, 3),
        "run, s": round(work, 2),
    }


def main() -> None:
    """Print one line a measurement, and write them all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--steps", type=int, nargs="+", default=[1000, 10_000])
    asked.add_argument("--workers", type=int, nargs="+", default=[1])
    asked.add_argument("--folder", type=Path, default=None, help="Where to write; a memory disk leaves fsync out.")
    asked.add_argument("--out", type=Path, default=None)
    given = asked.parse_args()
    found = []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for workers in given.workers:
            for steps in given.steps:
                found.append(measure(steps, workers, Path(folder)))
                print(json.dumps(found[-1]), flush=True)
    if given.out is not None:
        about = {
            "command": " ".join(sys.argv),
            "machine": platform.processor() or platform.machine(),
            "python": platform.python_version(),
        }
        given.out.write_bytes(msgspec.json.format(msgspec.json.encode({**about, "measured": found})) + b"\n")


if __name__ == "__main__":
    main()
