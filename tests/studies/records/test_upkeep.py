"""What a store remembers beside its runs: garbled, it is named, and mended as it was said."""

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
