"""What is damaged is found, named and done again: records, predictions, weights. And only that."""

import msgspec
import pytest
import studies_fakes
from studies_fakes import fake, logged

from xstilts.errors import BadStore
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.record import SCHEMA
from xstilts.studies.records.store import Store
from xstilts.studies.records.upkeep import examine
from xstilts.studies.working.errand import Errand, Outcome
from xstilts.studies.working.progress import Event
from xstilts.studies.working.work import run


def steps_done(store: Store) -> list[str]:
    return [line.split()[0] for line in logged(store)]


@pytest.fixture
def finished(planned: Plan, store: Store) -> Store:
    assert run(planned, store, do=fake).ok
    (store.root / "log").unlink()
    return store


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("record.json", lambda raw: raw[: len(raw) // 2], "record.json cannot be used"),
        ("record.json", lambda raw: b"", "record.json cannot be used"),
        ("record.json", lambda raw: b"{}", "is not a record"),
        ("predictions/lab-near.jsonl", lambda raw: raw + b'{"id":"b","pre', "lab-near.jsonl has"),
        ("predictions/lab-near.jsonl", lambda raw: raw[:-3], "lab-near.jsonl has"),
        ("predictions/lab-near.jsonl", None, "lab-near.jsonl is gone"),
    ],
    ids=["half-a-record", "empty-record", "no-record", "broken-tail", "short-tail", "no-predictions"],
)
def test_damaged_results_are_done_again(planned: Plan, finished: Store, file, change, says: str) -> None:
    step = next(step for step in planned.steps if step.label.startswith("none") and step.exam == "lab-xquad")
    path = finished.folder(step.digest) / file
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    events: list[Event] = []
    summary = run(planned, finished, do=fake, watch=events.append)
    assert summary.ok
    assert [event.label for event in events if event.state == "damaged"] == [step.label]
    assert says in summary.damaged[0]
    # Its training again, because the weights that the exam reads are gone; and nothing else.
    assert steps_done(finished) == [step.parent, step.digest]
    assert not finished.damage(step.digest, deep=True)
    assert (finished.folder(step.digest) / "record.json.damaged").is_file()


def test_a_record_of_a_later_version_is_not_damaged(planned: Plan, finished: Store) -> None:
    """An old xstilts on a new store leaves it alone."""
    path = finished.folder(planned.steps[0].digest) / "record.json"
    raw = msgspec.json.decode(path.read_bytes()) | {"schema": SCHEMA + 1}
    path.write_bytes(msgspec.json.encode(raw))
    with pytest.raises(BadStore, match=r"later xstilts .* Update xstilts"):
        run(planned, finished, do=fake)
    assert msgspec.json.decode(path.read_bytes()) == raw and not steps_done(finished)
    (finding,) = examine(finished)
    assert "later xstilts" in finding.what and finding.mend is None


def test_scoring_refuses_predictions_that_changed(planned: Plan, finished: Store) -> None:
    step = next(step for step in planned.steps if step.exam == "lab-xquad")
    path = finished.folder(step.digest) / "predictions" / "lab-near.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"y"'))
    assert "SHA-256 differs" in finished.damage(step.digest, deep=True)
    with pytest.raises(BadStore, match="not what was written"):
        finished.read_predictions(step.digest, "lab-near")


@pytest.mark.parametrize("how", ["short", "other", "gone"])
def test_damaged_weights_are_trained_again(planned: Plan, store: Store, how: str) -> None:
    hurt: list[str] = []

    def robbing(errand: Errand) -> Outcome:
        outcome = fake(errand)
        if errand.step.label == "squad1" and not hurt:
            hurt.append(errand.step.digest)
            # As if another process went on from here: nothing is in memory.
            errand.memory.digest = None
            path = store.folder(errand.step.digest) / "weights" / "model.safetensors"
            if how == "gone":
                path.unlink()
            else:
                path.write_text("" if how == "short" else "v")
        return outcome

    summary = run(planned, store, do=robbing)
    assert summary.ok and not summary.failures
    assert summary.damaged[0].startswith("squad1, seed 1: ") and "model.safetensors" in summary.damaged[0]
    done = steps_done(store)
    assert done.count(hurt[0]) == 2 and len(done) == len(planned.steps) + 1
    assert store.read(hurt[0]).restarts == 1


def test_a_store_that_becomes_read_only(planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def closing(errand: Errand) -> Outcome:
        if errand.step.exam == "lab-mlqa":
            raise OSError(30, "Read-only file system", str(store.root))
        return fake(errand)

    with pytest.raises(BadStore, match="is read-only"):
        run(planned, store, do=closing)
    assert not list(store.root.glob("runs/*/claim"))
    assert run(planned, store, do=fake).ok


def test_kept_weights_outlive_another_study(planned: Plan, store: Store) -> None:
    run(planned, store, do=fake, keep=True)
    larger = msgspec.structs.replace(planned.study, name="larger", seeds=(1, 2, 3))
    assert run(larger, store, do=fake).ok
    kept = [step for step in planned.steps if step.kind == "train" and store.weights(step.digest)]
    assert len(kept) == planned.trainings


def test_two_studies_leave_each_other_their_weights(planned: Plan, store: Store) -> None:
    """Another study with other targets starts from the same intermediate training: it is trained once."""
    other = msgspec.structs.replace(
        planned.study, name="other", target=msgspec.structs.replace(planned.study.target, steps=21)
    )
    begun: list[str] = []

    def meeting(errand: Errand) -> Outcome:
        if errand.step.label == "squad1 → lab-xquad" and errand.step.seed == 1 and not begun:
            # The other study begins in the middle, and is interrupted before it comes to its first target.
            begun.append("other")
            assert not run(other, store, do=stopping, wait=False).ok
        return fake(errand)

    def stopping(errand: Errand) -> Outcome:
        if errand.step.label == "squad1 → lab-xquad":
            raise ValueError("not now")
        return fake(errand)

    assert run(planned, store, do=meeting).ok
    assert begun
    shared = next(step for step in planned.steps if step.label == "squad1" and step.seed == 1)
    assert store.weights(shared.digest) is not None, "the other study has still to start from it"
    assert run(other, store, do=fake).ok
    assert steps_done(store).count(shared.digest) == 1
    assert store.weights(shared.digest) is None and not list((store.root / "needs").glob("*"))


def test_a_changed_study_gives_up_what_it_needed_before(planned: Plan, store: Store) -> None:
    def stopping(errand: Errand) -> Outcome:
        if errand.step.label == "squad1 → lab-xquad":
            raise ValueError("not now")
        return fake(errand)

    assert not run(planned, store, do=stopping).ok
    assert len(list((store.root / "needs").glob("small.*.json"))) == 1
    changed = msgspec.structs.replace(planned.study, seeds=(1, 2, 3))
    assert run(changed, store, do=fake).ok
    assert not list((store.root / "needs").glob("*"))
    assert not list(store.root.glob("runs/*/weights"))
    assert studies_fakes.logged(store)
