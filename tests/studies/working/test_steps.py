"""Real steps on a tiny new encoder: two trainings, a resumed one, and exams of every kind the demo has."""

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
import torch
from transformers import XLMRobertaConfig

from xstilts.encoders.files import fresh_network, save_network
from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed
from xstilts.studies.narrow import narrow
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.scores import rescore
from xstilts.studies.records.store import Store
from xstilts.studies.study import read_study
from xstilts.studies.working.progress import Event
from xstilts.studies.working.work import run
from xstilts.tasks import task
from xstilts.training import journal
from xstilts.training.recipe import Machine
from xstilts.training.vocabulary import learn_tokenizer

STUDY = """
name = "tiny"
encoder = "{encoder}"
seeds = [1]
exams = ["lab-xquad", "lab-panx", "lab-tatoeba"]
languages = ["lab-near", "lab-mid"]
[intermediates]
several = {{ tasks = ["lab-mnli", "lab-qqp"], rule = "uniform", steps = 4 }}
[recipe.intermediate]
rate = 1e-3
batch = 4
examples = 40
[recipe.target]
rate = 1e-3
batch = 4
steps = 3
"""
MACHINE = Machine(device="cpu", threads=1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained XLM-R of two narrow layers that knows the lab's words."""
    source = task("lab-mnli")
    tokenizer = learn_tokenizer((one.texts[0] for one in source.dev.read(source.lang)), size=300)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=260,
        type_vocab_size=1,
    )
    folder = tmp_path_factory.mktemp("tiny") / "encoder"
    save_network(fresh_network(config, tokenizer, seed=0), folder)
    return folder


@pytest.fixture
def real(tiny: Path) -> Plan:
    return plan(read_study(STUDY.format(encoder=tiny)))


def test_exams_are_sat_in_the_arithmetic_that_the_study_declares(
    tiny: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_bf16: list[bool] = []
    outputs = Network.outputs

    def noticed(network: Network, name: str, batch: Packed) -> torch.Tensor:
        # Looks at development data come first, in fp32: only exams follow the study.
        in_bf16.append(torch.is_autocast_enabled("cpu"))
        return outputs(network, name, batch)

    monkeypatch.setattr(Network, "outputs", noticed)
    declared = read_study(STUDY.format(encoder=tiny) + '[scoring]\nprecision = "bf16"\n')
    fast = narrow(declared, only=["route=none", "exam=lab-xquad", "language=lab-near"])
    assert run(plan(msgspec.structs.replace(fast, scoring="fp32")), store, machine=MACHINE, keep=True).done == 2
    assert in_bf16 and not any(in_bf16)
    in_bf16.clear()
    # The training is the same one and is there; the exam is another sitting, and says so.
    assert run(plan(fast), store, machine=MACHINE).done == 1
    assert in_bf16 and all(in_bf16)
    told = {run.declaration["scoring"] for run in store.runs() if run.kind == "test"}
    assert told == {"fp32", "bf16"}


def test_a_study_end_to_end(real: Plan, store: Store) -> None:
    events: list[Event] = []
    summary = run(real, store, machine=MACHINE, watch=events.append)
    assert summary.failures == () and summary.ok and summary.done == len(real.steps) == 11
    assert not list((store.root / "runs").glob("*/weights"))
    for step in real.steps:
        record = store.read(step.digest)
        if step.kind == "test":
            assert set(record.scores) == set(record.n) == {"lab-near", "lab-mid"}
            read = {"layer": 1, "pooling": "mean"} if step.exam == "lab-tatoeba" else None
            assert record.declaration.get("reading") == read
            assert all(0 <= value <= 100 for scores in record.scores.values() for value in scores.values())
        else:
            assert record.training["steps"] == (step.stage.recipe.steps if step.stage else None)
            assert record.training["dev"] and record.health["state"]
    assert rescore(store, real) == ()
    assert {event.state for event in events} == {"started", "moved", "done"}


@pytest.mark.slow
def test_the_same_numbers_again_and_for_two_workers(real: Plan, store: Store, tmp_path: Path) -> None:
    run(real, store, machine=MACHINE)
    other = Store(tmp_path / "other")
    assert run(real, other, machine=MACHINE, workers=2).ok
    for step in real.steps:
        assert store.read(step.digest).scores == other.read(step.digest).scores, step.label


@pytest.mark.slow
def test_stopped_in_a_training_and_gone_on(real: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "TICK", 0.0)

    def watch(event: Event) -> None:
        if event.label == "several" and event.state == "moved" and event.done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    summary = run(real, store, machine=MACHINE, watch=watch)
    assert summary.stopped
    step = next(step for step in real.steps if step.label == "several")
    assert list(store.checkpoint(step.digest).iterdir())
    assert run(real, store, machine=MACHINE).ok
    record = store.read(step.digest)
    assert (record.restarts, record.training["restarts"]) == (1, 1)
    straight = Store(store.root.parent / "straight")
    run(real, straight, machine=MACHINE)
    for cell in real.cells:
        assert store.read(cell.digest).scores == straight.read(cell.digest).scores


@pytest.mark.slow
def test_keep_and_go_on_from_kept_weights(real: Plan, store: Store) -> None:
    run(real, store, machine=MACHINE, keep=True)
    more = plan(msgspec.structs.replace(real.study, exams=("lab-xquad", "lab-pawsx", "lab-tatoeba")))
    before = len(list(store.runs()))
    assert run(more, store, machine=MACHINE, keep=True).done == 4
    assert len(list(store.runs())) == before + 4


@pytest.mark.slow
@pytest.mark.skipif(find_spec("accelerate") is None, reason="needs accelerate")
def test_a_training_on_two_devices(real: Plan, store: Store, tmp_path: Path) -> None:
    # What is dropped is drawn by every process for itself, so only without dropout are the two the same training.
    target = msgspec.structs.replace(real.study.target, dropout=0.0)
    small = plan(msgspec.structs.replace(real.study, routes=(), exams=("lab-xquad",), target=target, target_for={}))
    two = msgspec.structs.replace(MACHINE, devices=2)
    assert run(small, store, machine=two).ok
    alone = Store(tmp_path / "alone")
    assert run(small, alone, machine=MACHINE).ok
    (train, test) = (next(step.digest for step in small.steps if step.kind == kind) for kind in ("train", "test"))
    losses = [[loss for _, loss in one.read(train).training["losses"]] for one in (store, alone)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5) and len(losses[0]) == 3
    assert store.read(test).scores == alone.read(test).scores
    # Nothing of the way there is left.
    assert {path.name for path in store.folder(train).iterdir()} == {
        path.name for path in alone.folder(train).iterdir()
    }
