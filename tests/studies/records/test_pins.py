"""What a store remembers: its runs are found again without the network, the mirror or the encoder."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from xstilts.errors import Absent
from xstilts.sources import lookups
from xstilts.sources.table import _memory
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.pins import known, pins, settled
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, read_study

STUDY = """
name = "real"
encoder = "{encoder}"
seeds = [1]
exams = ["pawsx"]
languages = ["en", "de"]
[intermediates]
qqp = "qqp"
deptag = "deptag"
ccg = "ccg"
[recipe.intermediate]
epochs = 1.0
[recipe.target]
epochs = 1.0
"""
COMMIT, LATER = "a" * 40, "b" * 40
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XSTILTS_DATA", "XSTILTS_TASKS", "XSTILTS_CCGBANK", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lookups, "asked", _nobody)
    _memory.kept.clear()


def _nobody(kind: str, repo: str, revision: str) -> str:
    raise AssertionError(f"the Hub was asked for {repo}@{revision}")


def _one_shard(kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
    return (pattern.replace("*", "0000"),)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the Hub answer with a commit, at which every split has one shard."""

    def answer(commit: str) -> None:
        monkeypatch.setattr(lookups, "asked", lambda *_: commit)
        monkeypatch.setattr(lookups, "asked_for_shards", _one_shard)

    return answer


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Set a mirror and write rows into it."""

    def write(name: str, *rows: dict[str, Any]) -> Path:
        monkeypatch.setenv("XSTILTS_DATA", str(tmp_path / "mirror"))
        path = tmp_path / "mirror" / f"{name}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))
        return path

    return write


def pair(number: int) -> dict[str, Any]:
    return {"question1": f"What is {number}?", "question2": "What?", "label": 1}


@pytest.fixture
def asked(encoder: Path) -> Study:
    return read_study(STUDY.format(encoder=encoder))


def digests(planned: Plan) -> dict[str, str]:
    return {step.label: step.digest for step in planned.steps}


def test_a_plan_asks_nobody_and_says_what_it_does_not_know(asked: Study) -> None:
    found = plan(asked)
    assert set(found.open) == {
        "google-research-datasets/paws-x@refs/convert/parquet",
        "nyu-mll/glue@refs/convert/parquet",
    }
    assert set(found.absent) == {"ccg", "deptag"} and "LDC2005T13" in found.absent["ccg"]
    assert digests(found) == digests(plan(asked))


def test_steps_without_rows_are_told_and_the_others_are_not_stopped(asked: Study) -> None:
    found = plan(asked)
    cannot = {step.label for step in found.steps if found.cannot(step)}
    assert cannot == {
        label for label in digests(found) if label.startswith(("ccg", "deptag"))
    } and len(cannot) == 6  # fmt: skip
    with pytest.raises(Absent, match="LDC2005T13"):
        found.tasks["ccg"].train.read("en")


def test_what_the_hub_said_first_is_kept(asked: Study, store: Store, hub: Callable[[str], None]) -> None:
    before = plan(asked)
    hub(COMMIT)
    first = settled(asked, store)
    assert not first.open and digests(first) != digests(before)
    assert f"@{COMMIT}/" in msgspec.json.encode(first.tasks["qqp"]).decode()
    hub(LATER)
    assert digests(settled(asked, store)) == digests(first)
    assert digests(known(asked, store)) == digests(first)
    assert set(pins(store).commits.values()) == {COMMIT}


def test_nobody_is_asked_where_the_store_knows(asked: Study, store: Store, hub: Callable[[str], None]) -> None:
    hub(COMMIT)
    first = settled(asked, store)
    hub("")
    lookups.asked = _nobody  # type: ignore[assignment]
    assert digests(known(asked, store)) == digests(first)
    assert digests(settled(asked, store)) == digests(first)


def test_runs_are_found_without_the_mirror_they_were_read_from(
    asked: Study, store: Store, hub: Callable[[str], None], mirror: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(COMMIT)
    for split in ("train", "validation"):
        mirror(f"qqp/en.{split}", pair(1), pair(2))
    mirror("en_deptag/en.validation.lines", {"tokens": ["a"], "tags": ["X"]})
    for part in ("atis", "lines", "partut"):
        mirror(f"en_deptag/en.train.{part}", {"tokens": ["a", "b"], "tags": ["N", part]})
    first = settled(asked, store)
    assert set(first.absent) == {"ccg"}
    monkeypatch.delenv("XSTILTS_DATA")
    found = known(asked, store)
    assert digests(found) == digests(first) and found.tasks["deptag"].form.labels == (
        "N",
        "X",
        "atis",
        "lines",
        "partut",
    )
    with pytest.raises(Absent, match=r"qqp/en\.train\.jsonl\.gz .sha256 .* is not here"):
        found.tasks["qqp"].train.read("en")


def test_a_mirror_that_comes_later_makes_no_run_another(
    asked: Study, store: Store, hub: Callable[[str], None], mirror: Write
) -> None:
    hub(COMMIT)
    first = settled(asked, store)
    for split in ("train", "validation"):
        mirror(f"qqp/en.{split}", pair(1))
    assert digests(known(asked, store)) == digests(first)
    assert digests(plan(asked))["qqp"] != digests(first)["qqp"]


def test_a_changed_file_moves_what_reads_it_and_is_said(
    asked: Study, store: Store, hub: Callable[[str], None], mirror: Write
) -> None:
    hub(COMMIT)
    for split in ("train", "validation"):
        mirror(f"qqp/en.{split}", pair(1))
    first = settled(asked, store)
    mirror("qqp/en.train", pair(1), pair(2))
    found = known(asked, store)
    assert found.changed == ("qqp/en.train.jsonl.gz",)
    moved = {label for label, digest in digests(found).items() if digest != digests(first)[label]}
    assert moved == {label for label in digests(first) if label.startswith("qqp")}
    assert not settled(asked, store).changed


def test_a_file_that_comes_later_is_found(
    asked: Study, store: Store, hub: Callable[[str], None], mirror: Write
) -> None:
    hub(COMMIT)
    assert "deptag" in settled(asked, store).absent
    mirror("en_deptag/en.validation.lines", {"tokens": ["a"], "tags": ["X"]})
    for part in ("atis", "lines", "partut"):
        mirror(f"en_deptag/en.train.{part}", {"tokens": ["a"], "tags": ["N"]})
    assert "deptag" not in known(asked, store).absent


def test_of_two_that_begin_at_once_the_first_is_believed(asked: Study, store: Store, monkeypatch) -> None:
    answers = iter([COMMIT, COMMIT, LATER, LATER])

    def meanwhile(*_: str) -> str:
        # While this one asks, another process finishes asking and writes.
        monkeypatch.setattr(lookups, "asked", lambda *_: next(answers))
        settled(asked, store)
        return LATER

    monkeypatch.setattr(lookups, "asked", meanwhile)
    monkeypatch.setattr(lookups, "asked_for_shards", _one_shard)
    found = settled(asked, store)
    assert set(pins(store).commits.values()) == {COMMIT}
    assert digests(found) == digests(known(asked, store))


def test_a_renamed_study_has_the_same_runs(asked: Study, store: Store, hub: Callable[[str], None]) -> None:
    hub(COMMIT)
    first = settled(asked, store)
    hub(LATER)
    assert digests(settled(msgspec.structs.replace(asked, name="other"), store)) == digests(first)


def test_an_encoder_of_the_hub_is_settled_too(asked: Study, store: Store, hub: Callable[[str], None]) -> None:
    there = read_study(STUDY.format(encoder="xlm-roberta-base"))
    assert "FacebookAI/xlm-roberta-base@main" in plan(there).open
    hub(COMMIT)
    found = settled(there, store)
    assert found.study.encoder.revision == COMMIT and found.identity["revision"] == COMMIT
    assert known(there, store).study.encoder.revision == COMMIT


def test_an_encoder_folder_that_is_not_here(asked: Study, store: Store, encoder: Path, hub) -> None:
    hub(COMMIT)
    first = settled(asked, store)
    encoder.rename(encoder.parent / "elsewhere")
    again = read_study(STUDY.format(encoder=encoder))
    assert digests(known(again, store)) == digests(first)
    unknown = plan(again)
    assert all("is not here" in unknown.cannot(step) for step in unknown.steps)


def test_the_lab_needs_no_pins(text: str, store: Store) -> None:
    found = settled(read_study(text.replace(text.split('encoder = "')[1].split('"')[0], "lab")), store)
    assert not found.open and not found.absent
    assert not store.root.exists()
