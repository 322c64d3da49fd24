"""Working a plan off in one process: resuming, failing, stopping, weights that come and go."""

import errno
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import studies_fakes
from studies_fakes import counting, failing, fake, logged

from xstilts.errors import BadStore
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.left import to_do
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.progress import Event, Status, status
from xstilts.studies.working.work import run


def done_steps(store: Store) -> Counter[str]:
    return Counter(line.split()[0] for line in logged(store) if not line.startswith("begin"))


def kept_weights(store: Store) -> list[Path]:
    return sorted((store.root / "runs").glob("*/weights*"))


def test_every_step_once_and_nothing_twice(planned: Plan, store: Store) -> None:
    summary = run(planned, store, do=fake)
    assert summary.ok and summary.done == len(planned.steps) == 17
    assert done_steps(store) == Counter(step.digest for step in planned.steps)
    again = run(planned, store, do=fake)
    assert again.ok and again.done == 0 and len(logged(store)) == 17


def test_exams_find_the_network_in_memory(planned: Plan, store: Store) -> None:
    run(planned, store, do=fake)
    where = {line.split()[0]: line.split()[1] for line in logged(store)}
    for step in planned.steps:
        if step.kind == "test" and step.parent is not None:
            assert where[step.digest] == "memory", step.label


def test_weights_are_dropped_when_nothing_needs_them(planned: Plan, store: Store) -> None:
    seen: set[int] = set()

    def watch(event: Event) -> None:
        seen.add(len(kept_weights(store)))

    assert run(planned, store, do=fake, watch=watch).ok
    assert not kept_weights(store)
    # Depth first: the intermediate's go as soon as its last target is trained.
    assert max(seen) == 1


def test_weights_are_kept_when_asked(planned: Plan, store: Store) -> None:
    run(planned, store, do=fake, keep=True)
    assert len(kept_weights(store)) == planned.trainings
    run(planned, store, do=fake)


def test_records_say_what_was_done(planned: Plan, store: Store) -> None:
    run(planned, store, do=fake)
    step = next(step for step in planned.steps if step.label == "squad1 → lab-xquad, exam lab-mlqa")
    record = store.read(step.digest)
    assert (record.study, record.seed, record.routes, record.exams) == ("small", 1, ("squad1",), ("lab-mlqa",))
    assert len(record.parents) == 2 and record.parents[-1] == step.parent
    assert record.declaration["languages"] == list(step.languages) and record.lab
    assert record.declaration["encoder"]["identity"] == planned.identity
    assert record.given["seeds"] == [1, 2] and record.select == "last"
    assert record.provenance.packages["torch"] and record.started <= record.ended and record.restarts == 0
    assert record.scores["lab-near"] == {"f1": 50.0}
    shared = store.read(next(step for step in planned.steps if step.label == "squad1").digest)
    assert shared.exams == ("lab-xquad", "lab-mlqa", "lab-tatoeba")
    assert store.read_predictions(step.digest, "lab-near") == ["x"]
    assert len(list(store.runs())) == 17


def test_a_larger_study_only_does_what_is_new(study: Study, store: Store) -> None:
    run(study, store, do=fake)
    before = len(logged(store))
    larger = msgspec.structs.replace(study, name="larger", seeds=(1, 2, 3))
    run(larger, store, do=fake)
    assert len(logged(store)) - before == 8 == run(larger, store, do=fake).done + 8


def test_a_parent_is_trained_again_only_if_a_missing_child_needs_it(study: Study, store: Store) -> None:
    run(study, store, do=fake)
    moved = msgspec.structs.replace(study, target=msgspec.structs.replace(study.target, steps=21))
    planned = plan(moved)
    labels = Counter(step.label for step in to_do(planned, store).values())
    # The weights of the intermediate are gone, and the new targets start from them.
    assert labels["squad1"] == 2 and labels["squad1, exam lab-tatoeba"] == 0
    run(moved, store, do=fake)
    again = next(step for step in planned.steps if step.label == "squad1")
    assert store.read(again.digest).restarts == 1 and not kept_weights(store)
    languages = msgspec.structs.replace(study, exams=("lab-tatoeba",))
    assert not to_do(plan(languages), store)


def test_a_failing_step_is_told_and_the_others_go_on(planned: Plan, store: Store) -> None:
    events: list[Event] = []
    summary = run(planned, store, do=failing, watch=events.append)
    assert not summary.ok and not summary.stopped
    assert [failure.label for failure in summary.failures] == ["squad1, seed 2"]
    assert summary.failures[0].error == "The data has no rows. Look at it."
    assert "Traceback" in summary.failures[0].details
    # The training, its exam, the target from it and two exams are left.
    assert (summary.done, summary.left) == (12, 5)
    assert [event.error for event in events if event.state == "failed"] == ["The data has no rows. Look at it."]
    now = status(store, planned)
    assert (now.done, now.failed, now.waiting, now.running) == (12, 1, 4, 0)
    second = run(planned, store, do=failing)
    assert second.failures[0].attempts == 2
    (store.root / "mended").write_text("")
    assert "tries them again" in second.way_on
    third = run(planned, store, do=failing)
    assert third.ok and third.done == 5 and not status(store, planned).failed
    assert not list((store.root / "runs").glob("*/failed.json"))


def test_ctrl_c_stops_after_a_checkpoint_and_the_same_call_goes_on(planned: Plan, store: Store) -> None:
    def watch(event: Event) -> None:
        if event.kind == "train" and event.state == "moved" and event.done == 7:
            os.kill(os.getpid(), signal.SIGINT)

    former = signal.getsignal(signal.SIGINT)
    summary = run(planned, store, do=counting, watch=watch)
    assert summary.stopped and not summary.ok and "same command goes on" in summary.way_on
    assert signal.getsignal(signal.SIGINT) is former
    first = next(step.digest for step in planned.steps if step.kind == "train")
    assert not store.has(first) and not (store.folder(first) / "claim").exists()
    assert status(store, planned).running == 0
    assert run(planned, store, do=counting).ok
    begins = [line.split()[1:] for line in logged(store) if line.startswith("begin")]
    assert begins[:2] == [[first, "0"], [first, "7"]]
    assert store.read(first).restarts == 1
    assert not store.checkpoint(first).exists()


def test_sick_trainings_are_kept_and_told(planned: Plan, store: Store) -> None:
    def sick(errand: Errand) -> Outcome:
        health = {"state": "collapsed", "why": "one answer for everything"}
        return msgspec.structs.replace(fake(errand), health=health if errand.step.kind == "train" else {})

    summary = run(planned, store, do=sick)
    assert summary.ok and len(summary.sick) == 6
    assert summary.sick[0] == "squad1, seed 1: one answer for everything"


def test_a_store_that_cannot_be_made(planned: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore) as caught:
        run(planned, Store(tmp_path / "file"), do=fake)
    assert "\n" not in str(caught.value) and str(tmp_path / "file") in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission(planned: Plan, store: Store) -> None:
    store.root.mkdir(mode=0o500)
    with pytest.raises(BadStore):
        run(planned, store, do=fake)


def test_a_finished_study_can_be_run_where_nothing_can_be_written(
    planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(planned, store, do=fake)
    monkeypatch.setattr(Store, "prepare", lambda self: pytest.fail("it wrote"))
    assert run(planned, store, do=fake).ok


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_ends_the_run_in_one_line(planned: Plan, store: Store, number: int) -> None:
    def full(errand: Errand) -> Outcome:
        raise RuntimeError(f"I/O error: {os.strerror(number)} (os error {number})")

    with pytest.raises(BadStore, match="The disk of"):
        run(planned, store, do=full)
    assert not list((store.root / "runs").glob("*/claim"))
    assert run(planned, store, do=fake).ok


def test_status_sees_a_running_step_from_elsewhere(planned: Plan, store: Store) -> None:
    seen: list[Status] = []

    def watch(event: Event) -> None:
        if event.kind == "train" and event.done == 15 and not seen:
            time.sleep(0.3)
            seen.append(status(store, planned))

    # `moved` writes the file at most once a second, so the first event of a step is what is sure to be there.
    thread = threading.Thread(target=run, args=(planned, store), kwargs={"do": counting, "watch": watch})
    thread.start()
    thread.join(60)
    now = seen[0]
    assert now.running == 1 and now.total == 17
    running = next(step for step in now.steps if step.state == "running")
    assert running.progress is not None and running.progress.label == running.step.label == "squad1"
    end = status(store, planned)
    assert (end.done, end.eta) == (17, 0.0)
    msgspec.json.encode(end)


def test_eta_comes_from_steps_like_it(study: Study, store: Store) -> None:
    run(msgspec.structs.replace(study, seeds=(1,)), store, do=fake)
    assert status(Store(store.root / "empty"), plan(study)).eta is None
    eta = status(store, plan(study)).eta
    assert eta is not None and 0 <= eta < 60


def test_weights_that_vanish_meanwhile_are_no_failure(planned: Plan, store: Store) -> None:
    stolen: list[str] = []

    def robbed(errand: Errand) -> Outcome:
        parent = errand.step.parent
        if parent is not None and errand.step.kind == "train" and not stolen:
            errand.memory.digest = None
            store.drop_weights(parent)
            stolen.append(parent)
        return fake(errand)

    summary = run(planned, store, do=robbed)
    assert summary.ok and not summary.failures
    assert store.read(stolen[0]).restarts == 1


def test_memory_is_not_trusted_after_a_failure(planned: Plan, store: Store) -> None:
    def breaking(errand: Errand) -> Outcome:
        if errand.step.label == "squad1, exam lab-tatoeba" and "mended" not in "".join(logged(store)):
            studies_fakes.log(store, "mended")
            raise ValueError("boom")
        return fake(errand)

    summary = run(planned, store, do=breaking)
    assert [failure.error for failure in summary.failures] == ["ValueError: boom"]
    assert run(planned, store, do=breaking).ok
