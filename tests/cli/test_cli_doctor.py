"""The doctor finds what is broken, and says the way out."""

import hashlib
import os
from pathlib import Path

import cli_fakes
import pytest

from xstilts.cli import checks
from xstilts.cli.checks import Check
from xstilts.errors import BadStore


def only(monkeypatch: pytest.MonkeyPatch, **found: Check) -> None:
    """Every examination but the store's gives what it is told here, or nothing."""
    for name in ("python", "packages", "devices", "threads", "memory", "hub", "arithmetic", "lab"):
        monkeypatch.setattr(checks, name, lambda name=name: iter([found[name]] if name in found else []))


def test_all_is_well(xstilts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(monkeypatch, memory=Check("memory", "warn", "1 GB free", "Use one worker."))
    monkeypatch.chdir(tmp_path)
    said = xstilts("doctor")
    assert said.code == 0
    assert "ok   store: runs can be written" in said.out and "warn memory: 1 GB free" in said.out
    assert "     Use one worker." in said.out and "with 1 warning" in said.out
    assert not (tmp_path / "runs").exists()


def test_a_store_that_is_not_there_yet(xstilts, tmp_path: Path) -> None:
    said = xstilts("doctor", "--store", tmp_path / "not" / "there")
    assert said.code == 0
    assert f"ok   store: {tmp_path}" in said.out and "holds no runs yet" in said.out
    assert not (tmp_path / "not").exists()


def test_a_store_that_cannot_be_written(xstilts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = xstilts("doctor", "--store", tmp_path / "file" / "runs")
    assert said.code == 1
    assert "fail store:" in said.out and "--store" in said.out
    assert said.err == "1 thing to put right.\n"


def test_a_store_is_read_and_mended_only_as_it_says(xstilts, study: Path, finished: Path) -> None:
    asked = ("doctor", "--store", finished)
    said = xstilts(*asked)
    assert said.code == 0 and "27 steps on record" in said.out and "The store is sound." in said.out
    exams = sorted(path.parent.parent for path in finished.glob("runs/*/predictions/lab-near.jsonl"))
    raw = (exams[0] / "predictions" / "lab-near.jsonl").read_bytes()
    (exams[0] / "predictions" / "lab-near.jsonl").write_bytes(raw.replace(b"1", b"2"))
    (exams[1] / "record.json").write_text((exams[1] / "record.json").read_text().replace('"lab-near"', '"lab-far"'))
    (exams[2] / ".weights.new.1").mkdir()
    (exams[3] / "claim").write_text('{"token":"t","place":"","host":"gone","pid":1}')
    os.utime(exams[3] / "claim", (1, 1))
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    found = xstilts(*asked)
    assert found.code == 1 and found.err == "2 things to put right.\n"
    assert "lab-near.jsonl is not what was written" in found.out
    assert f"{exams[1] / 'record.json'} is not as it was written" in found.out
    assert "was left by a worker that was killed" in found.out and "claim of a worker that is gone" in found.out
    assert found.out.count("With --repair: ") == 4
    assert {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()} == before
    mended = xstilts(*asked, "--repair")
    assert mended.code == 0 and mended.out.count("Done: ") == 4 and "The store can be trusted." in mended.out
    gone = {exams[0] / "record.json", exams[1] / "record.json", exams[3] / "claim"}
    now = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    assert {path for path in before if path not in now} == gone
    assert {path.name for path in now if path not in before} == {"record.json.damaged"}
    assert xstilts("run", study, "--store", finished).code == 0
    assert xstilts(*asked).code == 0


def test_repair_wants_a_store(xstilts) -> None:
    assert "--store" in xstilts("doctor", "--repair").err


def test_a_broken_examination_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(monkeypatch)

    def broken() -> None:
        raise ImportError("libcudart.so.12: cannot open shared object file")

    def told() -> None:
        raise BadStore("Nothing there.", way_out="Make it.")

    monkeypatch.setattr(checks, "devices", broken)
    monkeypatch.setattr(checks, "lab", told)
    found = {check.name: check for check in checks.examinations(tmp_path)}
    assert found["devices"].state == "fail" and "ImportError: libcudart" in found["devices"].found
    assert found["lab encoder"] == Check("lab encoder", "fail", "Nothing there.", "Make it.")


def test_versions_are_compared_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_least", lambda: {"torch": "2.10", "rich": "999.0"})
    states = {check.name: check.state for check in checks.packages()}
    assert states == {"rich": "warn", "packages": "ok"}
    assert checks._parts("2.13.0+cpu") == (2, 13, 0) > checks._parts("2.9")


def test_what_was_changed_after_shipping_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = cli_fakes.make_encoder(tmp_path / "lab")
    monkeypatch.setattr(checks, "locate", lambda encoder: folder)
    config = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
    (folder / checks.SUMS).write_text(f"{config}  config.json\n{'0' * 64}  model.safetensors\n{'0' * 64} *gone\n")
    (found,) = checks.lab()
    assert found.state == "fail"
    assert "model.safetensors, gone in" in found.found


def test_offline_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    (found,) = checks.hub()
    assert "HF_HUB_OFFLINE" in found.found and "TRANSFORMERS" not in found.found


def test_the_arithmetic_of_this_machine() -> None:
    (found,) = checks.arithmetic()
    assert found.state == "ok", found.found
