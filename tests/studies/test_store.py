"""The store: whole or not there, and clear words for what cannot be read."""

from pathlib import Path

import msgspec
import pytest

from xstilts.errors import BadStore
from xstilts.studies.record import SCHEMA, Failure, Provenance, Run
from xstilts.studies.store import Store

RUN = Run(
    digest="d", kind="test", label="none, exam x", study="s", encoder="lab", scores={"a": {"f1": 1.0}}, n={"a": 3}
)


def test_round_trip(store: Store) -> None:
    assert not store.has("d")
    run = msgspec.structs.replace(RUN, provenance=Provenance(packages={"torch": "2"}), training={"losses": [[1, 0.5]]})
    store.write(run)
    assert store.has("d") and store.read("d") == run and list(store.runs()) == [run]


def test_a_record_clears_the_way_to_it(store: Store) -> None:
    store.fail(Failure(digest="d", label="x", error="no"))
    store.checkpoint("d").mkdir()
    assert store.begin("d") == 0 and store.begin("d") == 1
    store.write(RUN)
    assert [path.name for path in store.folder("d").iterdir()] == ["record.json"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"schema": SCHEMA + 1}, "later xstilts"),
        ({}, "is not a record"),
        ([], "is not a record"),
        ({"schema": SCHEMA, "digest": "d"}, "is damaged: Object missing required field"),
    ],
)
def test_records_that_cannot_be_used(store: Store, content: object, says: str) -> None:
    store.folder("d").mkdir(parents=True)
    (store.folder("d") / "record.json").write_bytes(msgspec.json.encode(content))
    with pytest.raises(BadStore, match=says):
        store.read("d")


def test_a_record_with_fields_of_its_own_loads(store: Store) -> None:
    store.write(RUN)
    path = store.folder("d") / "record.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {"mood": "good"}))
    assert store.read("d") == RUN


def test_every_past_schema_loads() -> None:
    for path in sorted((Path(__file__).parent / "records").glob("schema*.json")):
        folder = path.parent
        run = msgspec.json.decode(path.read_bytes(), type=Run)
        assert run.digest and folder
    assert (Path(__file__).parent / "records" / f"schema{SCHEMA}.json").is_file()


def test_there_is_no_record(store: Store) -> None:
    with pytest.raises(BadStore, match="There is no record"):
        store.read("d")
    assert list(store.runs()) == []


def test_predictions(store: Store) -> None:
    store.write_predictions("d", "a", ["1", "2"], ["x", ["B-PER", "O"]])
    assert store.read_predictions("d", "a") == ["x", ["B-PER", "O"]]
    with pytest.raises(BadStore, match="Cannot read the predictions"):
        store.read_predictions("d", "b")


def test_weights_are_whole_or_not_there(store: Store) -> None:
    (store.new_weights("d") / "w").write_text("1")
    assert store.weights("d") is None
    store.keep_weights("d")
    (store.new_weights("d") / "w").write_text("2")
    store.keep_weights("d")
    folder = store.weights("d")
    assert folder is not None and (folder / "w").read_text() == "2"
    store.drop_weights("d")
    assert store.weights("d") is None
    store.drop_weights("d")


def test_one_claim_at_a_time(store: Store) -> None:
    claim = store.claim("d")
    assert claim is not None and store.claim("d") is None and store.held("d")
    claim.release()
    assert not store.held("d") and store.claim("d") is not None
