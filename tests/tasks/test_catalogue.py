"""The catalogue: what is declared is found, what is not names the nearest, other worlds are there on demand."""

from __future__ import annotations

import pytest

from xstilts.errors import UnknownName
from xstilts.identity import digest
from xstilts.tasks import exam, exams, task, tasks

NINE = ("anli-plus", "mnli", "qqp", "squad1", "squad2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
XTREME = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")


def test_all_nine_intermediates_and_all_nine_exams_are_there() -> None:
    assert {f"lab-{name}" for name in NINE} <= set(tasks())
    assert {f"lab-{name}" for name in XTREME} == {name for name in exams() if name.startswith("lab-")}
    assert set(NINE) <= set(tasks())
    assert set(XTREME) <= set(exams())


def test_every_exam_belongs_to_a_task_or_to_none() -> None:
    for one in exams().values():
        assert one.of is None or task(one.of).form.head.kind == one.form.head.kind
    assert exam("lab-xquad").of == exam("lab-mlqa").of
    assert exam("lab-tatoeba").of is exam("lab-bucc2018").of is None


def test_the_pivot_is_not_zero_shot() -> None:
    one = exam("lab-xnli")
    assert one.pivot in one.languages
    assert one.pivot not in one.zero_shot
    assert len(one.zero_shot) == len(one.languages) - 1


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="lab-mnli"):
        task("lab-mnly")
    with pytest.raises(UnknownName, match="lab-xquad"):
        exam("lab-xqad")
    with pytest.raises(UnknownName, match="lab4-mnli"):
        task("lab4-mnly")


def test_another_world_has_other_rows_and_another_identity() -> None:
    one, other = task("lab-mnli"), task("lab2-mnli")
    assert one.train.read(one.lang)[:5] != other.train.read(other.lang)[:5]
    assert digest(one) != digest(other)
    assert digest(one) == digest(task("lab-mnli"))


@pytest.mark.parametrize("name", ["masakhaner", "masakhapos"])
def test_the_masakhane_sets_are_trained_on_too_in_all_or_some_languages(name: str) -> None:
    one = task(name)
    assert one.spoken == exam(name).languages and one.form == exam(name).form
    assert task(f"{name}@yo").spoken == ("yo",) and task(f"{name}@ha+yo").spoken == ("ha", "yo")
    assert name in exam(name).akin and exam(name).of != name, "a plan warns, for that is no zero-shot transfer"
    assert "americasnli" not in tasks() and "nothing to train on" in exam("americasnli").notes
