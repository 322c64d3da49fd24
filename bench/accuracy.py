"""Do the orders of batches and bf16 change scores? The lab's encoder, trained on a task, tested in the lab's languages.

    python bench/accuracy.py                                        # 2 tasks x 6 ways x 8 seeds: an hour of one core
    python bench/accuracy.py --task lab-mnli --steps 40 --seeds 2   # a look: nothing is learnt in so few steps

Every way of training runs with the same seeds, that is, the same head, dropout and shuffles; what counts is the
difference to random order in fp32 with the same seed: mean, 95 % interval over seeds, and the p value of two one-sided
tests that it lies within `--margin` points. Networks are scored in fp32; each is also scored in bf16, which gives the
difference that scoring alone makes and the share of answers that change.
"""

from __future__ import annotations

import itertools
import statistics
from typing import Any

import harness
import torch

from xstilts.encoders import encoder
from xstilts.encoders.files import load_network
from xstilts.findings.statistics import equivalence, estimate
from xstilts.studies.records.scores import score
from xstilts.tasks import Exam, exam, task
from xstilts.training.predict import predict
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.stage import train_stage

ORDERS, PRECISIONS = ("random", "length", "tokens"), ("fp32", "bf16")
PLAIN = "random, fp32"
EXAMS = {"lab-mnli": "lab-xnli", "lab-squad1": "lab-xquad"}
RECIPES = {
    "lab-mnli": Recipe(rate=1e-3, batch=32, epochs=None, steps=500, max_length=128, dropout=0.0),
    "lab-squad1": Recipe(rate=1e-3, batch=32, epochs=None, steps=700, max_length=128, dropout=0.0),
}
"""As studies/lab.toml trains them."""
FIRST_SEED = 901
"""Seeds that no recipe was chosen with."""


def one(name: str, recipe: Recipe, seed: int) -> dict[str, Any]:
    """Train, and score twice: mean score over languages in both precisions, and the share of answers that differ."""
    torch.manual_seed(0)
    network = load_network(encoder("lab"))
    machine = Machine(device="cpu", threads=torch.get_num_threads())
    trained = train_stage(network, [task(name)], None, recipe, seed=seed, machine=machine)
    sat: Exam = exam(EXAMS[name])
    examples = {lang: sat.test.read(lang) for lang in sat.languages}
    said = {
        precision: predict(
            network, sat.form, examples, head=name, max_length=recipe.max_length, machine=machine, precision=precision
        )
        for precision in PRECISIONS
    }
    pairs = [pair for lang in examples for pair in zip(said["fp32"][lang], said["bf16"][lang], strict=True)]
    means = {
        p: statistics.mean(found[sat.main_metric] for found in score(sat, said[p])[0].values()) for p in PRECISIONS
    }
    changed = 100 * statistics.mean(first != second for first, second in pairs)
    return {"fp32": means["fp32"], "bf16": means["bf16"], "changed": changed, "health": trained.health.state}


def differences(found: dict[str, list[dict[str, Any]]], margin: float) -> dict[str, dict[str, Any]]:
    """Every way against the plain one, seed by seed; and scoring in bf16 against fp32, over all networks."""
    pairs = {
        way: [a["fp32"] - b["fp32"] for a, b in zip(runs, found[PLAIN], strict=True)]
        for way, runs in found.items()
        if way != PLAIN
    }
    pairs["scored in bf16"] = [run["bf16"] - run["fp32"] for runs in found.values() for run in runs]
    told = {}
    for way, values in pairs.items():
        mean, same = estimate(values), equivalence(values, margin)
        told[way] = {"mean": mean.mean, "low": mean.low, "high": mean.high, "p_within": same.p, "values": values}
        low, high = (f"{end:+.2f}" if end is not None else "?" for end in (mean.low, mean.high))
        within = "?" if same.p is None else f"{same.p:.3f}"
        print(f"  {way:16} {mean.mean:+.2f} points ({low} to {high}); within {margin:g}: p = {within}")
    return told


def main() -> None:
    """Measure, print, keep."""
    options = harness.parser(__doc__, rounds=1)
    options.add_argument("--task", choices=EXAMS, nargs="*", default=list(EXAMS))
    options.add_argument("--seeds", type=int, default=8)
    options.add_argument("--steps", type=int, help="steps, if not those of studies/lab.toml")
    options.add_argument("--margin", type=float, default=2.0, help="points within which two scores count as the same")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    kept: dict[str, Any] = {}
    for name in given.task:
        found: dict[str, list[dict[str, Any]]] = {}
        for seed in range(FIRST_SEED, FIRST_SEED + given.seeds):
            for order, precision in itertools.product(ORDERS, PRECISIONS):
                wanted = {"order": order, "precision": precision} | ({"steps": given.steps} if given.steps else {})
                recipe = Recipe(**{key: getattr(RECIPES[name], key) for key in Recipe.__struct_fields__} | wanted)
                run = one(name, recipe, seed)
                found.setdefault(f"{order}, {precision}", []).append(run)
                print(f"  {name} seed {seed} {order:6} {precision}: {run['fp32']:.2f} {run['health']}", flush=True)
        print(f"{name} → {EXAMS[name]}, {statistics.mean(run['fp32'] for run in found[PLAIN]):.1f} plain")
        told = differences(found, given.margin)
        changed = statistics.mean(run["changed"] for runs in found.values() for run in runs)
        print(f"  answers that bf16 scoring changes: {changed:.2f} %")
        kept[name] = {"runs": found, "differences": told, "changed": changed}
    harness.keep("accuracy", given, kept)


if __name__ == "__main__":
    main()
