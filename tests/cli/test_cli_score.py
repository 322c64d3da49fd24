"""score: cases in folders, as a table and as JSON, exit codes, and what a word on the command line means."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from xstilts.errors import UnknownName
from xstilts.studies.records import scores
from xstilts.studies.records.store import Store


def case(folder: Path, name: str, predictions: list[str], accuracy: float | None = None, accept: str = "value") -> Path:
    place = folder / name
    place.mkdir(parents=True)
    (place / "gold.jsonl").write_text('{"id": "0", "label": "a"}\n{"id": "1", "label": "b"}\n')
    rows = [{"id": str(number), "label": label} for number, label in enumerate(predictions)]
    (place / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if accuracy is not None:
        told = {"task": "xnli", "language": "de", "metrics": {"accuracy": accuracy}, "accept": [accept]}
        (place / "expected.json").write_text(json.dumps(told))
    return place


def test_a_case_as_expected(xstilts, tmp_path: Path) -> None:
    said = xstilts("score", case(tmp_path, "xnli.de.1", ["a", "x"], 50))
    assert said.code == 0 and "accuracy 50.00" in said.out and "1 case: 1 as expected." in said.out


def test_a_folder_of_cases_and_its_exit_code(xstilts, tmp_path: Path) -> None:
    case(tmp_path, "xnli.de.1", ["a", "x"], 50)
    case(tmp_path, "xnli.de.2", ["a", "x"])
    assert xstilts("score", tmp_path).code == 0
    case(tmp_path, "xnli.de.3", ["a"], 0, "error")
    assert xstilts("score", tmp_path).code == 0
    case(tmp_path, "xnli.de.4", ["a", "x"], 51)
    said = xstilts("score", tmp_path)
    assert said.code == 1 and "accuracy is 50, expected 51" in said.out
    assert "4 cases: 2 as expected, 1 not as expected, 1 scored, nothing expected." in said.out


def test_one_bad_case_stops_no_other(xstilts, tmp_path: Path) -> None:
    case(tmp_path, "xnli.de.1", ["a"])
    case(tmp_path, "xnli.de.2", ["a", "b"])
    said = xstilts("score", "--json", tmp_path)
    first, second = map(json.loads, said.out.splitlines())
    assert said.code == 1
    assert first["metrics"] is None and "gold.jsonl:2 has no counterpart" in first["error"] and first["agrees"] is None
    assert second == {
        "case": "xnli.de.2", "task": "xnli", "language": "de", "metrics": {"accuracy": 100.0}, "agrees": None,
        "error": None,
    }  # fmt: skip


def test_json_is_strict_and_alone(xstilts, tmp_path: Path) -> None:
    folder = case(tmp_path, "xtreme_up_semantic_parsing.am.1", [])
    (folder / "gold.jsonl").write_text("")
    said = xstilts("score", "--json", "--lenient", folder)
    assert json.loads(said.out)["metrics"] == {"sequence_accuracy": None}
    (folder / "gold.jsonl").write_text('{"id": "\\ud800\\u001b[31m"}\n')
    told = json.loads(xstilts("score", "--json", folder).out)
    assert told["agrees"] is None and told["error"]
    assert xstilts("score", folder).code == 1


def test_lenient_task_and_language(xstilts, tmp_path: Path) -> None:
    folder = case(tmp_path, "mine", ["b", "a"])
    assert "There is no task 'mine'" in xstilts("score", folder).out
    said = xstilts("score", "--json", "--task", "xnli", "--lang", "de", folder)
    assert said.code == 0 and json.loads(said.out)["metrics"] == {"accuracy": 0.0}
    (folder / "gold.jsonl").write_text('{"id": "x", "label": "b"}\n\n{"id": "y", "label": "b"}\n')
    assert xstilts("score", "--task", "xnli", folder).code == 1
    assert "accuracy 50.00" in xstilts("score", "--task", "xnli", "--lenient", folder).out


def test_what_a_word_means(xstilts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case(tmp_path / "lab", "xnli.de.1", ["a", "b"])
    assert "1 case" in xstilts("score", "./lab").out
    # `lab` ships: the name means the study.
    assert "No exam of lab is finished" in xstilts("score", "lab").err
    case(tmp_path / "mine", "xnli.de.1", ["a", "b"])
    assert "1 case" in xstilts("score", "mine").out
    assert "There is no folder ./nowhere" in xstilts("score", "./nowhere").err
    assert "There is no study 'nowhere'" in xstilts("score", "nowhere").err
    assert "Give the folder" in xstilts("score", "mine/xnli.de.1/gold.jsonl").err
    (tmp_path / "empty").mkdir()
    said = xstilts("score", "empty")
    assert said.code == 1 and "holds neither cases nor runs" in said.err


def test_runs_by_their_folders(xstilts, finished: Path) -> None:
    store = Store(finished)
    digest = next(run.digest for run in store.runs() if run.kind == "test")
    every = xstilts("score", finished).out
    assert "12 exams scored again: every score is as it was recorded." in every
    assert xstilts("score", finished / "runs").out == every
    one = xstilts("score", finished / "runs" / digest).out
    assert "1 exam scored again" in one
    run = store.read(digest)
    for lang, metrics in run.scores.items():
        line = next(line for line in one.splitlines() if f" {lang} " in line)
        assert all(f"{name} {value:.2f}" in line for name, value in metrics.items()), "a table, not only a verdict"
        assert f"{run.label}, seed {run.seed}" in line
    path = finished / "runs" / digest / "record.json"
    told = json.loads(path.read_text())
    lang = next(iter(told["scores"]))
    right = dict(told["scores"][lang])
    told["scores"][lang] = dict.fromkeys(right, 1.25)
    path.write_text(json.dumps(told))
    lines = [json.loads(line) for line in xstilts("score", "--json", finished / "runs" / digest).out.splitlines()]
    assert {line["language"]: line["agrees"] for line in lines}[lang] is False
    assert store.read(digest).scores[lang] == right
    path.write_text(json.dumps(told))
    said = xstilts("score", finished / "runs" / digest).out
    assert "was" in said.splitlines()[0] and "1.25" in said.splitlines()[2], "what changed stands first"
    trained = next(run.digest for run in store.runs() if run.kind == "train")
    assert "only train have no scores" in xstilts("score", finished / "runs" / trained).err


def test_a_run_of_a_task_of_ones_own_says_how_its_exam_is_found(
    xstilts, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(name: str) -> None:
        raise UnknownName(f"There is no exam {name!r}.", way_out="Known: …")

    monkeypatch.setattr(scores, "exam", nobody)
    said = xstilts("score", finished)
    assert said.code == 1 and "There is no exam 'lab-" in said.err
    assert "xstilts score STUDY.toml" in said.err and "XSTILTS_TASKS" in said.err


def test_cases_are_scored_without_torch(tmp_path: Path) -> None:
    folder = case(tmp_path, "xnli.de.1", ["a", "x"], 50)
    program = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'tokenizers'): sys.modules[name] = None\n"
        "from xstilts.cli.main import main\n"
        f"main(['score', '--json', {str(folder)!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["agrees"] is True
