"""Trackers: the curves of a run for TensorBoard, Weights & Biases or MLflow, for whoever has them. They only watch.

Each training is a curve of its own, `<way>, seed 1/loss`, over its own steps; each exam that is done gives its scores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from xstilts.errors import XstiltsError, unknown
from xstilts.studies.planning.plan import Plan
from xstilts.studies.working.progress import Event, Watch


class Curves(Protocol):
    """What a tracker must be able to do."""

    def point(self, curve: str, name: str, value: float, step: int) -> None:
        """One value of one training or exam."""

    def close(self) -> None:
        """Nothing more will come."""


@contextmanager
def tracking(names: str, plan: Plan, root: Path) -> Iterator[tuple[Watch, ...]]:
    """Watchers for the trackers that are named, with commas between them. What they write begins in `root`."""
    made: list[Curves] = []
    try:
        for name in filter(None, (name.strip() for name in names.split(","))):
            if name not in TRACKERS:
                raise unknown("tracker", name, TRACKERS)
            try:
                made.append(TRACKERS[name](plan, root))
            except ImportError as error:
                raise XstiltsError(f"{name} is not installed.", way_out=f"Install it: pip install {name}.") from error
        yield tuple(watcher(curves, plan) for curves in made)
    finally:
        for curves in made:
            curves.close()


def watcher(curves: Curves, plan: Plan) -> Watch:
    """A watcher that draws what it hears of."""

    def watch(event: Event) -> None:
        curve = plan.by_digest[event.step].name
        if event.state == "moved" and event.loss is not None:
            curves.point(curve, "loss", event.loss, event.done)
        if event.state == "done":
            curves.point(curve, "seconds", event.seconds, event.done)
            for lang, scores in event.scores.items():
                for metric, value in scores.items():
                    curves.point(curve, f"{metric}/{lang}", value, event.done)

    return watch


class TensorBoard:
    """Event files beside the runs, one folder a training: `tensorboard --logdir runs/tensorboard` shows them."""

    def __init__(self, plan: Plan, root: Path) -> None:
        self.folder = root / "tensorboard" / plan.study.name
        # The package itself has a writer that needs neither torch nor TensorFlow.
        self.summary: ModuleType = import_module("tensorboard.summary")
        self.writers: dict[str, object] = {}

    def point(self, curve: str, name: str, value: float, step: int) -> None:
        """One value of one training or exam."""
        if curve not in self.writers:
            self.writers[curve] = self.summary.Writer(str(self.folder / curve.replace("/", "_")))
        writer = self.writers[curve]
        writer.add_scalar(name, value, step)  # type: ignore[attr-defined]
        if name != "loss":
            writer.flush()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Nothing more will come."""
        for writer in self.writers.values():
            writer.close()  # type: ignore[attr-defined]


class Wandb:
    """One run of Weights & Biases a study, in the project called after it unless `WANDB_PROJECT` names another."""

    def __init__(self, plan: Plan, root: Path) -> None:
        # What is said here beats W&B's own variables: they are asked first.
        self.run = import_module("wandb").init(
            project=os.environ.get("WANDB_PROJECT") or plan.study.name,
            dir=os.environ.get("WANDB_DIR") or str(root),
            config={"given": plan.study.given, "identity": plan.identity},
        )
        self.known: set[str] = set()

    def point(self, curve: str, name: str, value: float, step: int) -> None:
        """One value of one training or exam."""
        if curve not in self.known:
            # Trainings take turns, and W&B refuses a step that goes back: each curve gets a step of its own.
            self.run.define_metric(f"{curve}/step")
            self.run.define_metric(f"{curve}/*", step_metric=f"{curve}/step")
            self.known.add(curve)
        self.run.log({f"{curve}/{name}": value, f"{curve}/step": step})

    def close(self) -> None:
        """Nothing more will come."""
        self.run.finish()


class Mlflow:
    """One run of MLflow a study, in the experiment called after it unless `MLFLOW_EXPERIMENT_NAME` names another.

    `MLFLOW_TRACKING_URI` says where to.
    """

    def __init__(self, plan: Plan, root: Path) -> None:
        self.mlflow = import_module("mlflow")
        self.mlflow.set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME") or plan.study.name)
        self.mlflow.start_run()
        self.mlflow.log_dict({"given": plan.study.given, "identity": plan.identity}, "study.json")

    def point(self, curve: str, name: str, value: float, step: int) -> None:
        """One value of one training or exam."""
        # MLflow takes letters, digits and a few signs in names.
        plain = "".join(sign if sign.isalnum() or sign in "_-. /" else "-" for sign in f"{curve}/{name}")
        self.mlflow.log_metric(plain, value, step=step)

    def close(self) -> None:
        """Nothing more will come."""
        self.mlflow.end_run()


TRACKERS: dict[str, Callable[[Plan, Path], Curves]] = {"tensorboard": TensorBoard, "wandb": Wandb, "mlflow": Mlflow}
