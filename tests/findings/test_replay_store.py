"""Published scores in a store: what goes in comes out, names tell scores apart, and nothing is overwritten unasked."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from xstilts.errors import BadInput, BadStore, UnknownName
from xstilts.findings.asked import account_of, ask, encoders_as_routes
from xstilts.findings.gains import gains, zero_shot
from xstilts.findings.replay import (
    EXAMPLE,
    Columns,
    bring,
    example,
    published,
    published_frame,
    published_studies,
    read_table,
    runs_of,
)
from xstilts.findings.report import report
from xstilts.findings.table import COLUMNS
from xstilts.findings.words import answer_sentences, interval
from xstilts.studies.records.store import Store

HEAD = "study,model,route,regime,source_languages,target_task,dataset,split,language,seed,metric,score,n_items,note"


def table(folder: Path, *rows: str, name: str = "t.csv", head: str = HEAD) -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def grid(*, seeds: tuple[str, ...] = ("1", "2", "3"), gain: float = 5.0, langs: str = "en de xx-dialect") -> list[str]:
    """Two routes by languages by seeds; the route gains, more in some seeds than in others."""
    return [
        f"s,m,{route},{regime},en,xnli,xnli,test,{lang},{seed},accuracy,{50 + place + extra + step / 10},500,"
        for route, regime, more in (("none", "direct", 0.0), ("mnli", "sequential", gain))
        for place, lang in enumerate(langs.split())
        for step, seed in enumerate(seeds)
        for extra in [more + (step / 4 if more else 0)]
    ]


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    """Every shipped table, score by score, through the store."""
    store = Store(tmp_path)
    tables = [read_table(path) for path in example()]
    brought = bring(store, tables)
    assert brought.new == brought.runs and brought.scores == sum(len(one.rows) for one in tables)
    for one in tables:
        found = published(store, one.rows[0].study)
        assert len(found) == len(one.rows) and found.columns[: len(COLUMNS)] == list(COLUMNS)
        there = found.with_columns(seed=pl.col("seed").fill_null(-1))
        facts = [name for name in one.rows[0].facts if name in found.columns]
        names = ["encoder", "target_task", "dataset", "language", "language_orig", "metric", "regime", *facts]
        kept = {(*row[:-2], row[-2], row[-1]) for row in there.select(*names, "seed", "value").iter_rows()}
        wanted = {
            (
                *(row.model, row.target_task, row.dataset, row.language, row.language_orig, row.metric, row.regime),
                *(row.facts[name] for name in facts),
                -1 if row.seed is None else row.seed,
                row.score,
            )
            for row in one.rows
        }
        assert kept == wanted
        same = ["encoder", "exam", "route", "seed", "lang", "metric"]
        assert not found.select(same).is_duplicated().any()
        assert set(found["licence"]) == {one.licence} and set(found["source"]) == {one.source}
    assert bring(store, tables).new == 0


def test_the_store_and_memory_agree(tmp_path: Path) -> None:
    tables = [read_table(EXAMPLE / "setfit_amazon.csv.gz")]
    bring(Store(tmp_path), tables)
    in_memory = published_frame(runs_of(tables))
    order = ["encoder", "route", "seed", "lang", "metric"]
    assert published(Store(tmp_path), "setfit-amazon").sort(order).equals(in_memory.sort(order))


def test_a_record_says_what_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    bring(store, [read_table(table(tmp_path, *grid()), Columns(source="their repository", licence="MIT"))])
    runs = list(store.runs())
    assert len(runs) == 6 and {run.kind for run in runs} == {"published"} and published_studies(store) == ("s",)
    run = runs[0]
    assert run.study == "s" and run.encoder == "m" and run.n == {"en": 500, "de": 500, "xx-dialect": 500}
    (file,) = run.declaration["published"]["files"]
    assert file["source"] == "their repository" and file["licence"] == "MIT" and file["name"] == "t.csv"
    assert store.weights(run.digest) is None and not run.health


def test_gains_and_the_report_read_them_like_a_study(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    bring(store, [read_table(table(tmp_path, *grid()))])
    asked = ask("s", store)
    told = account_of(asked, store)
    assert asked.study is None and told.seeds == (1, 2, 3)
    (row,) = zero_shot(gains(asked.table)).iter_rows(named=True)
    assert row["mean"] == pytest.approx(5.25) and row["languages"] == ["de", "xx-dialect"] and row["seeds"] == 3
    page = report(asked.table, told)
    assert "nothing here was run by xstilts" in page and "Nothing says under which licence t.csv stands" in page


def test_a_published_mean_has_no_interval_and_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    brought = bring(store, [read_table(table(tmp_path, *grid(seeds=("",))))])
    assert brought.seedless == brought.runs == 2
    found = gains(ask("s", store).table)
    (row,) = zero_shot(found).iter_rows(named=True)
    assert row["mean"] == pytest.approx(5) and row["seeds"] == 0
    assert row["low"] is row["shown_low"] is row["p"] is None and interval(row) == "no seeds given"
    told = " ".join(answer_sentences(found))
    assert "Without seeds nothing is sure" in told and "no interval can be given" in told


def test_a_mean_published_beside_its_seeds_is_not_counted_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    means = [row.replace(",1,accuracy", ",,accuracy").replace(",50.0,", ",99,") for row in grid(seeds=("1",))]
    bring(store, [read_table(table(tmp_path, *grid(), *means))])
    (row,) = zero_shot(gains(ask("s", store).table)).iter_rows(named=True)
    assert row["seeds"] == 3 and row["mean"] == pytest.approx(5.25)


def test_routes_and_exams_are_named_apart(tmp_path: Path) -> None:
    rows = [
        "s,m,none,direct,en,xnli,xnli,test,de,1,accuracy,50,,",
        "s,m,ner,sequential,en,xnli,xnli,test,de,1,accuracy,51,,",
        "s,m,ner,joint,en,xnli,xnli,test,de,1,accuracy,52,,",
        "s,m,none,direct,fr,xnli,xnli,test,de,1,accuracy,53,,",
        "s,m,none,direct,en,ner,wikiann,test,de,1,f1,54,,",
        "s,m,none,direct,en,ner,conll,test,de,1,f1,55,,",
        "s,m,none,direct,en,ner,conll,dev,de,1,f1,56,,",
    ]
    found = published_frame(runs_of([read_table(table(tmp_path, *rows))]))
    named = {value: (exam, route) for exam, route, value in found.select("exam", "route", "value").iter_rows()}
    assert named == {
        50: ("xnli", "none [from en]"),
        51: ("xnli", "ner [from en]"),
        52: ("xnli", "ner (joint) [from en]"),
        53: ("xnli", "none [from fr]"),
        54: ("ner/wikiann/test", "none [from en]"),
        55: ("ner/conll/test", "none [from en]"),
        56: ("ner/conll/dev", "none [from en]"),
    }


def test_one_label_of_two_varieties_is_named_with_them(tmp_path: Path) -> None:
    head = HEAD + ",language_orig"
    rows = [f"s,m,none,direct,en,t,,,{lang},1,f1,{value},,,{orig}" for lang, orig, value in
            (("zh", "cmn", 1), ("zh", "yue", 2), ("de", "deu", 3))]  # fmt: skip
    found = published_frame(runs_of([read_table(table(tmp_path, *rows, head=head))]))
    assert dict(found.select("value", "lang").iter_rows()) == {1: "zh (cmn)", 2: "zh (yue)", 3: "de"}


def test_a_store_is_not_overwritten_unasked(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    bring(store, [read_table(table(tmp_path, *grid()))])
    other = read_table(table(tmp_path, *grid(gain=7.0), name="u.csv"))
    with pytest.raises(BadStore, match="the store says") as refused:
        bring(store, [other])
    assert "--replace" in refused.value.way_out
    (row,) = zero_shot(gains(ask("s", store).table)).iter_rows(named=True)
    assert row["mean"] == pytest.approx(5.25)
    bring(store, [other], replace=True)
    (row,) = zero_shot(gains(ask("s", store).table)).iter_rows(named=True)
    assert row["mean"] == pytest.approx(7.25)


def test_two_tables_may_tell_of_one_run_and_may_not_disagree(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    first = read_table(table(tmp_path, *grid(langs="en de")))
    more = read_table(table(tmp_path, *grid(langs="en de fr"), name="u.csv"))
    assert bring(store, [first]).new == 6
    assert bring(store, [more]).new == 6
    assert set(published(store, "s")["lang"]) == {"en", "de", "fr"}
    apart = read_table(table(tmp_path, *grid(langs="en de fr", gain=9), name="v.csv"))
    with pytest.raises(BadStore, match=r"v\.csv, line \d+: .*another table says"):
        bring(Store(tmp_path / "other"), [first, apart])


def test_several_encoders_must_be_chosen_from_or_compared(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    rows = grid()
    bring(store, [read_table(table(tmp_path, *rows, *(row.replace("s,m,", "s,n,") for row in rows)))])
    with pytest.raises(BadInput, match="2 values of encoder: m, n"):
        ask("s", store)
    with pytest.raises(UnknownName, match="'o'"):
        ask("s", store, encoder="o")
    assert ask("s", store, encoder="n").table["encoder"].unique().to_list() == ["n"]
    beside = encoders_as_routes(ask("s", store, every=True))
    assert set(beside.table["route"]) == {"m · mnli", "m · none", "n · mnli", "n · none"}
    found = zero_shot(gains(beside.table, baseline="m · none"))
    assert dict(found.select("route", "mean").iter_rows())["n · none"] == 0


def test_an_unknown_name_is_looked_for_among_the_published_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    bring(store, [read_table(table(tmp_path, *(row.replace("s,m", "their-study,m", 1) for row in grid())))])
    with pytest.raises(UnknownName, match="Did you mean 'their-study'"):
        ask("their-studie", store)


def test_the_shipped_tables_are_small_licensed_and_attributed() -> None:
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 300_000
    told = (EXAMPLE / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for path in example():
        found = read_table(path)
        assert found.licence in ("MIT", "Apache-2.0", "CC0-1.0") and found.source
        assert (EXAMPLE / f"{found.licence}.txt").is_file()
        assert f"| `{path.name}` |" in told and f"| {found.licence} |" in told
