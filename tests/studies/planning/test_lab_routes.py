"""The study `lab-routes`: text beside the task, and translations, planned offline and beside `lab` in one store."""

from collections.abc import Sequence
from typing import Any

import msgspec

from xstilts.lab import LabSource
from xstilts.studies.grid import Stage
from xstilts.studies.narrow import narrow
from xstilts.studies.planning.plan import plan
from xstilts.studies.planning.sizes import training_size
from xstilts.studies.study import load_study
from xstilts.tasks import task

SHARED = ("none", "mnli", "squad1")


def rows(name: str, lang: str) -> Sequence[Any]:
    """The first of a task's training rows."""
    source = task(name).train
    assert isinstance(source, LabSource)
    return msgspec.structs.replace(source, count=200).read(lang)


def stage_of(name: str) -> Stage:
    (route,) = (route for route in load_study("lab-routes").routes if route.name == name)
    return route.stages[0]


def test_what_it_shares_with_lab_is_the_same_step() -> None:
    study, lab = load_study("lab-routes"), {step.digest for step in plan(load_study("lab")).steps}
    whole = plan(study)
    shared = {step.digest for step in plan(narrow(study, [f"route={','.join(SHARED)}"])).steps}
    assert shared == {step.digest for step in whole.steps} & lab
    assert sum(step.kind == "train" for step in whole.steps if step.digest in shared) == 33
    assert whole.trainings == 93


def test_it_needs_nothing_that_is_not_here() -> None:
    planned = plan(load_study("lab-routes"))
    assert not planned.absent and not planned.open
    assert all(one.startswith("lab-") for one in planned.tasks)


def test_text_has_half_of_the_steps_and_the_task_as_many_as_alone() -> None:
    for name in ("mnli", "squad1"):
        beside, alone = stage_of(f"{name}-mlm"), stage_of(name)
        sizes = [training_size(task(one)) or 0 for one in beside.tasks]
        assert beside.mixture is not None and min(sizes) >= (beside.mixture.cap or 0) > 0
        shares = beside.mixture.probabilities(sizes, beside.tasks).tolist()
        assert beside.tasks == (f"lab-{name}", "lab-mlm") and shares == [0.5, 0.5]
        assert beside.recipe.steps is not None and beside.recipe.steps * shares[0] == alone.recipe.steps


def test_a_translation_differs_in_its_language_alone() -> None:
    for lang in ("mid", "near-script", "far-vso"):
        stage = stage_of(f"mnli-{lang}")
        (name,) = stage.tasks
        assert name == f"lab-mnli@lab-{lang}" and stage.recipe == stage_of("mnli").recipe
        here, pivot = rows(name, f"lab-{lang}"), rows("lab-mnli", "lab-piv")
        assert [row.label for row in here] == [row.label for row in pivot]
        assert sum(row.texts == other.texts for row, other in zip(here, pivot, strict=True)) < len(here) / 10


def test_languages_with_labelled_rows_are_told_of_and_those_with_text_alone_are_not() -> None:
    (told,) = (line for line in plan(load_study("lab-routes")).warnings if "labelled rows" in line)
    after = "; ".join(f"lab-{lang} after mnli-{lang}" for lang in ("mid", "near-script", "far-vso"))
    assert told.endswith(f"in an intermediate stage: {after}.")
    assert not any("labelled rows" in line for line in plan(load_study("lab")).warnings)
