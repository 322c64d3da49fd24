"""A process that runs a study and is hurt while it does: killed, frozen, starved of disk. Also run as a program.

    python faults_victim.py STUDY STORE NAME        do the study with the stand-in NAME, or with `real`
    python faults_victim.py STUDY STORE NAME kills=N seed=S share=0.2

With `kills` it loads everything once and then forks: each child does the study and is killed at a random moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))

import studies_fakes
from studies_fakes import counting, log

from xstilts.studies.records import store as stores
from xstilts.studies.records.pins import settled
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working import pulse
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.work import Summary, run

LAB = """
name = "small"
encoder = "lab"
seeds = [1]
exams = ["lab-xnli", "lab-tatoeba"]
languages = ["lab-piv", "lab-near"]
[intermediates]
qqp = "lab-qqp"
[recipe.intermediate]
rate = 5e-4
steps = 12
batch = 8
max_length = 64
[recipe.target]
rate = 5e-4
steps = 12
batch = 8
max_length = 64
"""
"""3 trainings and 4 exams with dropout: order, heads and dropout must all come out the same after a kill."""


def hurried() -> None:
    """Seconds of silence instead of a minute make a claim stale."""
    stores.STALE_AFTER, pulse.BEAT = 1.5, 0.2


def freeze(store: Store, where: str, digest: str) -> None:
    """The first who comes here stops, as after Ctrl-Z, until somebody sends SIGCONT."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(store.root / f"frozen-{where}", os.O_CREAT | os.O_EXCL))
        log(store, f"frozen {digest} {os.getpid()}")
        os.kill(os.getpid(), signal.SIGSTOP)


def freezing(errand: Errand, *, where: str) -> Outcome:
    """Like `counting`, but frozen once: while it trains, in the middle of its weights, or before its record."""
    step, store = errand.step, errand.store
    if step.kind == "train" and where == "training":
        errand.moved(1, 20, 1.0)
        freeze(store, where, step.digest)
        errand.moved(2, 20, 1.0)
    if step.kind == "train" and where == "weights" and errand.save:
        with store.saving(step.digest) as folder:
            (folder / "model.safetensors").write_text("w")
            freeze(store, where, step.digest)
            (folder / "tokenizer.json").write_text("{}")
        errand.memory.digest = step.digest
        log(store, f"{step.digest} disk {os.getpid()}")
        return Outcome(training={"steps": 2}, health={"state": "ok", "why": ""})
    outcome = counting(errand)
    if where == "record" and step.kind == "train":
        freeze(store, where, step.digest)
    if where == "predictions" and step.kind == "test":
        freeze(store, where, step.digest)
        for lang in step.languages:
            store.write_predictions(step.digest, lang, ["a"], ["x"])
    return outcome


def deaf(errand: Errand) -> Outcome:
    """Says that it has begun, and asks nothing for ten minutes."""
    log(errand.store, f"begin {errand.step.digest} 0")
    time.sleep(600)
    return Outcome()


def starved(errand: Errand, *, what: str) -> Outcome:
    """The disk takes no more: of the weights, of the predictions, or of the record."""
    step, store = errand.step, errand.store
    if what == "weights" and step.kind == "train":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
        with store.saving(step.digest) as folder:
            (folder / "model.safetensors").write_bytes(bytes(5_000))
    if what == "predictions" and step.kind == "test":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
        store.write_predictions(step.digest, "lab-near", [str(i) for i in range(500)], ["x"] * 500)
    outcome = studies_fakes.fake(errand)
    if what == "record":
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))
    return outcome


def real(errand: Errand) -> Outcome:
    """Train and test in earnest, with a checkpoint every few steps; what is begun though it is done is told of."""
    from xstilts.studies.working import steps
    from xstilts.training.stage import train_stage

    twice = errand.store.has(errand.step.digest)
    log(errand.store, f"{'twice' if twice else 'begin'} {errand.step.digest} {os.getpid()}")
    steps.train_stage = partial(train_stage, every=0.05)  # type: ignore[assignment]
    return steps.do_step(errand)


STAND_INS: dict[str, Callable[[Errand], Outcome]] = {
    "real": real,
    "counting": counting,
    "deaf": deaf,
    **{f"frozen-{where}": partial(freezing, where=where) for where in ("training", "weights", "record")},
    "frozen-predictions": partial(freezing, where="predictions"),
    **{f"starved-{what}": partial(starved, what=what) for what in ("weights", "predictions", "record")},
}


def once(study: str, store: Store, name: str) -> int:
    """Do the study. 0: it is done."""
    summary = run(load_study(study), store, do=STAND_INS[name], told=lambda: print("stopping", flush=True))
    print("stopped" if summary.stopped else "ok" if summary.ok else "left", flush=True)
    return 0 if summary.ok else 1


def killed(study: str, store: Store, name: str, *, kills: int, seed: int, share: float) -> dict[str, object]:
    """Do the study undisturbed once; then in children that are killed, until there were so many kills and it is done.

    Each child lives for a random part of `share` of the time that the undisturbed one took. A study that is done before
    there were enough kills is begun again in a new store.
    """
    from xstilts.studies.working import steps

    assert steps
    began = time.monotonic()
    undisturbed = Store(store.root.with_name("undisturbed"))
    planned = settled(load_study(study), undisturbed)
    assert _child(partial(run, planned, undisturbed, do=STAND_INS[name]), float("inf"), undisturbed) == (0, False)
    took, draw = time.monotonic() - began, random.Random(seed)
    rounds, done, at_work = [store], 0, 0
    while True:
        planned = settled(load_study(study), rounds[-1])
        lives = draw.uniform(0, share * took) if done < kills else float("inf")
        ended, held = _child(partial(run, planned, rounds[-1], do=STAND_INS[name]), lives, rounds[-1])
        if ended == 0 and done >= kills:
            return {"kills": done, "at work": at_work, "rounds": [str(one.root) for one in rounds]}
        if ended == 0:
            rounds.append(Store(store.root.with_name(f"{store.root.name}-{len(rounds) + 1}")))
            continue
        assert ended == signal.SIGKILL, "it ended by itself and the study is not done"
        done, at_work = done + 1, at_work + held


def _child(work: Callable[[], Summary], lives: float, store: Store) -> tuple[int, bool]:
    """Do it in a child that is killed after so many seconds: its exit status, and whether it held a claim by then."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = int(not work().ok)
        finally:
            os._exit(code)
    end = time.monotonic() + lives
    while (ended := os.waitpid(process, os.WNOHANG))[0] == 0 and time.monotonic() < end:
        time.sleep(0.002)
    if ended[0]:
        return ended[1], False
    held = any((store.root / "runs").glob("*/claim"))
    os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1], held


def main() -> None:
    """As a program."""
    study, root, name, *rest = sys.argv[1:]
    options = dict(option.split("=") for option in rest)
    if name.startswith("frozen"):
        hurried()
    if "kills" not in options:
        sys.exit(once(study, Store(root), name))
    told = killed(
        study,
        Store(root),
        name,
        kills=int(options["kills"]),
        seed=int(options["seed"]),
        share=float(options["share"]),
    )
    print(json.dumps(told))


if __name__ == "__main__":
    main()
