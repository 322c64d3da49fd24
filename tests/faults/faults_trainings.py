"""Trainings to be killed. As a program it forks one for every line it is given, so that torch is loaded once.

A line is JSON: which stage, how many steps, where its checkpoints and its result go. It answers with the number of the
process, then with `step N` after every step, and with `ended CODE`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import torch

from xstilts.encoders.catalogue import encoder
from xstilts.encoders.files import load_network
from xstilts.encoders.network import Network
from xstilts.forms import Lines, Mask
from xstilts.tasks import Task, exam, task
from xstilts.training import Machine, Mixture, Progress, Recipe, journal, look
from xstilts.training import checkpoint as checkpoints
from xstilts.training.predict import predict
from xstilts.training.stage import train_stage

STAGES = {
    "single": ("lab-mnli",),
    "multi": ("lab-mnli", "lab-squad1", "lab-panx"),
    "words": ("lab-mnli", "words"),
    "everything": ("lab-mnli", "lab-anli-plus", "lab-squad1@lab-mid+lab-near", "lab-mlm"),
}
"""A task alone, several mixed, a task mixed with hidden words, and all that a stage can have at once."""
MIXTURE = Mixture(
    rule="temperature", temperature=3.0, cap=500, portions={"lab-mlm": 0.3}, batches={"lab-anli-plus": 5},
    heads={"lab-nli": ("lab-mnli", "lab-anli-plus")}, floors={"lab-mid": 0.6}, ceilings={"lab-near": 0.3},
)  # fmt: skip
MORE = {
    "precision": "bf16", "order": "tokens", "smoothing": 0.1, "layer_decay": 0.8, "decay": "cosine", "warmup_steps": 3,
    "select": "english-dev", "evaluate": 10, "patience": 99,
}  # fmt: skip
LANGS = ("lab-near", "lab-mid")
EXAMPLES = 40


class Running(msgspec.Struct, frozen=True):
    """Running text: the hypotheses and premises of a task."""

    def read(self, lang: str) -> list[Lines]:
        rows = task("lab-mnli").train.read(lang)[:300]
        return [Lines(id=str(i), text=text) for i, row in enumerate(rows) for text in row.texts]


def named(name: str) -> Task:
    """A task of the catalogue, or the running text."""
    if name != "words":
        return task(name)
    return Task(name=name, form=Mask(), lang=task("lab-mnli").lang, train=Running(), dev=Running())


def trained(stage: str, steps: int, folder: Path) -> dict[str, Any]:
    """Train a stage, with everything that draws a number: order, heads, mixture, dropout, hidden words."""
    names = STAGES[stage]
    recipe = Recipe(
        rate=1e-3, batch=8, epochs=None, steps=steps, dropout=0.1, max_length=96, order="length", examples=300
    )
    mixture = Mixture(rule="uniform") if len(names) > 1 else None
    machine = Machine(device="cpu", threads=1)
    if stage == "everything":
        recipe, mixture = msgspec.structs.replace(recipe, **MORE), MIXTURE
        machine = msgspec.structs.replace(machine, micro=3)
    network = load_network(encoder("lab"))
    training = train_stage(
        network, [named(name) for name in names], mixture, recipe,
        seed=5, machine=machine, watch=_tell, checkpoint=folder, every=0.03,
    )  # fmt: skip
    return {
        "weights": _hash({name: tensor.numpy().tobytes().hex() for name, tensor in _tensors(network).items()}),
        "losses": training.losses,
        "counts": training.counts,
        "dev": training.dev,
        "drawn": training.drawn,
        "selection": msgspec.to_builtins(training.selection),
        "health": msgspec.to_builtins(training.health),
        "predictions": _hash(_predicted(network)),
        "restarts": training.restarts,
        "notes": training.notes,
    }


def _tensors(network: Network) -> dict[str, torch.Tensor]:
    return {name: tensor.detach() for name, tensor in checkpoints.named(network).items()}


def _predicted(network: Network) -> dict[str, Any]:
    sat = exam("lab-xnli")
    examples = {lang: sat.test.read(lang)[:EXAMPLES] for lang in LANGS}
    head = "lab-nli" if "lab-nli" in network.kinds else "lab-mnli"
    return predict(network, sat.form, examples, head=head, machine=Machine(device="cpu", threads=1))


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _tell(progress: Progress) -> None:
    os.write(1, f"step {progress.done}\n".encode())


def main() -> None:
    """Serve until there is no more line."""
    torch.set_num_threads(1)
    # Every step is told, and as many checkpoints are written as time allows.
    journal.TICK, journal.SHARE = 0.0, 1e9
    look.DEV = EXAMPLES
    for one in {name for names in STAGES.values() for name in names}:
        # Drawn here, a world is there in every child.
        for source in (named(one).train, named(one).dev):
            for lang in named(one).spoken:
                source.read(lang)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                result = trained(asked["stage"], asked["steps"], Path(asked["folder"]))
                Path(asked["result"]).write_text(json.dumps(result))
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(1)
            os._exit(0)
        os.write(1, f"{child}\n".encode())
        os.write(1, f"ended {os.waitpid(child, 0)[1]}\n".encode())


if __name__ == "__main__":
    main()
