"""The new ways of the study `lab-routes` in a few steps each: text and translations are trained on, and exams sat."""

from pathlib import Path

import msgspec
import pytest

from xstilts.studies.narrow import narrow
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, load_study
from xstilts.studies.working.work import run
from xstilts.training import Machine, Recipe

LANGUAGES = ("lab-mid", "lab-far-vso")


def few(recipe: Recipe, steps: int) -> Recipe:
    return msgspec.structs.replace(recipe, steps=steps, batch=4)


def small() -> Study:
    """Two of the new routes, before inference, with the study's own settings but for the numbers of steps and rows."""
    study = narrow(load_study("lab-routes"), ["route=mnli-mlm,mnli-far-vso", "exam=lab-xnli", "seed=1"])
    routes = tuple(
        msgspec.structs.replace(
            route,
            stages=tuple(msgspec.structs.replace(one, recipe=few(one.recipe, 12)) for one in route.stages),
        )
        for route in study.routes
    )
    targets = {name: few(recipe, 2) for name, recipe in study.target_for.items()}
    return msgspec.structs.replace(study, routes=routes, target_for=targets, languages=LANGUAGES)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    study, store = small(), Store(Path(tmp_path_factory.mktemp("routes")))
    done = run(study, store, machine=Machine(device="cpu", threads=1))
    assert not done.failures and done.left == 0
    return {step.label: store.read(step.digest) for step in plan(study).steps}


def test_text_and_task_are_both_trained_on(runs: dict[str, Run]) -> None:
    made = runs["mnli-mlm"].training
    assert set(made["counts"]) == {"lab-mnli", "lab-mlm"} and sum(made["counts"].values()) == 12
    assert all(made["counts"].values())
    drawn = made["drawn"]["lab-mlm"]
    assert sum(drawn.values()) == 4 * made["counts"]["lab-mlm"] and sum(map(bool, drawn.values())) > 3
    # Text is looked at language by language.
    assert set(made["dev"]) == {"lab-mnli", *(f"lab-mlm@{lang}" for lang in drawn)}


def test_a_translation_is_trained_on_in_its_language(runs: dict[str, Run]) -> None:
    made = runs["mnli-far-vso"].training
    assert made["drawn"] == {"lab-mnli@lab-far-vso": {"lab-far-vso": 48}}
    assert set(made["dev"]) == {"lab-mnli@lab-far-vso"}


@pytest.mark.parametrize("route", ["mnli-mlm", "mnli-far-vso"])
def test_targets_follow_and_exams_are_sat(runs: dict[str, Run], route: str) -> None:
    (sat,) = (one for label, one in runs.items() if one.kind == "test" and label.startswith(route))
    assert set(sat.scores) == set(LANGUAGES)
    assert all(0 < scores["accuracy"] < 100 for scores in sat.scores.values())
