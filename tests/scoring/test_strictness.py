"""What is refused although the official programs would not notice: one way each in which a pair can be spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xstilts.scoring.cases import Outcome, score_case

Rows = list[dict[str, Any]]
LABELS = [{"id": str(place), "label": label} for place, label in enumerate("abc")]
TAGS = [{"id": str(place), "tags": ["B-PER", "O"]} for place in range(3)]
CHOICES = [{"id": str(place), "label": place % 2} for place in range(3)]


@pytest.fixture
def scored(tmp_path: Path) -> Callable[..., Outcome]:
    """Score a case of files as they are given: rows, text or bytes."""

    def of(task: str, *, lenient: bool = False, params: dict[str, Any] | None = None, **files: Any) -> Outcome:
        folder = tmp_path / f"{task}.de.1"
        folder.mkdir(exist_ok=True)
        for name, value in files.items():
            if isinstance(value, list):
                value = "".join(json.dumps(row) + "\n" for row in value)
            (folder / f"{name}.jsonl").write_bytes(value if isinstance(value, bytes) else value.encode())
        told = {"task": task, "language": "de", "params": params or {}}
        (folder / "expected.json").write_text(json.dumps(told))
        return score_case(folder, lenient=lenient)

    return of


@pytest.mark.parametrize(
    ("task", "rows"), [("xnli", LABELS), ("pawsx", LABELS), ("tatoeba", LABELS), ("xcopa", CHOICES), ("panx", TAGS)]
)
def test_ids_of_rows_side_by_side(scored, task: str, rows: Rows) -> None:
    twice = [*rows[:2], {**rows[2], "id": "0"}]
    found = scored(task, gold=twice, predictions=twice)
    assert "gold.jsonl:3: the id '0' was there before, at gold.jsonl:1" in found.error
    assert scored(task, gold=twice, predictions=twice, lenient=True).metrics is not None
    found = scored(task, gold=rows, predictions=twice)
    assert "predictions.jsonl:3: the id '0' was there before" in found.error
    bare = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    found = scored(task, gold=rows, predictions=[*rows[:2], bare[2]])
    assert "predictions.jsonl:3: there is no field 'id', but predictions.jsonl:1 has one" in found.error
    assert scored(task, gold=rows, predictions=bare).metrics is not None
    for strange in (None, ["0"], 0.5):
        found = scored(task, gold=rows, predictions=[{**rows[0], "id": strange}, *rows[1:]])
        assert "predictions.jsonl:1: 'id' must be text or a whole number" in found.error


def test_ids_of_searched_sentences(scored, tmp_path: Path) -> None:
    gold = [{"id": "0", "label": "0"}, {"id": "0", "label": "1"}]
    (tmp_path / "tatoeba.de.1").mkdir()
    for name in ("src", "eng"):
        np.save(tmp_path / "tatoeba.de.1" / f"{name}.npy", np.eye(2, dtype=np.float32))
    assert "gold.jsonl:2: the id '0' was there before" in scored("tatoeba", gold=gold).error
    assert scored("tatoeba", gold=gold, lenient=True).metrics == {"accuracy": 100}


@pytest.mark.parametrize(
    ("task", "gold", "said"),
    [("xquad", {"answers": ["x"]}, {"prediction_text": "x"}),
     ("squad_v2", {"answers": ["x"]}, {"prediction_text": "x"}), ("mewslix", {"entities": ["x"]}, {"ranking": ["x"]}),
     ("lareqa", {"targets": ["x"]}, {"ranking": ["x"]})],
)  # fmt: skip
def test_predictions_for_unknown_ids_are_looked_at(
    scored, task: str, gold: dict[str, Any], said: dict[str, Any]
) -> None:
    rows = [{"id": "a", **said}, {"id": "z", **said}]
    assert scored(task, gold=[{"id": "a", **gold}], predictions=rows).metrics is not None
    for field in (None, 3):
        rows[1] = {"id": "z", next(iter(said)): field}
        found = scored(task, gold=[{"id": "a", **gold}], predictions=rows)
        assert found.error.startswith("predictions.jsonl:2: ")


def test_passages_may_be_wanted_twice(scored) -> None:
    gold, said = [{"id": "p1"}, {"id": "p1"}], [{"prediction": ["p1"]}] * 2
    assert scored("xtreme_up_retrieval_in_lang", gold=gold, predictions=said).metrics == {"mrr": 1}


@pytest.mark.parametrize("line", ['{"id": "0", "label": "a", "label": "b"}', '{"id": "0", "id": "0", "label": "a"}'])
def test_fields_that_come_twice(scored, line: str) -> None:
    found = scored("xnli", gold=LABELS[:1], predictions=line)
    assert "predictions.jsonl:1: the field" in found.error and "comes twice" in found.error
    assert scored("xnli", gold=LABELS[:1], predictions=line, lenient=True).metrics is not None


@pytest.mark.parametrize("label", [7, -1, 2, 0.0, "0", True, None])
def test_a_choice_of_two_is_0_or_1(scored, label: object) -> None:
    found = scored("xcopa", gold=CHOICES, predictions=[*CHOICES[:2], {"id": "2", "label": label}])
    assert found.error.startswith("predictions.jsonl:3: 'label' must be")
    assert "gold.jsonl:1" in scored("xcopa", gold=[{"id": "0", "label": 7}], predictions=CHOICES[:1]).error


@pytest.mark.parametrize("chance", ["NaN", "Infinity", "-Infinity", '"0.5"', "null", "true", "1" + "0" * 400])
def test_a_probability_is_a_finite_number(scored, chance: str) -> None:
    line = f'{{"id": "a", "prediction_text": "x", "no_answer_probability": {chance}}}\n'
    found = scored("squad_v2", gold=[{"id": "a", "answers": ["x"]}], predictions=line)
    assert found.error.startswith("predictions.jsonl:1: 'no_answer_probability' must be a")


@pytest.mark.parametrize(
    ("task", "params", "wrong"),
    [
        ("lareqa", {"k": -1}, "the parameter k is -1. Give a whole number from 1 on"),
        ("lareqa", {"k": 0}, "the parameter k is 0"),
        ("lareqa", {"k": "20"}, "the parameter k is '20'"),
        ("lareqa", {"k": True}, "the parameter k is True"),
        ("squad_v2", {"na_prob_thresh": "high"}, "the parameter na_prob_thresh is 'high'. Give a number"),
        ("squad_v2", {"na_prob_thresh": float("nan")}, "the parameter na_prob_thresh is nan"),
        ("squad_v2", {"use_na_probs": "yes"}, "the parameter use_na_probs is 'yes'. Give true or false"),
        ("suite_xtreme", {"version": "xtreme-x"}, "the parameter version is 'xtreme-x'. Give one of xtreme, xtreme-r"),
        ("suite_xtreme", {"version": 2}, "the parameter version is 2"),
    ],
)
def test_parameters(scored, task: str, params: dict[str, Any], wrong: str) -> None:
    gold = [{"id": "a", "targets": ["x"], "answers": ["x"]}]
    said = [{"id": "a", "ranking": ["x"], "prediction_text": "x", "no_answer_probability": 0.5}]
    found = scored(task, gold=gold, predictions=said, params=params)
    assert found.error.startswith("expected.json: ") and wrong in found.error and "\n" not in found.error
    if not task.startswith("suite"):
        assert scored(task, gold=gold, predictions=said, params=dict.fromkeys(params)).metrics is not None


@pytest.mark.parametrize("params", [{"k": 1.5}, {"margin": "wide"}, {"margin": 3}, {"retrieval": "fwd"}])
def test_parameters_of_mining(scored, params: dict[str, Any]) -> None:
    found = scored("bucc2018", gold=[], predictions=[], sentences=[], params=params)
    assert f"expected.json: the parameter {next(iter(params))} is" in found.error


def test_parts_of_mining(scored) -> None:
    gold = [{"split": "train", "src_id": "a", "trg_id": "b"}]
    found = scored("bucc2018", gold=gold, predictions=[], sentences=[])
    assert "gold.jsonl:1: 'split' must be dev or test" in found.error


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("task", "row", "name"),
    [("xnli", {"label": "neutral\n"}, "label"), ("pawsx", {"label": "0\r1"}, "label"),
     ("panx", {"tags": ["O", "B-PER\nO"]}, "tags"), ("bucc2018", {"src_id": "a\nb", "trg_id": "c"}, "src_id")],
)  # fmt: skip
def test_what_is_a_line_officially_is_one(scored, task: str, row: dict[str, Any], name: str, lenient: bool) -> None:
    found = scored(task, gold=[row], predictions=[row], lenient=lenient)
    assert f".jsonl:1: '{name}' is more than one line" in found.error


# ── whole benchmarks ──


def up(task: str, metric: str, lang: str = "sw", score: float | None = 50.0) -> dict[str, Any]:
    return {"task": task, "language": lang, "metric": metric, "score": score}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([up("nre", "Span_F1")], "scores.jsonl:1: There is no task of XTREME-UP 'nre'. Did you mean 'ner'"),
        ([up("ner", "Span_F1"), up("ner", "CER", "zu")], "scores.jsonl:2: 'metric' must be Span_F1"),
        ([up("asr", "CER")], "scores.jsonl:1: 'metric' must be CER_normalized"),
        ([up("ner", "span_f1"), up("ner", "Span_F1")], "scores.jsonl:2: ner in sw has a score before, at scores.jsonl"),
        ([up("ner", "Span_F1", score=float("nan"))], "scores.jsonl:1: 'score' must be a finite number"),
        ([], "nothing to score"),
    ],
)
def test_scores_of_xtreme_up(scored, rows: Rows, wrong: str) -> None:
    assert wrong in scored("suite_xtreme_up", scores=rows).error


def test_lenient_scores_of_xtreme_up_are_taken_as_the_official_reader_takes_them(scored) -> None:
    found = scored("suite_xtreme_up", scores=[up("nre", "Span_F1"), up("asr", "CER")], lenient=True)
    assert found.metrics is not None and found.metrics["tasks"] == {"nre": 50, "asr": 50}
    assert scored("suite_xtreme_up", scores=[], lenient=True).metrics["total_official_code"] == 0


@pytest.mark.parametrize("task", ["suite_xtreme", "suite_xtreme_r"])
def test_a_benchmark_of_which_nothing_is_there(scored, task: str) -> None:
    assert "nothing to score" in scored(task, scores=[]).error
    assert scored(task, scores=[], lenient=True).metrics["overall"] == {}
    strange = [{"task": "xnly", "language": "de", "metrics": {"accuracy": 50.0}}]
    found = scored(task, scores=strange)
    assert "nothing to score" in found.error and "not counted: xnly de" in found.error
    strange[0] = {"task": "xnli", "language": "de", "metrics": {"accuracy": float("inf")}}
    assert "scores.jsonl:1: 'accuracy' must be a finite number" in scored(task, scores=strange).error


def test_a_benchmark_from_nothing(scored) -> None:
    for task in ("suite_xtreme", "suite_xtreme_r", "suite_xtreme_up"):
        assert "nothing to score" in scored(task, gold=[], predictions=[]).error


# ── files ──


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        (b'\xef\xbb\xbf{"id": "0", "label": "a"}\n', "predictions.jsonl:1: is not valid JSON"),
        (b'{"id": "0", "label": "a"', "predictions.jsonl:1: is not valid JSON"),
        (b'{"id": "0", "label": "a"} {"id": "1", "label": "a"}', "predictions.jsonl:1: is not valid JSON"),
        (b"entailment\n", "predictions.jsonl:1: is not valid JSON"),
        (b'"a"\n', "predictions.jsonl:1: must be a JSON object"),
        (b"null\n", "predictions.jsonl:1: must be a JSON object"),
        (b'{"id": "0", "label": "\xe9"}\n', "predictions.jsonl:1: is not UTF-8"),
        (b'\n{"id": "0", "label": "a"}\n', "predictions.jsonl:1: the line is empty"),
        (b"", "gold.jsonl:1 has no counterpart"),
        (b"\n \n\t\n", "gold.jsonl:1 has no counterpart"),
    ],
)
def test_files(scored, raw: bytes, wrong: str) -> None:
    assert wrong in scored("xnli", gold=LABELS[:1], predictions=raw).error


@pytest.mark.parametrize(
    "raw", [b'{"id": "0", "label": "a"}\r\n', b'{"id": "0", "label": "a"}\n\n \r\n', b'\t{"label": "a"} ']
)
def test_ends_of_lines_do_not_matter(scored, raw: bytes) -> None:
    assert scored("xnli", gold=LABELS[:1], predictions=raw).metrics == {"accuracy": 100}


def test_questions_that_come_twice(scored) -> None:
    gold = [{"id": "a", "answers": ["กรุงเทพฯ"]}, {"id": "a", "answers": ["上海"]}]
    said = [{"id": "a", "prediction_text": "上海"}]
    found = scored("xquad", gold=gold, predictions=said)
    assert "gold.jsonl:2: the id 'a' was there before, at gold.jsonl:1" in found.error
    assert "--lenient: then both count" in found.error
    assert scored("xquad", gold=gold, predictions=said, lenient=True).metrics == {"exact_match": 50, "f1": 50}
    found = scored("xquad", gold=gold[1:], predictions=[{"id": "a", "prediction_text": "?"}, *said])
    assert "predictions.jsonl:2: the id 'a'" in found.error and "then the last one counts" in found.error
    twice = [{"id": "a", "prediction_text": "?"}, *said]
    assert scored("xquad", gold=gold[1:], predictions=twice, lenient=True).metrics == {"exact_match": 100, "f1": 100}
