"""Estimates: the arithmetic of an encoder's shape, of trainings, of the disk, and of what so many seeds can see."""

import json
import math
from pathlib import Path

import msgspec
import pytest
from scipy import optimize, stats

from xstilts.encoders.catalogue import SHIPPED, encoder
from xstilts.encoders.encoder import Encoder
from xstilts.encoders.shape import shape_of
from xstilts.errors import UnknownName
from xstilts.studies.planning.cost import LENGTHS, WEIGHT, cost, measured, peak
from xstilts.studies.planning.devices import Device, device
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.planning.power import TABLE, detectable
from xstilts.studies.records.record import Provenance, Run
from xstilts.studies.study import Study, load_study, read_study

DEVICE = Device(name="made up", flops=1e12, bandwidth=1e12, share=0.5)


def test_the_shape_of_the_encoder_that_ships_is_that_of_its_weights() -> None:
    raw = (SHIPPED / "lab" / "model.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    held = {name: math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    body = sum(count for name, count in held.items() if "pooler" not in name and "lm_head" not in name)
    shape = shape_of(encoder("lab"))
    assert shape is not None and shape.parameters == body


def test_the_published_shapes() -> None:
    large = shape_of(encoder("xlm-roberta-large"))
    assert large is not None
    # 24 layers of 4 × 1024² + 2 × 1024 × 4096; with tables, biases and normalisations, without the pooler.
    assert large.linear == 301_989_888 and large.parameters == 559_890_432 - 1024 * 1024 - 1024
    assert large.forward(41) == 2 * 301_989_888 + 4 * 24 * 1024 * 41
    assert shape_of(Encoder(name="x", source="some/where")) is None


@pytest.fixture
def lab(text: str, encoder: Path) -> Study:
    return read_study(text.replace(str(encoder), "lab"))


def test_operations_by_hand(lab: Study) -> None:
    planned, shape = plan(lab), shape_of(lab.encoder)
    assert shape is not None
    found = cost(planned, DEVICE)
    span = LENGTHS[type(planned.exams["lab-xquad"].form)]
    rows = 2 * (30 * 32 + 2 * 20 * 32)
    assert found.training_flops == pytest.approx(rows * span * shape.forward(span) * 3)
    assert found.updates == 2 * (30 + 2 * 20)
    assert found.hours is not None and found.exam_flops is not None
    traffic = found.updates * 36 * shape.parameters / 1e12
    assert found.hours * 3600 == pytest.approx((found.training_flops + found.exam_flops) / 0.5e12 + traffic)
    assert not found.unknown_exams and not found.unknown_trainings


def test_a_mixture_costs_what_its_shares_do(lab: Study, text: str) -> None:
    mixed = text.replace('"lab-squad1"', "{ tasks = ['lab-squad1', 'lab-ccg'], rule = 'fixed', shares = [1.0, 3.0] }")
    planned = plan(msgspec.structs.replace(lab, routes=read_study(mixed).routes))
    shape = shape_of(lab.encoder)
    assert shape is not None
    only = {step.label: step for step in planned.steps}["squad1"]
    forms = [planned.tasks[name].form for name in ("lab-squad1", "lab-ccg")]
    rows = [LENGTHS[type(form)] * shape.forward(LENGTHS[type(form)]) for form in forms]
    whole = cost(planned, DEVICE).training_flops
    target = cost(plan(msgspec.structs.replace(lab, routes=())), DEVICE).training_flops
    assert whole is not None and target is not None and only.examples == 960
    assert whole - 2 * target == pytest.approx(2 * 960 * 3 * (0.25 * rows[0] + 0.75 * rows[1]))


def test_the_peak_is_the_longest_way_and_a_checkpoint(lab: Study) -> None:
    shape = shape_of(lab.encoder)
    assert shape is not None
    weights = WEIGHT * shape.parameters
    # The intermediate network is kept while its target trains, whose checkpoint is written beside the one before.
    assert peak(plan(lab), shape) == weights + 2 * 3 * weights
    alone = plan(msgspec.structs.replace(lab, routes=()))
    assert peak(alone, shape) == 2 * 3 * weights


def test_what_is_not_known_is_said_and_not_guessed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XSTILTS_DATA", raising=False)
    found = cost(plan(read_study(text)), DEVICE)
    assert found.training_flops is None and found.hours is None and found.disk is None
    real = text.replace('"lab-xquad", "lab-mlqa", "lab-tatoeba"', '"masakhaner", "xquad"').replace("lab-squad1", "piqa")
    real = real.replace("steps = 30", "epochs = 2.0").replace('encoder = "', 'encoder = "xlm-roberta-base" # "')
    found = cost(plan(read_study(real)), DEVICE)
    assert found.unknown_exams == ("masakhaner",) and found.unknown_trainings == 2


def test_speed_is_taken_from_finished_trainings(lab: Study) -> None:
    planned = plan(lab)
    trained = [step for step in planned.steps if step.kind == "train"][:2]
    runs = [
        Run(
            digest=step.digest, kind="train", label=step.label, study="small", encoder="lab",
            provenance=Provenance(device="cpu"), training={"seconds": 10.0},
        )
        for step in trained
    ]  # fmt: skip
    found = measured(runs, planned)
    assert found is not None and found.name == "cpu" and "2 finished trainings" in found.source
    shape = shape_of(lab.encoder)
    assert shape is not None
    span = LENGTHS[type(planned.exams["lab-xquad"].form)]
    done = sum(step.examples or 0 for step in trained) * span * shape.forward(span) * 3
    assert found.flops == pytest.approx(done / 20)
    assert measured([], planned) is None


def test_devices_have_names() -> None:
    assert device("h200").flops > device("t4").flops
    with pytest.raises(UnknownName, match="'h200'"):
        device("h2000")


@pytest.mark.parametrize("seeds", sorted(TABLE))
def test_the_table_of_detectable_gains_is_what_the_library_computes(seeds: int) -> None:
    critical, root = stats.t.ppf(0.975, seeds - 1), math.sqrt(seeds)
    found = optimize.brentq(lambda gain: stats.nct.sf(critical, seeds - 1, gain * root) - 0.8, 0.1, 20)
    said = detectable(seeds)
    assert said is not None
    assert said.half == pytest.approx(critical / root, abs=6e-4) and said.gain == pytest.approx(found, abs=6e-4)


def test_more_seeds_than_the_table_has_and_only_one() -> None:
    beyond, last = detectable(31), detectable(30)
    assert beyond is not None and last is not None
    assert 0.97 < beyond.gain / last.gain < 1 and 0.97 < beyond.half / last.half < 1
    assert detectable(1) is None
    wide = detectable(3, spread=2.0)
    assert wide is not None and wide.points == pytest.approx(2 * 3.264)


def test_the_papers_grid_is_planned_without_data(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XSTILTS_DATA", "XSTILTS_CCGBANK"):
        monkeypatch.delenv(name, raising=False)
    planned: Plan = plan(load_study("phang2020"))
    found = cost(planned, device("h200"))
    assert found.unknown_trainings == 0 and found.hours is not None and 5 < found.hours < 100
