"""`xstilts export`: stored predictions of a study of real exams, as a submission folder with its holes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import cli_fakes
import pytest

from xstilts.cli import export as verb
from xstilts.languages import benchmarks
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.scores import score
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.tasks import suite
from xstilts.tasks.submission import reread
from xstilts.tasks.suites import Part, Suite

STUDY = """
name = "real"
encoder = "{encoder}"
seeds = [1, 2]
exams = ["xnli", "tatoeba"]
languages = ["de", "sw"]
[intermediates]
snli = "mnli"
"""
NLI = [{"premise": "Ann sleeps.", "hypothesis": f"Ann is {what}.", "label": i} for i, what in enumerate("abc")]
FOUND = [
    {"source_sentence": "die Katze", "target_sentence": "the cat"},
    {"source_sentence": "da", "target_sentence": "a"},
]


def write(mirror: Path, name: str, rows: list[dict[str, Any]]) -> None:
    path = mirror / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of real exams on a tiny mirror, whose encoder is never loaded."""
    mirror = tmp_path / "mirror"
    for split in ("train", "validation"):
        write(mirror, f"mnli/en.{split}", NLI)
    for lang in benchmarks.XTREME["xnli"]:
        write(mirror, f"xnli/{lang}.test", NLI)
    for lang in ("de", "sw"):
        write(mirror, f"tatoeba/{lang}.test", FOUND)
    monkeypatch.setenv("XSTILTS_DATA", str(mirror))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    path = tmp_path / "real.toml"
    path.write_text(STUDY.format(encoder=cli_fakes.make_encoder(tmp_path / "enc")))
    return path


def finish(study: Path, root: Path, *, wanted: tuple[str, ...] = ("xnli", "tatoeba")) -> None:
    """Store predictions of all tests: of the first seed right, of the others the first label throughout."""
    planned, store = plan(load_study(study)), Store(root)
    for step in planned.steps:
        if step.exam not in wanted:
            continue
        said: dict[str, list[Any]] = {}
        for lang in step.languages:
            rows = planned.exams[step.exam].test.read(lang)
            right = [row.label if step.exam == "xnli" else (row.gold[0] if row.gold else None) for row in rows]
            said[lang] = right if step.exam != "xnli" or step.seed == 1 else ["entailment"] * len(rows)
            store.write_predictions(step.digest, lang, [row.id for row in rows], said[lang])
        scores, n = score(planned.exams[step.exam], said)
        store.write(
            Run(
                digest=step.digest, kind="test", label=step.label, study="real", encoder="enc", exams=(step.exam,),
                seed=step.seed, scores=scores, n=n,
            )
        )  # fmt: skip


def test_a_part_is_called_a_part_and_reads_back(xstilts, real: Path, tmp_path: Path) -> None:
    finish(real, tmp_path / "runs")
    out = tmp_path / "out"
    said = xstilts("export", real, "--store", tmp_path / "runs", "--submission", out, "--route", "snli", "--seed", 1)
    assert said.code == 0, said.err
    assert "4 files in" in said.out and "route snli, seed 1. They read back as they were." in said.out
    assert (
        "This is a part of XTREME: 0 of 9 exams, 4 of 162 pairs" in said.out and "submission to XTREME" not in said.out
    )
    assert "pawsx: nothing" in said.out and "xnli: not ar bg el en es" in said.out
    assert "xnli de: 3 rows, and the leaderboard has 5,010" in said.out
    assert (out / "xnli/test-de.tsv").read_text() == "entailment\nneutral\ncontradiction\n"
    assert (out / "tatoeba/test-sw.tsv").read_text() == "1\n0\n"
    assert sorted(path.name for path in out.iterdir()) == ["tatoeba", "xnli"]
    planned = plan(load_study(real))
    rows = {name: {"de": planned.exams[name].test.read("de")} for name in ("xnli", "tatoeba")}
    again = reread(out, suite("xtreme"), rows)
    assert all(planned.exams[name].form.score(again[name]["de"], rows[name]["de"])["accuracy"] == 100 for name in rows)


def test_another_seed_is_another_submission(xstilts, real: Path, tmp_path: Path) -> None:
    finish(real, tmp_path / "runs", wanted=("xnli",))
    said = xstilts("export", real, "--store", tmp_path / "runs", "--submission", tmp_path / "out", "--seed", 2)
    assert said.code == 0, said.err
    assert "route none, seed 2" in said.out and "tatoeba: nothing" in said.out
    assert (tmp_path / "out/xnli/test-sw.tsv").read_text() == "entailment\n" * 3


def test_a_whole_suite_bears_its_name_if_its_files_are_of_the_official_size(
    xstilts, real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(real, tmp_path / "runs")
    to = ("--store", tmp_path / "runs", "--seed", 1, "--submission")
    for rows, said in ((3, "a submission to Small, with every exam"), (5_010, "no leaderboard takes it:")):
        part = Part(task="xnli", exam="xnli", group="g", languages=("de", "sw"), metrics=("accuracy",), rows=rows)
        monkeypatch.setattr(verb, "suite", lambda name, part=part: Suite(name=name, title="Small", parts=(part,)))
        assert said in xstilts("export", real, *to, tmp_path / f"out{rows}").out


def test_what_cannot_be_exported_is_said(xstilts, real: Path, study: Path, tmp_path: Path) -> None:
    to = ("--store", tmp_path / "runs", "--submission", tmp_path / "out")
    assert "--seed with one of 1, 2" in xstilts("export", real, *to).err
    said = xstilts("export", real, *to, "--seed", 1)
    assert said.code == 1 and "No exam of XTREME is finished on route 'none' with seed 1" in said.err
    assert not (tmp_path / "out").exists()
    assert "route of this study" in xstilts("export", real, *to, "--seed", 1, "--route", "mnli").err
    assert "seed of this study" in xstilts("export", real, *to, "--seed", 3).err
    assert "has no exam of XTREME" in xstilts("export", study, *to, "--seed", 1).err
    assert "'xtreme'" in xstilts("export", real, *to, "--suite", "xtrem").err
    finish(real, tmp_path / "runs")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("")
    assert "is not empty" in xstilts("export", real, *to, "--seed", 1).err
