"""Scores can be computed again from predictions alone."""

import msgspec
import pytest
from studies_fakes import fake

from xstilts.errors import BadStore
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.scores import rescore, score
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.work import run
from xstilts.tasks import exam


@pytest.fixture
def small(study: Study) -> Plan:
    return plan(msgspec.structs.replace(study, exams=("lab-xquad",), seeds=(1,), routes=(), languages=("lab-near",)))


def perfect(errand: Errand) -> Outcome:
    """Every answer right."""
    if errand.step.kind == "train":
        return fake(errand)
    examples = exam("lab-xquad").test.read("lab-near")
    answers = [example.answers[0] for example in examples]
    errand.store.write_predictions(errand.step.digest, "lab-near", [example.id for example in examples], answers)
    scores, n = score(exam("lab-xquad"), {"lab-near": answers})
    return Outcome(scores=scores, n=n)


def test_rescoring_changes_nothing_or_says_what(small: Plan, store: Store) -> None:
    run(small, store, do=perfect)
    digest = small.cells[0].digest
    record = store.read(digest)
    assert record.scores["lab-near"]["f1"] == 100 and record.n["lab-near"] == len(
        exam("lab-xquad").test.read("lab-near")
    )
    assert rescore(store, small) == ()
    store.write(msgspec.structs.replace(record, scores={"lab-near": {"f1": 3.0}}))
    changes = rescore(store, small)
    assert {(change.metric, change.old, change.new) for change in changes} >= {("f1", 3.0, 100.0)}
    assert store.read(digest) == record


def test_predictions_that_do_not_fit(small: Plan, store: Store) -> None:
    run(small, store, do=fake)
    with pytest.raises(BadStore, match="but there are 1 predictions"):
        rescore(store, small)


def test_what_is_not_done_is_not_scored(small: Plan, store: Store) -> None:
    assert rescore(store, small) == ()
