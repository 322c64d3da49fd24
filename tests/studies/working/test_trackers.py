"""Curves for other programs: every training its own, by its own steps; and a clear word where a package is missing."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from studies_fakes import fake

from xstilts.errors import UnknownName, XstiltsError
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.studies.working.trackers import tracking
from xstilts.studies.working.work import run


class Wandb:
    """What of Weights & Biases is used."""

    def __init__(self) -> None:
        self.metrics: dict[str, str | None] = {}
        self.logged: list[dict[str, Any]] = []
        self.asked: dict[str, Any] = {}
        self.finished = False

    def init(self, **asked: Any) -> "Wandb":
        self.asked = asked
        return self

    def define_metric(self, name: str, step_metric: str | None = None) -> None:
        self.metrics[name] = step_metric

    def log(self, values: dict[str, Any]) -> None:
        self.logged.append(values)

    def finish(self) -> None:
        self.finished = True


def test_wandb(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = Wandb()
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    with tracking("wandb", planned, store.root) as trackers:
        run(planned, store, do=fake, watch=lambda event: [one(event) for one in trackers] and None)
        assert not stand_in.finished
    assert stand_in.finished and stand_in.asked["project"] == "small"
    curve = "none → lab-xquad, seed 1"
    assert {f"{curve}/loss": 0.5, f"{curve}/step": 1} in stand_in.logged
    assert stand_in.metrics[f"{curve}/*"] == f"{curve}/step"
    exam = "none → lab-xquad, exam lab-mlqa, seed 2"
    assert any(values.get(f"{exam}/f1/lab-near") == 50.0 for values in stand_in.logged)
    assert "none, exam lab-tatoeba/seconds" in {name for values in stand_in.logged for name in values}


def test_their_own_variables_come_first(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb, named = Wandb(), []
    mlflow = SimpleNamespace(
        set_experiment=named.append, start_run=lambda: None, log_dict=lambda *_: None, end_run=lambda: None
    )
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    for variable in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.setenv(variable, "ours")
    monkeypatch.setenv("WANDB_DIR", "/elsewhere")
    with tracking("wandb, mlflow", planned, store.root):
        pass
    assert (wandb.asked["project"], wandb.asked["dir"], named) == ("ours", "/elsewhere", ["ours"])


def test_mlflow(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []
    stand_in = SimpleNamespace(
        set_experiment=lambda name: told.append(("experiment", name)),
        start_run=lambda: told.append(("start",)),
        log_dict=lambda values, file: told.append((file, sorted(values))),
        log_metric=lambda name, value, step: told.append((name, value, step)),
        end_run=lambda: told.append(("end",)),
    )
    monkeypatch.setitem(sys.modules, "mlflow", stand_in)
    with tracking("mlflow", planned, store.root) as trackers:
        run(planned, store, do=fake, watch=trackers[0])
    assert told[:3] == [("experiment", "small"), ("start",), ("study.json", ["given", "identity"])]
    assert ("none - lab-xquad- seed 1/loss", 0.5, 1) in told and told[-1] == ("end",)


def test_tensorboard(planned: Plan, store: Store) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tracking("tensorboard", planned, store.root) as trackers:
        run(planned, store, do=fake, watch=trackers[0])
    folder = store.root / "tensorboard" / "small"
    drawn = EventAccumulator(str(folder / "none → lab-xquad, seed 1")).Reload()
    assert drawn.Tags()["tensors"] == ["loss", "seconds"]
    assert [event.step for event in drawn.Tensors("loss")] == [1]
    exam = EventAccumulator(str(folder / "none → lab-xquad, exam lab-mlqa, seed 2")).Reload()
    assert "f1/lab-near" in exam.Tags()["tensors"]


def test_several_and_none(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with tracking("", planned, store.root) as trackers:
        assert trackers == ()
    with pytest.raises(UnknownName, match="'wandb'"), tracking("wnadb", planned, store.root):
        pass
    stand_in = Wandb()
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(XstiltsError, match="mlflow is not installed"), tracking("wandb, mlflow", planned, Path()):
        pass
    assert stand_in.finished
