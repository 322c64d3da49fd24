"""The paper's grid as it ships: how many trainings it really has and why, and that it is planned without anything."""

import os
import tomllib
from pathlib import Path

import msgspec
import pytest

from xstilts.studies.narrow import narrow
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import load_study, shipped_studies
from xstilts.tasks.suites import XTREME

NEAR = Path(__file__).parents[4] / "shared" / "data"
"""Where data may lie beside a checkout."""
DATA = Path(os.environ.get("XSTILTS_DATA") or NEAR)
NINE = "anli-plus,mnli,qqp,squad1,squad2,hellaswag,ccg,cosmosqa,commonsenseqa"


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XSTILTS_DATA", "XSTILTS_CCGBANK", "XSTILTS_TASKS"):
        monkeypatch.delenv(name, raising=False)


def test_the_whole_grid_is_627_trainings() -> None:
    study = load_study("phang2020")
    found = plan(study)
    # 29 intermediates and the baseline, each with six targets; XQuAD and MLQA share one, retrieval needs none.
    assert (found.trainings, found.trainings_unshared) == (3 * (29 + 30 * 6), 3 * (29 * (9 + 7) + 7))
    assert len(found.cells) == 30 * 9 * 3
    assert found.tests == 3 * (30 * 7 + 29 * 2) + 2
    assert set(study.exams) == set(XTREME.exams)


@pytest.mark.parametrize("name", shipped_studies())
def test_a_study_opens_with_its_command_its_cost_and_what_to_expect(name: str) -> None:
    head, _, _ = shipped_studies()[name].read_text().partition("\nname = ")
    said = dict(line.removeprefix("#").split(maxsplit=1) for line in head.splitlines() if line.startswith("#   "))
    assert f"xstilts run {name}" in head and said["expect"]
    assert f"{plan(load_study(name)).trainings} trainings" in said["cost"]


def test_nine_intermediates_are_207_and_would_be_201() -> None:
    nine = narrow(load_study("phang2020"), [f"route={NINE}"])
    assert plan(nine).trainings == 207
    alike = {"mnli": nine.target_stage("mnli").recipe, "squad1": nine.target_stage("squad1").recipe}
    routes = tuple(
        msgspec.structs.replace(
            route, stages=(msgspec.structs.replace(route.stages[0], recipe=alike.get(route.name, nine.target)),)
        )
        for route in nine.routes
    )
    assert plan(msgspec.structs.replace(nine, routes=routes)).trainings == 201


def test_every_setting_of_the_mixtures_is_in_the_plan() -> None:
    steps = {step.label: step for step in plan(load_study("phang2020")).steps}
    # Three epochs of the sizes up to 2^17, each task in its own batches.
    capped = {24: 3 * 131_072 + 39_905 + 38_015, 8: 87_599 + 130_319, 4: 25_262 + 9_741}
    least = sum(3 * size // batch for batch, size in capped.items())
    multi = steps["multi"].stage
    assert multi is not None and multi.mixture is not None and multi.mixture.epoch == "capped"
    shares = multi.mixture.probabilities([10_000_000] * 9, multi.tasks)
    assert shares.tolist() == pytest.approx([1 / 9] * 9)
    assert steps["multi"].examples is not None and steps["multi"].examples > 4 * least
    beside = steps["mnli-mlm"].stage
    assert beside is not None and beside.mixture is not None
    # Beside MNLI text has half of the steps, beside CommonsenseQA more than nine tenths.
    assert beside.mixture.probabilities([392_702, 10**7], beside.tasks).tolist() == [0.5, 0.5]
    assert beside.mixture.probabilities([9_741, 10**7], beside.tasks)[1] > 0.93


def test_what_is_not_there_is_named_and_the_rest_can_be_done() -> None:
    found = plan(load_study("phang2020"))
    assert set(found.absent) == {
        "ccg", "wiki", "bucc2018", *(f"{task}@{lang}" for task in ("qqp", "hellaswag") for lang in ("de", "ru", "sw")),
    }  # fmt: skip
    free = [step for step in found.steps if step.kind == "train" and not found.cannot(step)]
    assert len(free) == 3 * (11 + 12 * 6)


def test_the_grid_on_the_base_model_differs_in_the_model_alone() -> None:
    large, base = (tomllib.loads(shipped_studies()[name].read_text()) for name in ("phang2020", "phang2020-base"))
    assert {key for key in large if large[key] != base.get(key)} == {
        "name",
        "question",
        "encoder",
        "retrieval",
        "claims",
    }
    assert (large["retrieval"]["layer"], base["retrieval"]["layer"]) == (14, 7)
    assert large.keys() - base.keys() == {"claims"}


def test_the_small_study_needs_a_mirror() -> None:
    found = plan(load_study("real-small"))
    assert found.open and {"deptag", "ntrex-mining"} <= set(found.absent)


@pytest.mark.skipif(not (DATA / "MANIFEST.json").is_file(), reason=f"no mirror: XSTILTS_DATA is not set, no {NEAR}")
def test_the_small_study_needs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSTILTS_DATA", str(DATA))
    found = plan(load_study("real-small"))
    assert not found.open and not found.absent
    assert all(step.examples for step in found.steps if step.kind == "train")
