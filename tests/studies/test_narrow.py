"""Filters: what is left is a part of the whole, and what cannot be meant is refused."""

import pytest

from xstilts.errors import XstiltsError
from xstilts.studies.narrow import narrow
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import Study


def steps(study: Study) -> set[str]:
    return {step.digest for step in plan(study).steps}


@pytest.mark.parametrize(
    ("only", "skip", "left"),
    [
        (["seed=1"], [], (1, 1, 3)),
        ([], ["seed=1"], (1, 1, 3)),
        (["exam=lab-xquad"], [], (1, 2, 1)),
        (["exam=lab-xquad,lab-mlqa"], ["exam=lab-mlqa"], (1, 2, 1)),
        ([], ["route=squad1"], (0, 2, 3)),
        (["route=none"], [], (0, 2, 3)),
        (["route=squad1", "seed=2"], [], (1, 1, 3)),
    ],
)
def test_a_part_is_made_of_steps_of_the_whole(study: Study, only, skip, left) -> None:
    part = narrow(study, only, skip)
    assert (len(part.routes), len(part.seeds), len(part.exams)) == left
    assert steps(part) < steps(study)


def test_fewer_languages_are_other_sittings_of_the_same_trainings(study: Study) -> None:
    part = narrow(study, ["language=lab-mid"])
    assert part.languages == ("lab-mid",)
    whole = {step.digest for step in plan(study).steps if step.kind == "train"}
    assert {step.digest for step in plan(part).steps if step.kind == "train"} == whole
    # An exam that has none of the languages is left out: tatoeba's other side is the pivot.
    assert narrow(study, ["language=lab-piv"]).exams == ("lab-xquad", "lab-mlqa")


def test_without_filters_it_is_the_study(study: Study) -> None:
    assert narrow(study) == study


@pytest.mark.parametrize(
    ("only", "skip", "says"),
    [
        (["rout=squad1"], [], "Nothing can be filtered by 'rout'. Use route."),
        (["squad1"], [], "says nothing"),
        (["route="], [], "says nothing"),
        (["route=squad2"], [], "'squad1'"),
        (["seed=9"], [], "'9'"),
        ([], ["exam=lab-xquad,lab-mlqa,lab-tatoeba"], "leave no exam"),
        ([], ["seed=1,2"], "leave no seed"),
        ([], ["route=none"], "The baseline cannot be left out"),
        (["language=lab-mit"], [], "'lab-mid'"),
    ],
)
def test_what_cannot_be_meant_is_refused(study: Study, only, skip, says: str) -> None:
    with pytest.raises(XstiltsError) as caught:
        narrow(study, only, skip)
    assert says in str(caught.value)


def test_recipes_of_targets_that_are_gone_go_too(text: str) -> None:
    from xstilts.studies.study import read_study

    study = read_study(text + '[recipe.target.for."lab-xquad"]\nsteps = 7\n')
    assert narrow(study, ["exam=lab-tatoeba"]).target_for == {}
    plan(narrow(study, ["exam=lab-tatoeba"]))


def test_an_oracle_of_a_part_looks_at_the_languages_of_the_whole(text: str) -> None:
    from xstilts.studies.study import read_study

    study = read_study(text.replace('name = "small"', 'name = "small"\nselect = "oracle"'))
    whole = {step.digest for step in plan(study).steps if step.kind == "train"}
    assert {step.digest for step in plan(narrow(study, ["language=lab-mid"])).steps if step.kind == "train"} == whole
