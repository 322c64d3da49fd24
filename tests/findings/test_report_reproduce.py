"""The command that a report ends with works as it is pasted."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import polars as pl
import pytest
from findings_synthetic import synthetic

import xstilts
from xstilts.findings.asked import Asked, ask
from xstilts.findings.replay import bring, example, read_table
from xstilts.findings.report.gathered import asked_record
from xstilts.findings.report.record import Record
from xstilts.findings.report.reproduce import reproduce
from xstilts.findings.report.text import markdown
from xstilts.findings.table import write_table
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study

HEAD = "study,model,route,regime,target_task,language,seed,metric,score"
BASELINE = "none (64, all)"


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which `xstilts` is this one."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "xstilts").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m xstilts "$@"\n', encoding="utf-8")
    (tools / "xstilts").chmod(0o755)
    source = str(Path(xstilts.__file__).parents[1])
    return os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": source}


def pasted(command: str, folder: Path, shell: dict[str, str]) -> None:
    subprocess.run(["bash", "-c", command], cwd=folder, env=shell, check=True, capture_output=True, timeout=240)


@pytest.mark.slow
def test_a_replayed_report_is_made_again_from_nothing(
    tmp_path: Path, shell: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    store = Store(Path("our runs"))
    bring(store, [read_table(path) for path in example() if "setfit" in path.name])
    asked = ask("setfit-amazon", store, encoder="sentence-transformers/paraphrase-multilingual-mpnet-base-v2")
    first = asked_record(store, asked, baseline=BASELINE)[0]
    (command,) = first.reproduce
    (tmp_path / "there").mkdir()
    pasted(f"{command} --folder paper", tmp_path / "there", shell)
    again = msgspec.json.decode((tmp_path / "there/paper/report.json").read_bytes(), type=Record)
    assert (tmp_path / "there/our runs").is_dir()
    assert again.answer == first.answer and again.reproduce == first.reproduce
    assert [row["mean"] for row in again.gains] == [row["mean"] for row in first.gains]


@pytest.mark.slow
def test_tables_of_ones_own_are_named_and_found_beside(tmp_path: Path, shell: dict[str, str]) -> None:
    """The names come from anybody's tables; the shell must take them for words."""
    rows = [
        f"s,x; touch y #,{route},sequential,t,{lang},{seed},acc,{score}"
        for seed in (1, 2)
        for lang in ("de", "sw")
        for route, score in (("none", 50 + seed), ("ud", 53 + 2 * seed))
    ]
    path = tmp_path / "a b`.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    store = Store(tmp_path / "there")
    bring(store, [read_table(path)])
    comment, command = reproduce(ask("s", store), store)
    assert comment.startswith("# ") and "SHA-256" in comment and "\n" not in comment
    assert command.startswith("xstilts replay 'a b`.csv' --store ")
    pasted(f"{comment}\n{command}", tmp_path, shell)
    assert (tmp_path / "report.html").is_file() and not (tmp_path / "y").exists()


def test_a_study_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    file = "mine/my study.toml"
    asked = Asked(name="lab-demo", table=synthetic(), study=load_study("lab-demo"), what=file)
    assert reproduce(asked, Store(Path("runs"))) == (f"xstilts run '{file}' && xstilts report '{file}'",)
    (told,) = reproduce(asked, Store(tmp_path), baseline="mnli")
    run, report = f"xstilts run '{file}'", f"xstilts report '{file}' --baseline mnli"
    assert told == f"{run} --store {tmp_path} && {report} --store {tmp_path}"


def test_a_table_of_scores_is_its_own_source(tmp_path: Path) -> None:
    path = write_table(synthetic().with_columns(reading=pl.lit("")), tmp_path / "scores.csv")
    written, _, found = asked_record(Store(Path("runs")), ask(str(path), Store(tmp_path)), baseline="mnli")
    assert written.reproduce == (f"xstilts report {path} --baseline mnli",)
    assert f"```sh\nxstilts report {path} --baseline mnli\n```" in markdown(written, found)
