"""`xstilts score --submission`: a leaderboard's folder that is there, scored with the exams' gold; what it lacks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from xstilts.languages import benchmarks

NLI = [{"premise": "Ann sleeps.", "hypothesis": f"Ann is {what}.", "label": i} for i, what in enumerate("abc")]
ASKED = [{"id": f"q{i}", "title": "", "question": "?", "context": "die alte Mühle",
          "answers": {"text": ["Mühle"], "answer_start": [9]}} for i in range(2)]  # fmt: skip
FOUND = [
    {"source_sentence": "die Katze", "target_sentence": "the cat"},
    {"source_sentence": "da", "target_sentence": "a"},
]
CHOICES = [{"premise": "p", "question": "cause", "choice1": "x", "choice2": "y", "label": i} for i in (0, 1)]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gold of three tasks on a tiny mirror, and a submission of two: right in English, wrong once elsewhere."""
    mirror, out = tmp_path / "mirror", tmp_path / "mine"
    for lang in benchmarks.XTREME["xnli"]:
        write(mirror / f"xnli/{lang}.test.jsonl.gz", NLI)
        last = "contradiction" if lang == "en" else "neutral"
        put(out / f"xnli/test-{lang}.tsv", f"entailment\nneutral\n{last}\n")
    for lang in benchmarks.XTREME["mlqa"]:
        write(mirror / f"mlqa/{lang}.test.jsonl.gz", ASKED)
        # An article that MLQA drops in German alone.
        put(out / f"mlqa/test-{lang}.json", json.dumps({"q0": "Mühle", "q1": "Die Mühle."}))
    for lang in benchmarks.XTREME["tatoeba"]:
        write(mirror / f"tatoeba/{lang}.test.jsonl.gz", FOUND)
    for lang in benchmarks.XTREME_R["xcopa"]:
        write(mirror / f"xcopa/{lang}.test.jsonl.gz", CHOICES)
    monkeypatch.setenv("XSTILTS_DATA", str(mirror))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return out


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_part_of_a_benchmark_is_scored_and_called_a_part(xstilts, folder: Path) -> None:
    said = xstilts("score", "--submission", folder, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["case"] == "mine" and told["task"] == "suite_xtreme" and told["error"] is None
    metrics = told["metrics"]
    assert metrics["languages"]["xnli"]["accuracy"]["en"] == 100
    assert metrics["languages"]["xnli"]["accuracy"]["ur"] == pytest.approx(200 / 3)
    assert metrics["tasks"]["xnli"]["avg_metric"] == pytest.approx((100 + 14 * 200 / 3) / 15)
    assert metrics["transfer_gap"]["xnli"]["accuracy"] == pytest.approx(100 / 3)
    exact = metrics["languages"]["mlqa"]["exact_match"]
    assert exact["de"] == 100 and exact["en"] == 50 and metrics["overall"] == {}
    assert set(told["holes"]) == {"pawsx", "udpos", "panx", "xquad", "tydiqa", "bucc2018", "tatoeba"}
    assert any("xnli de: 3 rows, and the leaderboard has 5,010" in note for note in told["notes"])
    said = xstilts("score", "--submission", folder)
    assert said.code == 0 and "68.89" in said.out and "+33.33" in said.out
    assert "This is a part of XTREME: 2 of 9 exams" in said.out and "pawsx: nothing" in said.out


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("xnli/test-sw.tsv", None, "xnli/test-sw.tsv is missing. The average of xnli is over 15 languages."),
        ("xnli/test-sw.tsv", "entailment\nneutral\n", "xnli/test-sw.tsv:3: the file ends here, with 2 lines for 3"),
        ("xnli/test-sw.tsv", "entailment\nneutrl\nneutral\n", "xnli/test-sw.tsv:2: 'neutrl' is none of entailment"),
        ("mlqa/test-zh.json", '{"q0": "x"}', "mlqa/test-zh.json: there is no answer for 'q1'; 1 of 2 are missing"),
        ("tatoeba/test-de.tsv", "1\n0\n", "tatoeba/test-ar.tsv is missing, and 34 more of this task"),
    ],
)
def test_what_is_wrong_in_a_submission(xstilts, folder: Path, file: str, text: str | None, wrong: str) -> None:
    if text is None:
        (folder / file).unlink()
    else:
        put(folder / file, text)
    said = xstilts("score", "--submission", folder)
    assert said.code == 1 and wrong in said.err.replace("\n", " "), said.err
    said = xstilts("score", "--submission", folder, "--json")
    told = json.loads(said.out)
    assert said.code == 1 and told["metrics"] is None and wrong in told["error"]


def test_lenient_leaves_holes(xstilts, folder: Path) -> None:
    put(folder / "tatoeba/test-de.tsv", "1\n1\n")
    put(folder / "xnli/test-xx.tsv", "neutral\n")
    (folder / "xnli/test-sw.tsv").unlink()
    told = json.loads(xstilts("score", "--submission", folder, "--lenient", "--json").out)
    assert told["metrics"]["languages"]["tatoeba"] == {"accuracy": {"de": 50.0}}
    assert set(told["metrics"]["tasks"]) == {"mlqa"} and told["holes"]["xnli"] == ["sw"]
    assert "not of this benchmark and not read: xnli/test-xx.tsv" in told["notes"]
    said = xstilts("score", "--submission", folder, "--lenient")
    assert "no average: languages are missing" in said.out and "xnli: not sw" in said.out


def test_folders_that_are_none(xstilts, folder: Path, tmp_path: Path) -> None:
    assert "Nothing to score" in xstilts("score").err
    assert "There is no folder" in xstilts("score", "--submission", tmp_path / "no").err
    (tmp_path / "empty").mkdir()
    assert "holds no file of XTREME" in xstilts("score", "--submission", tmp_path / "empty").err
    assert "'xtrem'" in xstilts("score", "--submission", folder, "--suite", "xtrem").err


def test_another_benchmark(xstilts, folder: Path) -> None:
    for lang in benchmarks.XTREME_R["xcopa"]:
        put(folder / f"xcopa/test-{lang}.jsonl", '{"label": 0}\n{"label": 0}\n')
    told = json.loads(xstilts("score", "--submission", folder, "--suite", "xtreme-r", "--json").out)
    assert told["metrics"]["overall"] == {"classification": pytest.approx((50 + 68.8888889) / 2), "multi_choice": 50}
