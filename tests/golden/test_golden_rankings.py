"""MLQA, XCOPA, Mewsli-X and LAReQA against the official scorers on the golden cases (see test_golden_forms)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xstilts.forms import Choice, Choose, Line, Question, Retrieve, Rows, Span

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "golden"
GOLDEN = Path(os.environ.get("XSTILTS_GOLDEN", BESIDE))
CASES = sorted(one.name for one in GOLDEN.iterdir()) if GOLDEN.is_dir() else []
pytestmark = pytest.mark.skipif(not CASES, reason="no golden cases: set XSTILTS_GOLDEN to their folder")


def lines(case: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / case / f"{name}.jsonl").read_text("ascii").splitlines()]


def expected(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / case / "expected.json").read_text("ascii"))
    return found


def of(task: str, *, vectors: bool = False) -> list[str]:
    return [case for case in CASES if case.startswith(task) and vectors is (GOLDEN / case / "questions.npy").exists()]


@pytest.mark.parametrize("case", of("mlqa"))
def test_mlqa(case: str) -> None:
    wanted = expected(case)
    gold = [
        Question(one["id"], "", "", tuple(one["answers"]), lang=wanted["language"].split("-")[0])
        for one in lines(case, "gold")
    ]
    said = {one["id"]: one["prediction_text"] for one in lines(case, "predictions")}
    found = Span(normal="mlqa").score([said.get(one.id) for one in gold], gold)
    assert found["f1"] == pytest.approx(wanted["metrics"]["f1"], abs=wanted["tolerance"])
    assert found["exact"] == pytest.approx(wanted["metrics"]["exact_match"], abs=wanted["tolerance"])


@pytest.mark.parametrize("case", of("xcopa"))
def test_xcopa(case: str) -> None:
    gold = [Choice(one["id"], "", ("a", "b"), one["label"]) for one in lines(case, "gold")]
    found = Choose(2).score([one["label"] for one in lines(case, "predictions")], gold)
    assert found["accuracy"] == pytest.approx(expected(case)["metrics"]["accuracy"], abs=1e-6)


@pytest.mark.parametrize("case", of("mewslix"))
def test_mewslix(case: str) -> None:
    gold = [Line(one["id"], "x", "query", gold=tuple(one["entities"][:1])) for one in lines(case, "gold")]
    said = {one["id"]: one["ranking"] for one in lines(case, "predictions")}
    found = Retrieve("rank").score([said.get(one.id) for one in gold], gold)
    wanted = expected(case)["metrics"]
    assert found == pytest.approx({name: wanted[name] for name in ("map@20", "mrr@20")}, abs=1e-6)


@pytest.mark.parametrize("case", of("lareqa"))
def test_lareqa_rankings(case: str) -> None:
    gold = [Line(one["id"], "x", "query", gold=tuple(one["targets"])) for one in lines(case, "gold")]
    said = {one["id"]: one["ranking"] for one in lines(case, "predictions")}
    found = Retrieve("rank").score([said.get(one.id) for one in gold], gold)
    assert found["map@20"] == pytest.approx(100 * expected(case)["metrics"]["map@20"], abs=1e-4)


@pytest.mark.parametrize("case", of("lareqa", vectors=True))
def test_lareqa_vectors(case: str) -> None:
    examples = [Line(one["id"], "x", "query", gold=tuple(one["targets"])) for one in lines(case, "gold")]
    examples += [Line(one["id"], "x", "index") for one in lines(case, "candidates")]
    both = np.concatenate([np.load(GOLDEN / case / f"{name}.npy") for name in ("questions", "candidates")])
    n = len(examples)
    form, wanted = Retrieve("rank", cosine=False), expected(case)
    found = form.score(
        form.decode(Rows(np.zeros(n, np.int32), np.arange(n + 1), np.arange(n)), both, examples), examples
    )
    low, high = wanted.get("tie_range", {}).get("map@20", [wanted["metrics"]["map@20"]] * 2)
    assert 100 * low - 1e-4 <= found["map@20"] <= 100 * high + 1e-4
