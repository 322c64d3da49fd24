"""Fixtures of the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import cli_fakes

from xstilts.cli.main import main
from xstilts.studies.working import work


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Xstilts = Callable[..., Said]


@pytest.fixture
def xstilts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Xstilts:
    """Run the command in this process."""
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "set")

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study file that can be planned, and run with pretended steps."""
    path = tmp_path / "small.toml"
    path.write_text(cli_fakes.STUDY.format(encoder=cli_fakes.make_encoder(tmp_path / "enc")))
    return path


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are not really done."""
    monkeypatch.setattr(work, "real_step", lambda: cli_fakes.fake)


@pytest.fixture
def finished(study: Path, tmp_path: Path, xstilts: Xstilts, pretended: None) -> Path:
    """The store of a finished study."""
    said = xstilts("run", study, "--store", tmp_path / "runs")
    assert said.code == 0, said.err
    return tmp_path / "runs"
