"""The doctor finds what is broken, and says the way out."""

import hashlib
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
    said = xstilts("doctor", "--store", tmp_path / "not" / "there")
    assert said.code == 0
    assert f"ok   store: {tmp_path}" in said.out and "warn memory: 1 GB free" in said.out
    assert "     Use one worker." in said.out and "with 1 warning" in said.out
    assert not (tmp_path / "not").exists()


def test_a_store_that_cannot_be_written(xstilts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(monkeypatch)
    (tmp_path / "file").write_text("")
    said = xstilts("doctor", "--store", tmp_path / "file" / "runs")
    assert said.code == 1
    assert "fail store:" in said.out and "--store" in said.out
    assert said.err == "1 thing to put right.\n"


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
