"""Stand-ins for tests of this floor: an encoder folder that is never loaded, and steps that only pretend to be done.

It is imported by its own name, also in spawned workers: see conftest.py.
"""

import json
import os
import time
from pathlib import Path

from xstilts.errors import XstiltsError
from xstilts.files import write_atomic
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Errand, Outcome

STUDY = """
name = "small"
encoder = "{encoder}"
seeds = [1, 2]
exams = ["lab-xquad", "lab-mlqa", "lab-tatoeba"]
[intermediates]
squad1 = "lab-squad1"
[recipe.intermediate]
rate = 1e-3
steps = 30
[recipe.target]
rate = 1e-3
steps = 20
"""
"""12 cells; for each seed 3 trainings and 4 tests under squad1 and none; tatoeba on the untouched encoder once."""


def make_encoder(folder: Path, *, seed: int = 0) -> Path:
    """A folder that passes for an encoder as long as nobody loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta", "seed": seed}))
    header = b"{}      "
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def log(store: Store, line: str) -> None:
    """One line in a log that all workers share; lines this short are written whole."""
    with (store.root / "log").open("a") as file:
        file.write(line + "\n")


def logged(store: Store) -> list[str]:
    """What was logged."""
    path = store.root / "log"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def fake(errand: Errand) -> Outcome:
    """Pretend: check that the parent's network is there, save what must be saved, give scores."""
    step, store = errand.step, errand.store
    at_hand = errand.memory.digest == step.parent
    if step.parent is not None and not at_hand and store.weights(step.parent) is None:
        raise RuntimeError("the parent's weights are gone")
    log(store, f"{step.digest} {'memory' if at_hand and step.parent else 'disk'} {os.getpid()}")
    errand.moved(1, 2, 0.5)
    if step.kind == "test":
        for lang in step.languages:
            store.write_predictions(step.digest, lang, ["a"], ["x"])
        return Outcome(scores={lang: {"f1": 50.0} for lang in step.languages}, n=dict.fromkeys(step.languages, 1))
    if errand.save:
        with store.saving(step.digest) as folder:
            (folder / "model.safetensors").write_text("w")
    errand.memory.digest = step.digest
    return Outcome(training={"steps": 2}, health={"state": "ok", "why": ""})


def slow(errand: Errand) -> Outcome:
    """Like `fake`, but long enough for two workers to meet."""
    time.sleep(0.05)
    return fake(errand)


def counting(errand: Errand) -> Outcome:
    """A training of twenty ticks with a checkpoint, the way the real loop has one; it logs where it began."""
    if errand.step.kind == "test":
        return fake(errand)
    place = errand.store.checkpoint(errand.step.digest) / "tick"
    first = int(place.read_text()) if place.exists() else 0
    log(errand.store, f"begin {errand.step.digest} {first}")
    for tick in range(first, 20):
        time.sleep(0.03)
        # Whole, as the real loop's: a kill between opening and writing would leave an empty one.
        write_atomic(place, str(tick + 1))
        errand.moved(tick + 1, 20, 1.0)
    return fake(errand)


def failing(errand: Errand) -> Outcome:
    """The intermediate training with seed 2 cannot be done."""
    if errand.step.label == "squad1" and errand.step.seed == 2 and not (errand.store.root / "mended").exists():
        raise XstiltsError("The data has no rows.", way_out="Look at it.")
    return fake(errand)


def dying(errand: Errand) -> Outcome:
    """Whoever comes first to the intermediate training with seed 1 is killed in the middle of it."""
    if errand.step.label == "squad1" and errand.step.seed == 1:
        flag = errand.store.root / "died"
        if not flag.exists():
            flag.write_text(str(os.getpid()))
            os.kill(os.getpid(), 9)
    return slow(errand)


def lethal(errand: Errand) -> Outcome:
    """Every process that does anything is killed."""
    os.kill(os.getpid(), 9)
    return Outcome()
