"""What cannot be done here is left out with its reason, and with it what only leads there; the rest is done."""

from pathlib import Path

import msgspec
import pytest
from studies_fakes import fake, logged

from xstilts.errors import Lacking
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.left import left_out, why_not
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.progress import Event, status
from xstilts.studies.working.room import check_room
from xstilts.studies.working.work import run


def done(store: Store, plan: Plan) -> set[str]:
    return {plan.by_digest[line.split()[0]].label for line in logged(store)}


def test_rows_that_are_nowhere(planned: Plan, store: Store) -> None:
    holed = msgspec.structs.replace(planned, absent={"lab-squad1": "no mirror has it"})
    summary = run(holed, store, do=fake)
    assert summary.ok and not summary.failures and summary.left == 0
    # For each of two seeds: the training, its exam, the target from it and two exams.
    assert summary.skipped == {"lab-squad1: no mirror has it": 10} and summary.done == 7
    assert not {label for label in done(store, holed) if label.startswith("squad1")}
    now = status(store, holed)
    assert (now.done, now.skipped, now.waiting, now.failed) == (7, 10, 0, 0)
    assert {step.failure.error for step in now.steps if step.failure} == {"lab-squad1: no mirror has it"}
    again = run(holed, store, do=fake)
    assert again.ok and again.done == 0 and again.skipped == summary.skipped
    # On a machine that has the rows, the same call does the rest.
    assert run(planned, store, do=fake).done == 10


def test_nothing_is_trained_for_exams_that_cannot_be_sat(planned: Plan, store: Store) -> None:
    holed = msgspec.structs.replace(planned, absent={"lab-xquad": "gated", "lab-mlqa": "gated"})
    out = left_out(holed)
    assert {holed.by_digest[digest].label for digest in out if holed.by_digest[digest].kind == "train"} == {
        "none → lab-xquad", "squad1 → lab-xquad"
    }  # fmt: skip
    run(holed, store, do=fake)
    assert done(store, holed) == {"squad1", "none, exam lab-tatoeba", "squad1, exam lab-tatoeba"}


def test_too_little_memory_is_no_failure(planned: Plan, store: Store) -> None:
    def small(errand: Errand) -> Outcome:
        if errand.step.label == "squad1":
            raise Lacking("cuda:0 has too little memory: 3 GB", way_out="Do it on a larger one.")
        return fake(errand)

    events: list[Event] = []
    summary = run(planned, store, do=small, watch=events.append)
    reason = "cuda:0 has too little memory: 3 GB Do it on a larger one."
    assert summary.ok and summary.skipped == {reason: 10} and summary.done == 7
    assert [event.label for event in events if event.state == "skipped"] == ["squad1", "squad1"]
    exam = next(step for step in planned.steps if step.label == "squad1 → lab-xquad, exam lab-mlqa")
    assert why_not(planned, store, exam.digest) == f"left out: {reason}"
    assert not why_not(planned, store, planned.steps[0].digest)
    # Another machine tries it, although this one could not in the same run.
    shared = next(step for step in planned.steps if step.label == "squad1")
    failure = store.failure(shared.digest)
    assert failure is not None and failure.skipped
    for step in planned.steps:
        if (told := store.failure(step.digest)) is not None:
            store.fail(msgspec.structs.replace(told, host="elsewhere", when=2e10))
    assert run(planned, store, do=fake).ok and status(store, planned).skipped == 0


def test_weights_larger_than_memory_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(bytes(2000))
    check_room(tmp_path)
    monkeypatch.setattr("xstilts.studies.working.room.free_memory", lambda: 1000.0)
    with pytest.raises(Lacking, match="GB of memory are free"):
        check_room(tmp_path)
