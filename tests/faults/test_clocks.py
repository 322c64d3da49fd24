"""Clocks that are put forward or back: claims of the living are safe, those of the dead become free."""

import os
import time
from pathlib import Path

import msgspec
import pytest
from studies_fakes import failing, logged

from xstilts.files import Claim, Holder, Sightings
from xstilts.files import claim as module
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.studies.working import workbench
from xstilts.studies.working.work import run

HOUR = 3600.0


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock that nobody sets, in our hands."""
    now = [1000.0]
    monkeypatch.setattr(module, "steady", lambda: now[0])
    return now


def elsewhere(path: Path, *, seconds_ago: float) -> None:
    """A claim of another machine that was last seen some time ago, by the clock of now."""
    path.write_bytes(msgspec.json.encode(Holder("token", "another boot", "elsewhere", 1)))
    beat(path, seconds_ago=seconds_ago)


def beat(path: Path, *, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    os.utime(path, (then, then))


def test_the_clock_goes_back_and_the_holder_is_dead(tmp_path: Path, steady: list[float]) -> None:
    path, seen = tmp_path / "claim", Sightings()
    elsewhere(path, seconds_ago=-HOUR)
    assert Claim.take(path, sightings=seen) is None
    steady[0] += 50
    assert Claim.take(path, sightings=seen) is None
    steady[0] += 11
    assert Claim.take(path, sightings=seen) is not None


def test_the_clock_goes_back_and_the_holder_lives(tmp_path: Path, steady: list[float]) -> None:
    path, seen = tmp_path / "claim", Sightings()
    elsewhere(path, seconds_ago=-HOUR)
    for since in range(0, 600, 10):
        steady[0] += 10
        beat(path, seconds_ago=-HOUR - since)
        assert Claim.take(path, sightings=seen) is None


def test_the_clock_goes_forward_and_the_holder_lives(tmp_path: Path, steady: list[float]) -> None:
    """Until its next beat a claim looks an hour old. Who only looks once would take it from the living."""
    path, seen = tmp_path / "claim", Sightings()
    elsewhere(path, seconds_ago=HOUR)
    assert Claim.take(path, sightings=seen) is None
    steady[0] += 15
    beat(path, seconds_ago=0)
    assert Claim.take(path, sightings=seen) is None
    beat(path, seconds_ago=HOUR)
    assert Claim.take(path, sightings=seen) is None
    steady[0] += 21
    assert Claim.take(path, sightings=seen) is not None, "it was not seen to beat for long enough"


def test_the_number_of_a_dead_process_is_given_again(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    here = Claim.take(path)
    assert here is not None
    holder = msgspec.json.decode(path.read_bytes(), type=Holder)
    assert holder.born
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(holder, token="before", born="1")))
    assert Claim.take(path) is not None


def test_a_failure_is_not_tried_for_ever_when_the_clock_goes_back(
    planned: Plan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Backwards:
        now = time.time()

        def __getattr__(self, name: str) -> object:
            return getattr(time, name)

        def time(self) -> float:
            Backwards.now -= 1000
            return Backwards.now

    monkeypatch.setattr(workbench, "time", Backwards())
    summary = run(planned, store, do=failing)
    assert [failure.label for failure in summary.failures] == ["squad1, seed 2"] and summary.done == 12
    assert len(logged(store)) == 12
    assert all(store.read(line.split()[0]).seconds >= 0 for line in logged(store))
