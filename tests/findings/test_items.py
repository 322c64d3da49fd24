"""Items: their ratios are the forms' own scores, and drawing them again gives the noise that theory says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_table import STUDY

from xstilts.findings.gains import gains, zero_shot
from xstilts.findings.items import drawn, with_items
from xstilts.findings.ratios import Ratio, ratios
from xstilts.findings.table import long_table
from xstilts.forms import Choice, Choose, Line, Mask, Match, Pair, Question, Retrieve, Sentence, Span, Tag
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.scores import score
from xstilts.studies.records.store import Store
from xstilts.studies.study import read_study
from xstilts.tasks import Exam, exam

RNG = np.random.default_rng(5)
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "X-O")


def sentences(n: int = 60) -> list[Sentence]:
    words = [tuple("w" * int(RNG.integers(0, 9))) for _ in range(n)]
    return [Sentence(str(place), one, tuple(RNG.choice(TAGS, len(one)).tolist())) for place, one in enumerate(words)]


def half_right(golds: list[Any], wrong: Any) -> list[Any]:
    return [gold if RNG.random() < 0.5 else wrong for gold in golds]


def sat(form: Any) -> Exam:
    return Exam(name="e", of=None, form=form, test=None, languages=("de",), pivot="en")  # type: ignore[arg-type]


def cases() -> dict[str, tuple[Any, list[Any], list[Any]]]:
    """Form, predictions, examples."""
    tagged = sentences()
    questions = [Question(str(n), "q", "a b c d", (("a b",), ("c d", "the c"))[n % 2], lang="en") for n in range(40)]
    lines = [
        *(Line(str(n), "t", "query", "dev" if n < 9 else "test", (f"x{n}", "y")[: 1 + n % 2]) for n in range(40)),
        *(Line(f"x{n}", "t", "index", "test") for n in range(40)),
    ]
    mined = [*lines[:30], *(Line(str(n), "t", "query") for n in range(30, 60)), *lines[40:]]
    options = [Choice(str(n), "p", ("a", "b"), n % 2) for n in range(30)]
    matched = [Pair(str(n), "q", f"r{n}") for n in range(30)]
    rankings = [[f"x{RNG.integers(60)}" for _ in range(20)] if one.side == "query" else None for one in lines]
    guesses = [{"loss": float(n), "right": n % 2, "hidden": n % 3} for n in range(30)]
    answers = ["a b", "b", None, "c the d", "x"] * 8
    found = [(one.gold or ("x3",))[0] if one.side == "query" and n % 2 else None for n, one in enumerate(mined)]
    return {
        "classify": (Choose(), [n % 3 % 2 for n in range(30)], options),
        "tags": (Tag(TAGS), half_right([list(one.tags) for one in tagged], None), tagged),
        "tags alone": (Tag(TAGS, spans=False), [["O"] * len(one.tags) for one in tagged], tagged),
        "answers": (Span(), answers, questions),
        "answers of MLQA": (Span(normal="mlqa"), answers, questions),
        "no answers": (Span(unanswerable=True), answers, [Question(str(n), "q", "c") for n in range(40)]),
        "search": (Retrieve("search"), half_right([(one.gold or ("",))[0] for one in lines], "y"), lines),
        "rank": (Retrieve("rank"), rankings, lines),
        "mine": (Retrieve("mine"), found, mined),
        "match": (Match(), half_right([one.right for one in matched], "r0"), matched),
        "mask": (Mask(), guesses, guesses),
    }


CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_ratios_are_the_scores(name: str) -> None:
    form, said, examples = CASES[name]
    if name == "tags":
        said = [["O"] * len(one.tags) if tags is None else tags for tags, one in zip(said, examples, strict=True)]
    told = form.score(said, examples)
    found = ratios(sat(form), said, examples)
    assert list(found) == list(form.metrics)
    assert {metric: one.value for metric, one in found.items()} == pytest.approx(dict(told))
    assert any(0 < value < 100 for value in told.values()) or name == "no answers"


def test_a_score_drawn_again_is_the_score_of_what_was_drawn() -> None:
    """Chunk F1 is no mean over sentences: the drawn score must be that of the drawn sentences themselves."""
    form, said, examples = CASES["tags"]
    said = [["O"] * len(one.tags) if tags is None else tags for tags, one in zip(said, examples, strict=True)]
    one = ratios(sat(form), said, examples)["f1"]
    places = np.random.default_rng(0).integers(len(said), size=len(said))
    weights = np.bincount(places, minlength=len(said)).astype(float)
    again = form.score([said[place] for place in places], [examples[place] for place in places])["f1"]
    assert float(one.of(weights @ one.over, weights @ one.under)) == pytest.approx(again)


def test_draws_have_the_noise_of_a_share() -> None:
    right = (np.arange(400) < 120).astype(float)
    one = Ratio(right, np.ones(400))
    sums = drawn(np.stack([one.over, one.under], axis=1), times=4000)
    again = one.of(sums[:, 0], sums[:, 1])
    assert one.value == pytest.approx(30)
    assert again.mean() == pytest.approx(30, abs=0.15)
    assert again.std() == pytest.approx(100 * np.sqrt(0.3 * 0.7 / 400), rel=0.05)


def test_many_items_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    column = np.random.default_rng(1).normal(size=(50, 1))
    monkeypatch.setattr("xstilts.findings.items.AT_ONCE", 170)
    sums = drawn(column, times=100)
    assert sums.shape == (100, 1) and len(np.unique(sums)) > 90


@pytest.fixture(scope="module")
def sat_study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Store]:
    """A finished study with predictions: the intermediate turns some wrong answers into right ones."""
    folder = tmp_path_factory.mktemp("items")
    encoder = folder / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text('{"model_type": "xlm-roberta"}')
    (encoder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    (encoder / "tokenizer.json").write_text("{}")
    study = read_study(STUDY.format(encoder=encoder).replace('"lab-tatoeba"', '"lab-panx"'))
    planned, store = plan(study), Store(folder / "runs")
    for step in planned.steps:
        if step.exam is None:
            continue
        rng = np.random.default_rng(step.seed)
        taken = exam(step.exam)
        said = {}
        for lang in step.languages:
            rows = taken.test.read(lang)
            luck = rng.random(len(rows)) + 0.2 * step.label.startswith("squad1")
            key = [list(one.tags) if step.exam == "lab-panx" else one.answers[0] for one in rows]
            wrong = [["O"] * len(one) if step.exam == "lab-panx" else "" for one in key]
            said[lang] = [good if lucky > 0.6 else bad for good, bad, lucky in zip(key, wrong, luck, strict=True)]
            store.write_predictions(step.digest, lang, [one.id for one in rows], said[lang])
        scores, n = score(taken, said)
        run = Run(
            digest=step.digest, kind="test", label=step.label, study="small", encoder="e", seed=step.seed,
            scores=scores, n=n,
        )  # fmt: skip
        store.write(run)
    return study, store


def test_gains_say_how_noisy_their_items_are(sat_study: tuple[Any, Store]) -> None:
    study, store = sat_study
    table = long_table(store, study)
    found = with_items(gains(table), table, store, study, times=400)
    assert found.columns == gains(table).columns
    assert found["item_low"].null_count() == 0
    moved = found.filter(pl.col("route") == "squad1")
    assert (moved["item_low"] < moved["mean"]).all() and (moved["mean"] < moved["item_high"]).all()
    still = found.filter(pl.col("route") == "both")
    assert (still["item_low"] == 0).all() and (still["item_high"] == 0).all()
    means = zero_shot(found)
    # Whatever else is drawn again can only widen what seeds alone leave open; where they agree, nothing is said.
    assert (means["drawn_low"].is_null() == (means["sd"] == 0)).all()
    varied = means.filter(pl.col("sd") > 0)
    assert len(varied) and (varied["drawn_low"] < varied["general_low"]).all()
    assert (varied["general_low"] <= varied["shown_low"] + 1e-9).all()
    assert found.filter(pl.col("scope") == "language")["drawn_low"].null_count() == len(
        found.filter(pl.col("scope") == "language")
    )
    # Seeds agree on the same 150 rows or so, of which a fifth flips: about 100 * sqrt(0.2 / 150) / sqrt(3 seeds).
    singles = found.filter(
        (pl.col("scope") == "language") & (pl.col("metric") == "exact") & (pl.col("route") == "squad1")
    )
    halves = (singles["item_high"] - singles["item_low"]) / 2
    rows = len(exam("lab-xquad").test.read("lab-near"))
    assert halves.mean() == pytest.approx(1.96 * 100 * np.sqrt(0.2 * 0.8 / rows / 3), rel=0.25)


def test_without_predictions_scores_are_compared_all_the_same(sat_study: tuple[Any, Store], tmp_path: Path) -> None:
    study, store = sat_study
    bare = Store(tmp_path)
    for run in store.runs():
        bare.write(run)
    table = long_table(bare, study)
    found = with_items(gains(table), table, bare, study, times=50)
    assert found["item_low"].null_count() == len(found)
    assert found.drop("item_low").equals(gains(table).drop("item_low"))
