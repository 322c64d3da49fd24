"""From the store's records to the long table, the account and the page."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import msgspec
import polars as pl
import pytest

from xstilts.errors import BadInput, BadStore, UnknownName
from xstilts.findings.account import account
from xstilts.findings.gains import gains, pivots, zero_shot
from xstilts.findings.report import report_study
from xstilts.findings.table import COLUMNS, distances, long_table, only, read_table, readings, write_table
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Provenance, Run
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, read_study
from xstilts.tasks import exam
from xstilts.training import Health, Training
from xstilts.training.record import Attempt

STUDY = """
name = "small"
question = "Does it?"
encoder = "{encoder}"
seeds = [1, 2, 3]
exams = ["lab-xquad", "lab-mlqa", "lab-tatoeba"]
languages = ["lab-piv", "lab-near", "lab-far-sov"]
[intermediates]
squad1 = "lab-squad1"
both = {{ tasks = ["lab-squad1", "lab-mnli"], rule = "uniform" }}
[recipe.intermediate]
steps = 30
[recipe.target]
epochs = 2.0
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study whose encoder nobody loads."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta"}))
    (folder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    (folder / "tokenizer.json").write_text("{}")
    return read_study(STUDY.format(encoder=folder))


def fill(store: Store, study: Study, *, skip: Collection[str] = (), sick: str = "") -> None:
    """Records as a finished study leaves them. Trainings are `sick` in seed 2 under that label."""
    planned = plan(study)
    routes = {cell.digest: cell.route for cell in reversed(planned.cells)}
    for place, step in enumerate(planned.steps):
        if step.digest in skip:
            continue
        parents: list[str] = []
        parent = step.parent
        while parent is not None:
            parents.insert(0, parent)
            parent = planned.by_digest[parent].parent
        ill = step.kind == "train" and step.label == sick and step.seed == 2
        scores = {}
        if step.exam is not None:
            gain = 5.0 if routes[step.digest] == "squad1" else 0.0
            metric = exam(step.exam).main_metric
            scores = {lang: {metric: 40 + gain + (place * 7 % 5) / 10, "other": 1.0} for lang in step.languages}
        run = Run(
            digest=step.digest,
            kind=step.kind,
            label=step.label,
            study=study.name,
            encoder=study.encoder.name,
            seed=step.seed,
            parents=tuple(parents),
            provenance=Provenance(packages={"torch": "2"}, python="3.11", platform="Linux", device="cpu", commit="abc"),
            started=f"2026-01-01T00:{place:02d}:00+00:00",
            ended=f"2026-01-01T01:{place:02d}:00+00:00",
            seconds=2.0,
            training={"steps": 30, "losses": [(30, 0.5)], "dev": {"lab-squad1": {"f1": 61.0}}} if step.stage else {},
            scores=scores,
            n=dict.fromkeys(scores, 150),
            health={"state": "collapsed", "why": "one answer"} if ill else {"state": "ok", "why": ""},
            lab=True,
        )
        store.write(run)


def test_the_table_has_every_score(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, study)
    table = long_table(store, study)
    assert table.schema == COLUMNS
    assert len(table) == 3 * 3 * (3 + 3 + 2) * 2
    assert set(table.filter("main")["metric"]) == {"f1", "accuracy"}
    assert set(table.filter(pl.col("pivot"))["lang"]) == {"lab-piv"}
    assert set(table["form"]) == {"span", "retrieve"}
    alone = table.filter((pl.col("route") == "none") & (pl.col("exam") == "lab-tatoeba"))
    assert alone["digest"].n_unique() == 1 and alone["seed"].n_unique() == 3
    found = gains(table)
    assert all(mean > 4 for mean in zero_shot(found).filter(pl.col("route") == "squad1")["mean"])
    assert ("both", "lab-mlqa") in pivots(found)


def test_a_retrieval_score_says_where_it_was_read(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, study)
    declared = "the layer at the depth of 14 of 24, mean"
    assert readings(long_table(store, study)) == {"lab-tatoeba": declared}
    for run in list(store.runs()):
        if run.kind == "test":
            store.write(msgspec.structs.replace(run, declaration={"reading": {"layer": 2, "pooling": "max"}}))
    table = long_table(store, study)
    assert readings(table) == {"lab-tatoeba": "layer 2, max"}
    assert set(table.filter(pl.col("form") == "span")["reading"]) == {""}
    page = report_study(store, study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("accuracy, layer 2, max") == 2 and "lab-tatoeba: sentences compared at layer 2, max" in page


def test_a_sick_training_marks_all_that_rests_on_it(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, study, sick="squad1")
    table = long_table(store, study)
    sick = table.filter(pl.col("health") != "ok")
    assert set(sick["route"]) == {"squad1"} and set(sick["seed"]) == {2} and set(sick["health"]) == {"collapsed"}
    assert sick["exam"].n_unique() == 3
    told = account(store, study)
    assert [(run.label, run.why) for run in told.sick] == [("squad1", "one answer")]


def test_a_training_that_was_begun_again_is_told(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, study)
    step = next(step for step in plan(study).steps if step.label == "squad1" and step.seed == 2)
    before = Attempt(seed=9, rate=1e-3, steps=20, seconds=1.0, health=Health("diverged", "the loss is <nan>"))
    training = Training(steps=40, examples=1, tokens=1, seconds=1.0, losses=[(1, 0.5)], abandoned=(before,))
    store.write(msgspec.structs.replace(store.read(step.digest), training=msgspec.to_builtins(training)))
    told = account(store, study)
    words = "squad1, seed 2: at rate 0.001, diverged after 20 steps: the loss is <nan>. The next attempt counts: ok."
    assert [run.history for run in told.begun_again] == [words] and told.sick == ()
    page = report_study(store, study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert words.replace("<nan>", "&lt;nan&gt;") in page and "Begun again by the rule of their recipe" in page
    assert long_table(store, study)["health"].unique().to_list() == ["ok"]


def test_what_trainings_noted_is_told_once(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, study)
    for step in plan(study).steps:
        if step.label == "squad1":
            training = store.read(step.digest).training | {"notes": ["rows were cut at 64 <tokens>"]}
            store.write(msgspec.structs.replace(store.read(step.digest), training=training))
    assert "squad1, seed 1 and 2 more: rows were cut at 64 <tokens>." in account(store, study).warnings
    page = report_study(store, study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("squad1, seed 1 and 2 more: rows were cut at 64 &lt;tokens&gt;.") == 1


def test_the_account_of_an_unfinished_study(study: Study, tmp_path: Path) -> None:
    store = Store(tmp_path)
    cell = next(cell for cell in plan(study).cells if (cell.route, cell.exam, cell.seed) == ("both", "lab-mlqa", 3))
    fill(store, study, skip={cell.digest})
    told = account(store, study)
    assert told.missing == ("both → lab-mlqa, seed 3",) and told.absent == ()
    assert told.planned == len(told.runs) + 1
    assert told.lab and told.packages == {"torch": "2"} and told.machines == ("Linux, Python 3.11, cpu",)
    assert told.started < told.ended and told.seconds == 2.0 * len(told.runs)
    recipes = dict(told.recipes)
    assert "uniform mixture" in recipes["both (before the target)"]
    assert "2 epochs of 32" in recipes["lab-xquad (target)"]
    training = next(run for run in told.runs if run.kind == "train")
    assert (training.steps, training.loss, training.dev) == (30, 0.5, "lab-squad1 f1 61.0")
    page = report_study(store, study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Does it?" in page and "both → lab-mlqa, seed 3" in page


def test_nothing_finished(study: Study, tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="Run the study first"):
        long_table(Store(tmp_path), study)


def test_distances_are_those_that_are_known() -> None:
    assert set(distances(["lab-piv", "lab-piv", "nowhere"])) == {"lab-piv"}


def test_a_written_table_is_the_same_when_read(study: Study, tmp_path: Path) -> None:
    fill(Store(tmp_path), study)
    table = long_table(Store(tmp_path), study)
    odd = table.with_columns(
        value=pl.when(pl.col("seed") == 1).then(None).otherwise("value"),
        n=pl.lit(None, pl.Int64),
        reading=pl.lit('a,"b'),
    )
    for whole in (table, odd):
        for name in ("t.parquet", "t.csv"):
            assert read_table(write_table(whole, tmp_path / name)).equals(whole)


def test_a_table_of_others_needs_only_what_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("route,exam,lang,pivot,seed,metric,value\nnone,xnli,sw,false,1,accuracy,70.5\n")
    row = read_table(path).row(0, named=True)
    assert (row["value"], row["main"], row["health"], row["n"], row["study"]) == (70.5, True, "ok", None, "")
    path.write_text("route,exam,lang,pivot,seed,metric\n")
    with pytest.raises(BadInput, match="no column value"):
        read_table(path)
    path.write_text("route,exam,lang,pivot,seed,metric,value\nnone,xnli,sw,perhaps,1,accuracy,70.5\n")
    with pytest.raises(BadInput, match="not what it should be"):
        read_table(path)
    path.write_text("route,exam,lang,pivot,seed,metric,value\nnone,xnli,sw,true,one,accuracy,70.5\n")
    with pytest.raises(BadInput, match="not what it should be"):
        read_table(path)


@pytest.mark.parametrize("name", ["t.xlsx", "nothing.csv", "nothing.parquet", "torn.parquet"])
def test_tables_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadInput):
        read_table(tmp_path / name)


def test_one_study_and_encoder_of_several(table: pl.DataFrame) -> None:
    both = pl.concat([table, table.with_columns(encoder=pl.lit("other"))])
    assert only(both, encoder="lab").equals(table)
    with pytest.raises(BadInput, match="2 values of encoder: lab, other"):
        only(both)
    with pytest.raises(UnknownName, match="'other'"):
        only(both, encoder="othr")
