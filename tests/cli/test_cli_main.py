"""The command itself: help, version, exit codes, and errors in one line."""

import os
from pathlib import Path

import pytest

import xstilts as door
from xstilts.cli import main as command
from xstilts.errors import BadInput


def test_help_names_every_verb(xstilts) -> None:
    said = xstilts("--help")
    assert said.code == 0
    for verb, line in command.VERBS.items():
        assert verb in said.out and line[:30] in said.out


def test_nothing_typed_gives_the_help(xstilts) -> None:
    assert xstilts().out == xstilts("--help").out


def test_version(xstilts) -> None:
    assert xstilts("--version").out == f"xstilts {door.__version__}\n"


@pytest.mark.parametrize("verb", command.VERBS)
def test_every_verb_has_its_own_help(xstilts, verb: str) -> None:
    said = xstilts(verb, "--help")
    assert said.code == 0
    assert f"xstilts {verb}" in said.out


def test_what_cannot_be_understood_is_a_usage_error(xstilts) -> None:
    for words in (["rnu"], ["run"], ["list", "taskz"], ["plan", "lab", "--jsn"], ["run", "lab", "--workers", "0"]):
        said = xstilts(*words)
        assert said.code == 2, words
        assert "Traceback" not in said.err


def test_an_error_is_one_line_with_the_way_out(xstilts) -> None:
    said = xstilts("plan", "lab-dmo")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Error: There is no study 'lab-dmo'. Did you mean 'lab-demo' or 'lab'")
    assert said.err.endswith("?\n") and said.err.count("\n") == 1


def test_a_long_error_stays_on_its_line(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise BadInput("a\nb " * 200, way_out="[bold]out[/bold] \x1b[2J\u202e")

    monkeypatch.setattr("xstilts.cli.plan.load_study", broken)
    said = xstilts("plan", "lab")
    assert said.err.count("\n") == 1
    assert said.err.endswith("[bold]out[/bold] \\x1b[2J\\u202e\n")


@pytest.mark.parametrize("words", [["--debug", "plan", "lab-dmo"], ["plan", "lab-dmo", "--debug"]])
def test_debug_gives_the_traceback(xstilts, words: list[str]) -> None:
    said = xstilts(*words)
    assert said.code == 1
    assert "Traceback (most recent call last)" in said.err
    assert said.err.splitlines()[-1].startswith("Error: There is no study 'lab-dmo'.")


def test_the_unexpected_is_one_line_too(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ZeroDivisionError("division by zero\nand more")

    monkeypatch.setattr("xstilts.cli.plan.load_study", broken)
    said = xstilts("plan", "lab")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert said.err.startswith("Error: ZeroDivisionError: division by zero")
    assert "--debug" in said.err
    debugged = xstilts("plan", "lab", "--debug")
    assert "Traceback" in debugged.err and "load_study" in debugged.err


def test_a_verb_that_cannot_be_loaded_is_one_line_too(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ModuleNotFoundError("No module named 'polars'")

    monkeypatch.setattr(command, "import_module", broken)
    said = xstilts("compare", "lab")
    assert said.code == 1
    assert said.err.startswith("Error: ModuleNotFoundError: No module named 'polars'")


def test_ctrl_c_says_how_to_go_on(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xstilts.cli.run.load_study", interrupted)
    said = xstilts("run", "lab")
    assert said.code == 130
    assert "same command" in said.err and "Error" not in said.err


def test_idle_threads_sleep_unless_the_user_says_otherwise(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("GOMP_SPINCOUNT")
    xstilts("--version")
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"]) == ("ACTIVE", "0")


def test_all_verbs_of_the_table_stand_in_the_folder() -> None:
    there = {path.stem for path in Path(command.__file__).parent.glob("*.py")}
    assert set(command.VERBS) <= there


def test_ctrl_c_while_a_verb_is_loaded(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "import_module", interrupted)
    assert xstilts("run", "lab").code == 130
