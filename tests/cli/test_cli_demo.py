"""The demo, with pretended steps: from nothing to the report, and the same at once when all is done."""

from pathlib import Path

import cli_fakes
import pytest

from xstilts.cli import demo, screen
from xstilts.studies.study import load_study, read_study


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, study: Path) -> None:
    monkeypatch.setattr(demo, "load_study", lambda name: load_study(study))


def test_the_demo_and_the_demo_again(xstilts, small: None, pretended: None, tmp_path: Path) -> None:
    store = tmp_path / "demo"
    first = xstilts("demo", "--store", store, "--workers", 1)
    assert first.code == 0, first.err
    page = store / "report.html"
    assert page.is_file() and str(page) in first.out
    assert screen.LAB in first.out and "▲" in first.out
    assert "xstilts plan mine.toml" in first.out
    second = xstilts("demo", "--store", store)
    assert second.code == 0
    told = first.out[first.out.index("zero-shot gains over none") :]
    assert told in second.out


def test_a_demo_that_fails_says_so(xstilts, small: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("xstilts.studies.working.work.real_step", lambda: cli_fakes.failing)
    said = xstilts("demo", "--store", tmp_path / "demo", "--workers", 1)
    assert said.code == 1
    assert "Failed: squad1" in said.err
    assert not (tmp_path / "demo" / "report.html").exists()


def test_the_study_to_begin_with_loads() -> None:
    assert len(demo.OWN.splitlines()) == 5
    assert read_study(demo.OWN).encoder.source == "FacebookAI/xlm-roberta-base"


def test_the_demo_study_ships() -> None:
    assert demo.load_study(demo.STUDY).name == demo.STUDY
