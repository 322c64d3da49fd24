"""One study done in several ways: are scores, predictions and losses the same?

    xstilts run lab --store one --workers 1 --threads 1
    xstilts run lab --store two --workers 2 --threads 1
    xstilts run lab --store ray --on ray --threads 1
    python bench/same_scores.py lab one two ray

Every step of the first store is compared with the same step of each other one: all scores, the SHA-256 of all
predictions, which the disk must still agree with, and of a training the losses that its record keeps. Steps that a
store does not have, or has damaged, are counted as missing.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import harness

from xstilts.studies.planning.plan import plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study


def outcome(store: Store, digest: str) -> dict[str, Any] | None:
    """What a step gave, without when and where; None if it is not done, or damaged."""
    if not store.has(digest) or store.damage(digest, deep=True):
        return None
    run = store.read(digest)
    sums = {name: one.sha256 for name, one in run.files.items() if name.startswith("predictions/")}
    training = run.training or {}
    return {"scores": run.scores, "predictions": sums, "losses": training.get("losses", [])}


def main() -> None:
    """Compare, print, keep."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("study")
    options.add_argument("stores", nargs="+", type=Path)
    options.add_argument("--out", type=Path, help="file of results, if not one in bench/results/")
    given = options.parse_args()
    steps = plan(load_study(given.study)).steps
    first, *others = (Store(folder) for folder in given.stores)
    wanted = {step.digest: outcome(first, step.digest) for step in steps}
    found: dict[str, Any] = {"steps": len(steps), "stores": {}}
    for store in (first, *others):
        told: Counter[str] = Counter()
        for step in steps:
            here = outcome(store, step.digest)
            if here is None or wanted[step.digest] is None:
                told["missing"] += 1
                continue
            told["scores"] += len(here["scores"])
            told["predictions"] += len(here["predictions"])
            told["losses"] += len(here["losses"])
            for what, value in here.items():
                told[f"steps whose {what} differ"] += value != wanted[step.digest][what]  # type: ignore[index]
            told["steps that were begun again"] += store.read(step.digest).restarts > 0
        found["stores"][store.root.name] = dict(told)
        print(store.root.name, ", ".join(f"{what} {count:,}" for what, count in told.items()))
    given.stores = [folder.name for folder in given.stores]
    harness.keep("same_scores", given, found)


if __name__ == "__main__":
    main()
