"""Our scores against the official scorers' answers on the golden cases.

XSTILTS_GOLDEN names their folder, or they stand in shared/golden beside the repository; else these tests skip.
Every case goes through `xstilts score`; those of tasks that the forms know go through the forms too, from their values
and vectors to the score. (The forms have no probabilities for "no answer", no normal form of MLQA and no suites.)
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from xstilts.cli.main import main
from xstilts.forms import Classify, Line, Question, Retrieve, Rows, Sentence, Span, Tag, Text
from xstilts.scoring.cases import score_case
from xstilts.scoring.chunks import chunk_scores

COVERED = ("xnli", "pawsx", "tatoeba", "udpos", "panx", "xquad", "tydiqa", "squad_v2", "bucc2018")


def folder() -> Path | None:
    """Where the cases are, if they are here."""
    named = os.environ.get("XSTILTS_GOLDEN")
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "golden"
    for place in [Path(named)] if named else [beside]:
        if place.is_dir():
            return place
    return None


GOLDEN = folder()
ALL = sorted(one.name for one in GOLDEN.iterdir() if one.is_dir()) if GOLDEN else []
CASES = [one for one in ALL if one.startswith(COVERED)]
pytestmark = pytest.mark.skipif(not ALL, reason="no golden cases: set XSTILTS_GOLDEN to their folder")


def lines(case: str, name: str) -> list[dict[str, Any]]:
    assert GOLDEN is not None
    return [json.loads(line) for line in (GOLDEN / case / name).read_text("ascii").splitlines()]


def expected(case: str) -> dict[str, Any]:
    assert GOLDEN is not None
    found: dict[str, Any] = json.loads((GOLDEN / case / "expected.json").read_text("ascii"))
    return found


def vectors(case: str, name: str) -> np.ndarray:
    assert GOLDEN is not None
    found: np.ndarray = np.load(GOLDEN / case / f"{name}.npy", allow_pickle=False)
    return found


def agree(scores: Mapping[str, float], case: str, names: Mapping[str, str]) -> None:
    """Our metrics (keys) equal the official ones (values) within the case's tolerance."""
    wanted = expected(case)
    for ours, official in names.items():
        assert scores[ours] == pytest.approx(wanted["metrics"][official], abs=wanted["tolerance"]), ours


def of(*tasks: str) -> list[str]:
    return [case for case in CASES if case.startswith(tasks)]


def has(case: str, name: str) -> bool:
    return GOLDEN is not None and (GOLDEN / case / name).exists()


@pytest.mark.parametrize("options", [[], ["--lenient"]], ids=["strict", "lenient"])
def test_the_command_agrees_with_every_case(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["score", "--json", *options, str(GOLDEN)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    differ = [(one["case"], one["error"], one.get("why")) for one in told if one["agrees"] is not True]
    assert not differ and not ended.value.code
    assert [one["case"] for one in told] == ALL


@pytest.mark.parametrize("case", ALL)
def test_a_case_agrees(case: str) -> None:
    assert GOLDEN is not None
    found = score_case(GOLDEN / case)
    assert found.agrees is True, (found.error, found.why)


def test_nothing_is_peeked_at(tmp_path: Path) -> None:
    """Without its expectation (the parameters stay) a case gets the same scores, to the last bit."""
    assert GOLDEN is not None
    for case in ALL:
        folder = tmp_path / case
        folder.mkdir()
        for file in (GOLDEN / case).iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        told = expected(case)
        (folder / "expected.json").write_text(json.dumps({key: told[key] for key in ("task", "language", "params")}))
        assert score_case(folder).metrics == score_case(GOLDEN / case).metrics, case


@pytest.mark.parametrize("case", of("xnli", "pawsx", "tatoeba"))
def test_labels(case: str) -> None:
    gold = [Text(one["id"], ("x",), one["label"].strip()) for one in lines(case, "gold.jsonl")]
    form = Classify(tuple(sorted({str(one.label) for one in gold})), fields=("text",))
    found = [one["label"].strip() for one in lines(case, "predictions.jsonl")]
    agree(form.score(found, gold), case, {"accuracy": "accuracy"})


@pytest.mark.parametrize("case", of("udpos", "panx"))
def test_tags(case: str) -> None:
    gold = [Sentence(one["id"], tuple(one["tags"]), tuple(one["tags"])) for one in lines(case, "gold.jsonl")]
    found = [one["tags"] for one in lines(case, "predictions.jsonl")]
    agree(Tag(()).score(found, gold), case, {"f1": "f1"})
    scores = chunk_scores(found, [one.tags for one in gold])
    agree(scores, case, {"f1": "f1", "precision": "precision", "recall": "recall"})


@pytest.mark.parametrize("case", of("xquad", "tydiqa"))
def test_answers(case: str) -> None:
    gold = [Question(one["id"], "", "", tuple(one["answers"])) for one in lines(case, "gold.jsonl")]
    found = {one["id"]: one["prediction_text"] for one in lines(case, "predictions.jsonl")}
    agree(Span().score([found.get(one.id) for one in gold], gold), case, {"f1": "f1", "exact": "exact_match"})


@pytest.mark.parametrize("case", of("squad_v2"))
def test_answers_or_none(case: str) -> None:
    params = expected(case)["params"]
    limit = params.get("na_prob_thresh", 1.0) if params.get("use_na_probs") else 2.0
    gold = [Question(one["id"], "", "", tuple(one["answers"])) for one in lines(case, "gold.jsonl")]
    answered = {one.id for one in gold if one.answers}
    found: dict[str, str | None] = {}
    for one in lines(case, "predictions.jsonl"):
        # Above the limit the official script scores by whether answers were given, even ones that normalise to "".
        silent = None if one["id"] in answered else ""
        found[one["id"]] = silent if one.get("no_answer_probability", 0.0) > limit else one["prediction_text"]
    form = Span(unanswerable=True)
    for prefix, part in (
        ("", gold),
        ("HasAns_", [one for one in gold if one.answers]),
        ("NoAns_", [one for one in gold if not one.answers]),
    ):
        scores = form.score([found[one.id] for one in part], part)
        agree(scores, case, {"f1": f"{prefix}f1", "exact": f"{prefix}exact"})


@pytest.mark.parametrize("case", of("tatoeba"))
def test_search(case: str) -> None:
    index, queries = vectors(case, "src"), vectors(case, "eng")
    gold = [one["label"] for one in lines(case, "gold.jsonl")]
    examples = [Line(f"q{place}", "x", "query", "test", (label,)) for place, label in enumerate(gold)]
    examples += [Line(str(place), "x", "index") for place in range(len(index))]
    both = np.concatenate((queries, index))
    found = Retrieve("search").decode(rows_for(examples), both, examples)
    score = Retrieve("search").score(found, examples)["accuracy"]
    wanted = expected(case)
    low, high = wanted.get("tie_range", {}).get("accuracy", [wanted["metrics"]["accuracy"]] * 2)
    assert low - 1e-6 <= score <= high + 1e-6
    if "tie_range" not in wanted:
        assert found[: len(gold)] == [one["label"] for one in lines(case, "predictions.jsonl")]


def rows_for(examples: list[Line]) -> Rows:
    n = len(examples)
    return Rows(np.zeros(n, np.int32), np.arange(n + 1), np.arange(n))


def mining_case(case: str) -> tuple[list[Line], np.ndarray]:
    """Lines of both parts and sides in file order, and their vectors."""
    gold: dict[tuple[str, str], list[str]] = {}
    for one in lines(case, "gold.jsonl"):
        gold.setdefault((one["split"], one["src_id"]), []).append(one["trg_id"])
    sentences = lines(case, "sentences.jsonl")
    examples: list[Line] = []
    parts: list[np.ndarray] = []
    for part in ("dev", "test"):
        for side, name in (("query", "src"), ("index", "trg")):
            rows = [one for one in sentences if one["split"] == part and one["side"] == name]
            golds = [tuple(gold.get((part, one["id"]), ())) if side == "query" else () for one in rows]
            for one, found in zip(rows, golds, strict=True):
                values = {"id": one["id"], "text": one["text"], "side": side, "part": part, "gold": found}
                examples.append(msgspec.convert(values, Line))
            parts.append(vectors(case, f"{part}_{name}"))
    return examples, np.concatenate(parts)


@pytest.mark.parametrize("case", [case for case in of("bucc2018") if has(case, "sentences.jsonl")])
def test_mining(case: str) -> None:
    examples, both = mining_case(case)
    form = Retrieve("mine", neighbours=expected(case)["params"]["k"])
    found = form.decode(rows_for(examples), both, examples)
    tests = [(one, line) for one, line in zip(examples, found, strict=True) if one.part == "test" and line]
    mined = {(one["src_id"], one["trg_id"]) for one in lines(case, "predictions.jsonl")}
    assert {(one.id, line) for one, line in tests} == mined
    agree(form.score(found, examples), case, {"f1": "f1", "precision": "precision", "recall": "recall"})
    agree({"threshold": form.threshold(both, examples)}, case, {"threshold": "dev_threshold"})


@pytest.mark.parametrize("case", [case for case in of("bucc2018") if not has(case, "sentences.jsonl")])
def test_given_pairs(case: str) -> None:
    gold: dict[str, list[str]] = {}
    for one in lines(case, "gold.jsonl"):
        gold.setdefault(one["src_id"], []).append(one["trg_id"])
    pairs = [(one["src_id"], one["trg_id"]) for one in lines(case, "predictions.jsonl")]
    unasked = [(src, None) for src in gold if src not in {src for src, _ in pairs}]
    asked = [*pairs, *unasked]
    examples = [Line(src, "x", "query", "test", tuple(gold.get(src, ()))) for src, _ in asked]
    scores = Retrieve("mine").score([trg for _, trg in asked], examples)
    agree(scores, case, {"f1": "f1", "precision": "precision", "recall": "recall"})
