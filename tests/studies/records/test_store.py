"""The store: whole or not there, and clear words for what cannot be read."""

from pathlib import Path

import msgspec
import pytest

from xstilts.errors import BadStore
from xstilts.studies.records.record import SCHEMA, Failure, Provenance, Run
from xstilts.studies.records.sealed import sealed
from xstilts.studies.records.store import SUMS, Store

RUN = Run(
    digest="d", kind="test", label="none, exam x", study="s", encoder="lab", scores={"a": {"f1": 1.0}}, n={"a": 3}
)


def unsealed(run: Run) -> Run:
    assert len(run.seal) == 64
    return msgspec.structs.replace(run, seal="")


def test_round_trip(store: Store) -> None:
    assert not store.has("d")
    run = msgspec.structs.replace(RUN, provenance=Provenance(packages={"torch": "2"}), training={"losses": [[1, 0.5]]})
    store.write(run)
    assert store.has("d") and unsealed(store.read("d")) == run and len(list(store.runs())) == 1


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
    assert unsealed(store.read("d")) == RUN


def holds(kept: object, written: object) -> bool:
    """Whether all that was written is there; fields that came later have their defaults."""
    if isinstance(written, dict) and isinstance(kept, dict):
        return all(name in kept and holds(kept[name], value) for name, value in written.items())
    return kept == written


RECORDS = sorted((Path(__file__).parent / "past").glob("schema*.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_past_schema_loads(store: Store, path: Path) -> None:
    """Records as they were written, schema by schema. A record of a new schema is put beside them, none is changed."""
    written = msgspec.json.decode(path.read_bytes())
    folder = store.folder(written["digest"])
    folder.mkdir(parents=True)
    (folder / "record.json").write_bytes(path.read_bytes())
    run = store.read(written["digest"])
    kept = msgspec.json.decode(msgspec.json.encode(run))
    assert holds(kept, written) and run.scores


def test_there_is_a_record_of_every_schema() -> None:
    assert [path.stem for path in RECORDS] == [f"schema{number}" for number in range(1, SCHEMA + 1)]
    latest = msgspec.json.decode(RECORDS[-1].read_bytes(), type=Run)
    assert latest.schema == SCHEMA and latest.data["pawsx, test"]["ko"].rows == 1972


def test_there_is_no_record(store: Store) -> None:
    with pytest.raises(BadStore, match="There is no record"):
        store.read("d")
    assert list(store.runs()) == []


def test_predictions(store: Store) -> None:
    store.write_predictions("d", "a", ["1", "2"], ["x", ["B-PER", "O"]])
    assert store.read_predictions("d", "a") == ["x", ["B-PER", "O"]]
    with pytest.raises(BadStore, match="Cannot read the predictions"):
        store.read_predictions("d", "b")


def save(store: Store, text: str) -> None:
    with store.saving("d") as folder:
        (folder / "w").write_text(text)
        assert store.weights("d") is None or (store.weights("d") / "w").read_text() != text  # type: ignore[operator]


def test_weights_are_whole_or_not_there(store: Store) -> None:
    save(store, "1")
    save(store, "2")
    folder = store.weights("d")
    assert folder is not None and (folder / "w").read_text() == "1", "what somebody may be reading stays"
    assert store.drop_weights("d") and store.weights("d") is None
    assert not store.drop_weights("d")
    with pytest.raises(RuntimeError), store.saving("d") as half:
        (half / "w").write_text("3")
        raise RuntimeError
    assert store.weights("d") is None and list(store.folder("d").iterdir()) == []


def test_weights_that_are_needed_after_all_come_back(store: Store) -> None:
    save(store, "1")
    seen = []
    assert not store.drop_weights("d", unless=lambda: bool(seen.append(store.weights("d"))) or True)
    assert seen == [None] and store.weights("d") is not None and not store.weights_damage("d")


def test_damaged_weights_are_found(store: Store) -> None:
    save(store, "1234")
    path = store.folder("d") / "weights" / "w"
    path.write_text("1235")
    assert "w is not what was written" in store.weights_damage("d")
    path.write_text("12")
    assert "w has 2 bytes and had 4" in store.weights_damage("d")
    path.unlink()
    assert "w is gone" in store.weights_damage("d")


@pytest.mark.parametrize("sums", [None, b"", b'{"w": {"bytes": 4'], ids=["gone", "empty", "half"])
def test_weights_without_their_sums_are_not_trusted(store: Store, sums: bytes | None) -> None:
    save(store, "1234")
    path = store.folder("d") / "weights" / SUMS
    if sums is None:
        path.unlink()
    else:
        path.write_bytes(sums)
    assert "sums.json is gone, or cannot be read" in store.weights_damage("d")
    assert store.drop_weights("d") and not store.weights_damage("d")


def test_a_record_is_sealed(store: Store) -> None:
    store.write_predictions("d", "a", ["1"], ["x"])
    store.write(msgspec.structs.replace(RUN, files=store.predicted("d"), seconds=1.5))
    raw = msgspec.json.decode((store.folder("d") / "record.json").read_bytes())
    assert raw["seal"] == sealed(raw) and not store.damage("d", deep=True)
    raw["scores"]["a"]["f1"] = 2.0
    assert raw["seal"] != sealed(raw)
    with (store.folder("d") / "predictions" / "a.jsonl").open("ab") as file:
        file.write(b'{"id')
    assert "predictions/a.jsonl has" in store.damage("d")
    store.set_aside("d")
    assert (store.folder("d") / "record.json.damaged").is_file() and not store.has("d")
    # Another command that found it damaged too comes later.
    store.set_aside("d")


def test_one_claim_at_a_time(store: Store) -> None:
    claim = store.claim("d")
    assert claim is not None and store.claim("d") is None and store.held("d")
    claim.release()
    assert not store.held("d") and store.claim("d") is not None
