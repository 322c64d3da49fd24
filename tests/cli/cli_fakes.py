"""Stand-ins for tests of the command line: an encoder folder that is never loaded, and steps that only pretend."""

import json
import signal
from pathlib import Path

import numpy as np

from xstilts.errors import XstiltsError
from xstilts.studies.records.scores import score
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.tasks import exam

STUDY = """
name = "small"
question = "Does it [bold]help[/bold]?"
encoder = "{encoder}"
seeds = [1, 2, 3]
exams = ["lab-xquad", "lab-panx"]
languages = ["lab-piv", "lab-near", "lab-mid"]
[intermediates]
squad1 = "lab-squad1"
[recipe.intermediate]
rate = 1e-3
steps = 30
[recipe.target]
rate = 1e-3
steps = 20
"""
STEPS = 27
"""For each of 3 seeds: 5 trainings and 4 exams."""


def make_encoder(folder: Path) -> Path:
    """A folder that passes for an encoder as long as nobody loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta"}))
    header = b"{}      "
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def fake(errand: Errand) -> Outcome:
    """Pretend to train; answer exams rightly as often as the route deserves."""
    step, store = errand.step, errand.store
    for tick in range(1, 4):
        errand.moved(tick, 3, 1.0 / tick)
    if step.exam is None:
        if errand.save:
            with store.saving(step.digest) as folder:
                (folder / "model.safetensors").write_text("w")
        errand.memory.digest = step.digest
        return Outcome(training={"steps": 3, "losses": [(3, 0.3)]}, health={"state": "ok", "why": ""}, device="cpu")
    sat = exam(step.exam)
    rng = np.random.default_rng([step.seed or 0, len(step.label)])
    right = 0.3 + 0.3 * step.label.startswith("squad1")
    said = {}
    for lang in step.languages:
        examples = sat.test.read(lang)
        keys = [e.answers[0] if step.exam == "lab-xquad" else list(e.tags) for e in examples]
        wrong = "" if step.exam == "lab-xquad" else None
        said[lang] = [
            key if rng.random() < right else (wrong if wrong is not None else ["O"] * len(key)) for key in keys
        ]
        store.write_predictions(step.digest, lang, [e.id for e in examples], said[lang])
    scores, n = score(sat, said)
    return Outcome(scores=scores, n=n, device="cpu")


def failing(errand: Errand) -> Outcome:
    """The intermediate training cannot be done."""
    if errand.step.label == "squad1":
        raise XstiltsError("The data [red]has[/red] no rows.", way_out="Look at it.")
    return fake(errand)


def interrupted(errand: Errand) -> Outcome:
    """Somebody presses Ctrl-C in the first step."""
    raise KeyboardInterrupt


def asked_to_stop(errand: Errand) -> Outcome:
    """Somebody presses Ctrl-C, which arrives as a signal."""
    signal.raise_signal(signal.SIGINT)
    errand.moved(1, 3, 1.0)
    return fake(errand)
