"""The study `lab-routes`: the paper's whole grid in small, planned offline and beside `lab` in one store."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from xstilts.lab import LabSource
from xstilts.studies.grid import Stage
from xstilts.studies.planning.plan import plan
from xstilts.studies.planning.sizes import training_size
from xstilts.studies.study import load_study
from xstilts.tasks import task

LANGUAGES = ("mid", "near-script", "far-vso")
TRANSLATED = ("mnli", "qqp", "hellaswag")


def rows(name: str, lang: str) -> Sequence[Any]:
    """The first of a task's training rows."""
    source = task(name).train
    assert isinstance(source, LabSource)
    return msgspec.structs.replace(source, count=200).read(lang)


def stages(study: str) -> dict[str, Stage]:
    """The intermediate stage of each route that has one, by the route's name."""
    return {route.name: route.stages[0] for route in load_study(study).routes if route.stages}


def test_it_has_the_routes_of_the_papers_grid() -> None:
    languages = dict(zip(("de", "ru", "sw"), LANGUAGES, strict=True))

    def here(name: str) -> str:
        task, _, last = name.rpartition("-")
        return f"{task}-{languages[last]}" if last in languages else name

    assert {here(name) for name in stages("phang2020")} == set(stages("lab-routes"))


def test_whatever_lab_has_is_the_same_step_here() -> None:
    whole, lab = plan(load_study("lab-routes")), plan(load_study("lab"))
    assert {step.digest for step in lab.steps} < {step.digest for step in whole.steps}
    assert (lab.trainings, whole.trainings) == (380, 1045)


def test_it_needs_nothing_that_is_not_here() -> None:
    planned = plan(load_study("lab-routes"))
    assert not planned.absent and not planned.open
    assert all(one.startswith("lab-") for one in planned.tasks)


@pytest.mark.parametrize("name", [name for name in stages("lab-routes") if name.endswith("-mlm")])
def test_beside_text_a_task_is_seen_as_often_as_alone(name: str) -> None:
    with_text, alone = stages("lab-routes")[name], stages("lab-routes")[name.removesuffix("-mlm")]
    assert with_text.tasks == (*alone.tasks, "lab-mlm") and with_text.mixture is not None
    assert with_text.recipe.batch == alone.recipe.batch or (
        with_text.mixture.batches == {alone.tasks[0]: alone.recipe.batch}
    )
    assert with_text.recipe.rate == alone.recipe.rate
    sizes = [training_size(task(one)) or 0 for one in with_text.tasks]
    shares = with_text.mixture.probabilities(sizes, with_text.tasks).tolist()
    assert with_text.recipe.steps is not None and alone.recipe.steps is not None
    assert round(with_text.recipe.steps * (1 - shares[-1])) == alone.recipe.steps
    assert shares[-1] > 0.1


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_differs_in_its_language_alone(name: str) -> None:
    all_stages = stages("lab-routes")
    for lang in LANGUAGES:
        stage = all_stages[f"{name}-{lang}"]
        (translated,) = stage.tasks
        assert translated == f"lab-{name}@lab-{lang}" and stage.recipe == all_stages[name].recipe
        here, pivot = rows(translated, f"lab-{lang}"), rows(f"lab-{name}", "lab-piv")
        assert [row.label for row in here] == [row.label for row in pivot]
        same = sum(row == msgspec.structs.replace(other, id=row.id) for row, other in zip(here, pivot, strict=True))
        assert same < len(here) / 10


def test_languages_with_labelled_rows_are_told_of_and_those_with_text_alone_are_not() -> None:
    (told,) = (line for line in plan(load_study("lab-routes")).warnings if "labelled rows" in line)
    after = "; ".join(f"lab-{lang} after {', '.join(f'{name}-{lang}' for name in TRANSLATED)}" for lang in LANGUAGES)
    assert told.endswith(f"in an intermediate stage: {after}.")
    assert not any("labelled rows" in line for line in plan(load_study("lab")).warnings)
