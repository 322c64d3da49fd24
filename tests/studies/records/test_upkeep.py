"""What a store remembers beside its runs: garbled, it is named, and mended as it was said."""

import os
from pathlib import Path

import pytest

from xstilts.errors import BadStore
from xstilts.sources.lookups import Pins
from xstilts.studies.records.pins import pins
from xstilts.studies.records.store import Store
from xstilts.studies.records.upkeep import Finding, examine


def found(store: Store) -> list[Finding]:
    return list(examine(store))


@pytest.fixture
def sound(store: Store) -> Store:
    store.prepare()
    assert found(store) == []
    return store


def test_garbled_pins(sound: Store) -> None:
    path = sound.root / "pins.json"
    path.write_text('{"commits": {"model')
    with pytest.raises(BadStore, match=r"pins\.json cannot be used: .* doctor --store"):
        pins(sound)
    (finding,) = found(sound)
    assert finding.state == "fail" and "pins.json cannot be used" in finding.what and finding.mend is not None
    finding.mend()
    assert found(sound) == [] and pins(sound) == Pins()
    assert path.with_name("pins.json.damaged").read_text() == '{"commits": {"model'


def test_garbled_needs(sound: Store) -> None:
    path: Path = sound.root / "needs" / "small.0123.json"
    path.parent.mkdir()
    path.write_text('{"stu')
    (finding,) = found(sound)
    assert finding.state == "warn" and "small.0123.json cannot be read" in finding.what and finding.mend is not None
    finding.mend()
    assert found(sound) == [] and not path.exists()


def test_a_worker_that_begins_while_it_is_read_keeps_its_claim(sound: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, began = "0" * 16, []
    (sound.folder(digest) / "predictions").mkdir(parents=True)
    half = sound.folder(digest) / "predictions" / ".lab-near.jsonl.0123.part"
    half.touch()
    real = Store.weights_damage

    def slow(self: Store, asked: str) -> str:
        began.append(sound.claim(asked))
        return real(self, asked)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "weights_damage", slow)
        assert found(sound) == []
    (claim,) = began
    assert claim is not None
    claim.release()
    (finding,) = found(sound)
    assert str(half) in finding.what and finding.mend is not None
    held = sound.claim(digest)
    assert held is not None
    with monkeypatch.context() as patch:
        patch.setattr(Store, "weights_damage", None)
        assert found(sound) == [], "what somebody works at is not even read"
    assert finding.mend() is False and half.exists() and held.beat(), "somebody is at work there again"
    held.release()
    finding.mend()
    assert found(sound) == [] and not half.exists()


def test_claims_of_the_dead_and_what_they_left_half_written(sound: Store) -> None:
    folder = sound.folder("0" * 16)
    folder.mkdir(parents=True)
    (sound.root / "needs").mkdir()
    left = [
        folder / "claim", folder / ".claim.01.stale", folder / ".claim.01.now", folder / ".record.json.01.part",
        sound.root / ".pins.json.01.part", sound.root / "needs" / ".small.json.01.part",
    ]  # fmt: skip
    for path in left:
        path.write_text("{}")
        os.utime(path, (1, 1))
    findings = found(sound)
    assert all(any(str(path) in one.what for one in findings) for path in left) and len(findings) == len(left)
    for one in findings:
        assert one.mend is not None
        one.mend()
    assert found(sound) == [] and not any(path.exists() for path in left)


def test_a_file_where_all_steps_should_be(store: Store) -> None:
    store.root.mkdir()
    (store.root / "runs").write_text("")
    (finding,) = found(store)
    assert finding.state == "fail" and "is a file" in finding.what


def test_what_is_half_written_is_no_prediction(store: Store) -> None:
    folder = store.folder("0" * 16) / "predictions"
    folder.mkdir(parents=True)
    (folder / "de.jsonl").write_text("{}")
    (folder / ".de.jsonl.0123.part").write_text("{")
    assert list(store.predicted("0" * 16)) == ["predictions/de.jsonl"]
