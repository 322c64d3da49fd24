"""Do one step: train a network and save it, or let it sit an exam. The only file of this floor that loads torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from xstilts.encoders.catalogue import locate
from xstilts.encoders.files import load_folder, load_network, save_network
from xstilts.encoders.network import Network
from xstilts.errors import XstiltsError
from xstilts.sources.cache import encoded
from xstilts.studies.grid import guide_of, reads_encoder
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.scores import score
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Errand, Memory, Outcome
from xstilts.studies.working.room import check_room
from xstilts.tasks import Exam
from xstilts.training.attempts import Try, persevere
from xstilts.training.devices import together
from xstilts.training.journal import Watch
from xstilts.training.machine import set_up, within_memory
from xstilts.training.predict import predict
from xstilts.training.recipe import Machine
from xstilts.training.record import Progress, Training
from xstilts.training.stage import train_stage
from xstilts.training.team import ALONE, Team

RETRIEVAL_LENGTH = 256
"""Pieces of a sentence that are read for retrieval."""


def do_step(errand: Errand) -> Outcome:
    """What the step gave. Its predictions and weights are in the store when this returns."""
    device = set_up(errand.machine)
    errand.memory.device = str(device)
    with within_memory(device):
        return _train(errand) if errand.step.kind == "train" else _sit(errand)


def _train(errand: Errand) -> Outcome:
    step, stage, memory = errand.step, errand.step.stage, errand.memory
    assert stage is not None and step.seed is not None
    training = persevere(
        partial(_attempt, errand), stage.recipe, seed=step.seed, folder=errand.store.checkpoint(step.digest)
    )
    network: Network = memory.network
    if errand.save:
        with errand.store.saving(step.digest) as folder:
            save_network(network, folder)
    memory.digest = step.digest
    return Outcome(
        training=msgspec.to_builtins(training),
        health=msgspec.to_builtins(training.health),
        device=_device(network),
    )


def _attempt(errand: Errand, now: Try) -> Training:
    """One attempt, from the parent's network; what became of it is left in memory, without a name so far."""
    step, memory = errand.step, errand.memory
    watch = partial(_tell, errand)
    if errand.machine.devices == 1:
        network = _network(errand)
        memory.digest, memory.network = None, network
        return _train_stage(errand, now, network, watch)
    # The team's processes have networks of their own: this one is only in the way.
    memory.digest, memory.network = None, None
    with TemporaryDirectory(dir=errand.store.folder(step.digest), prefix=".devices.") as folder:
        given = Given(plan=errand.plan, digest=step.digest, root=errand.store.root, now=now, folder=Path(folder))
        training: Training = together(_one_of_many, given, errand.machine, watch)
        memory.network = load_folder(folder)
    return training


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a process of a team needs to know of its errand."""

    plan: Plan
    digest: str
    root: Path
    now: Try
    folder: Path
    """For the network that comes of it."""


def _one_of_many(team: Team, machine: Machine, watch: Watch, given: Given) -> Training:
    """One process's part of an attempt; the first one saves the network."""
    errand = Errand(
        step=given.plan.by_digest[given.digest],
        plan=given.plan,
        store=Store(given.root),
        machine=machine,
        memory=Memory(),
        save=False,
        moved=lambda done, total, loss: None,
    )
    network = _network(errand)
    training = _train_stage(errand, given.now, network, watch, team)
    if team.rank == 0:
        save_network(network, given.folder)
    return training


def _train_stage(errand: Errand, now: Try, network: Network, watch: Watch, team: Team = ALONE) -> Training:
    stage = errand.step.stage
    assert stage is not None
    return train_stage(
        network,
        [errand.plan.tasks[name] for name in stage.tasks],
        stage.mixture,
        now.recipe,
        seed=now.seed,
        machine=errand.machine,
        watch=watch,
        checkpoint=now.folder,
        last=now.last,
        oracle=errand.plan.tasks.get(guide_of(stage)),
        team=team,
    )


def _sit(errand: Errand) -> Outcome:
    step = errand.step
    sat = errand.plan.exams[step.exam or ""]
    examples = {lang: sat.test.read(lang) for lang in step.languages}
    network = _network(errand)
    predictions = predict(
        network,
        sat.form,
        examples,
        head=sat.of or "",
        encoder=errand.plan.study.encoder,
        max_length=_max_length(errand),
        machine=errand.machine,
        told=lambda done, total: errand.moved(done, total, None),
        precision=errand.plan.study.scoring,
        kept=lambda lang, length: encoded(sat.form, sat.test, lang, network.tokenizer, length),
    )
    for lang, found in predictions.items():
        ids = [example.id for example in examples[lang]]
        errand.store.write_predictions(step.digest, lang, ids, found)
    scores, n = score(sat, predictions)
    return Outcome(scores=scores, n=n, reading=_reading(errand, network, sat), device=_device(network))


def _reading(errand: Errand, network: Network, sat: Exam) -> dict[str, Any]:
    """The layer and pooling that the encoder was read at, if it was."""
    encoder = errand.plan.study.encoder
    return {"layer": network.layer_for(encoder), "pooling": encoder.pooling} if reads_encoder(sat) else {}


def _network(errand: Errand) -> Network:
    """The network that the step starts from: the one at hand if it is that, else from the store or the encoder."""
    parent, memory = errand.step.parent, errand.memory
    if parent is not None and memory.digest == parent:
        return memory.network  # type: ignore[no-any-return]
    memory.digest, memory.network = None, None
    if parent is None:
        check_room(locate(errand.plan.study.encoder))
        return load_network(errand.plan.study.encoder)
    folder = errand.store.weights(parent)
    if folder is None:
        raise XstiltsError(
            f"The weights of {parent} are gone.", way_out="Run the study again: what is needed is trained again."
        )
    check_room(folder)
    network = load_folder(folder)
    memory.digest, memory.network = parent, network
    return network


def _max_length(errand: Errand) -> int:
    """An exam of a task is read as the task was; a retrieval exam the same way after every intermediate stage."""
    parent = errand.plan.by_digest.get(errand.step.parent or "")
    if parent is None or parent.stage is None or errand.plan.exams[errand.step.exam or ""].of is None:
        return RETRIEVAL_LENGTH
    return parent.stage.recipe.max_length


def _tell(errand: Errand, progress: Progress) -> None:
    errand.moved(progress.done, progress.total, progress.loss)


def _device(network: Network) -> str:
    return str(network.device)
