"""The record behind a report: no number in its prose without a key, and every rendering from the same facts."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
import polars as pl
import pytest
from findings_synthetic import synthetic

from xstilts.findings.account import Account
from xstilts.findings.averages import average_gains
from xstilts.findings.claims import judge_table
from xstilts.findings.claims.amendments import Standing
from xstilts.findings.gains import gains
from xstilts.findings.report import certainty, prose
from xstilts.findings.report.facts import say
from xstilts.findings.report.ledger import Judged
from xstilts.findings.report.record import Record, gather, record
from xstilts.findings.report.references import base, literature, references
from xstilts.findings.report.text import markdown, plain
from xstilts.findings.words import listing, signed
from xstilts.studies.ledgers import load_ledger
from xstilts.tasks import exam, exams, task, tasks

TYPED = re.compile(r"\{[^}]*\}")


def made(told: Account, **changed: Any) -> Record:
    table = synthetic(**changed)
    return record(table, gains(table), told)


@pytest.fixture(params=[(1, 2, 3), (1,), (1, 2, 3, 4, 5, 6)], ids=["three", "one", "six"])
def written(request: pytest.FixtureRequest, told: Account) -> Record:
    return made(told, seeds=request.param)


def test_no_number_is_typed_into_the_prose(written: Record) -> None:
    every = (*written.answer, *written.question, *written.methods, *written.limits)
    assert len(every) > 8
    for one in every:
        assert not re.search(r"\d", TYPED.sub("", one.template)), one.template
        assert set(one.keys) <= written.facts.keys()
        assert one.text == say(one.template, written.facts).text


def test_reasons_and_every_template_are_free_of_numbers_too() -> None:
    source = inspect.getsource(prose) + inspect.getsource(certainty)
    for literal in re.findall(r'"([^"\n]*)"', source):
        assert not re.search(r"\d", TYPED.sub("", literal)), literal


def test_the_answer_is_three_sentences(written: Record) -> None:
    assert len(written.answer) == 3
    # A full stop that is followed by a space or by nothing ends a sentence: one each, and the last has the certainty.
    assert [len(re.findall(r"[.!?](?= |$)", one.text)) for one in written.answer] == [1, 1, 1]
    assert written.answer[2].text.startswith("Certainty is ")


def test_methods_say_in_which_arithmetic_exams_were_sat(told: Account) -> None:
    for precision in ("fp32", "bf16"):
        said = made(msgspec.structs.replace(told, scoring=precision))
        assert f"Exams were sat in {precision} arithmetic" in " ".join(one.text for one in said.methods)
    assert "arithmetic" not in " ".join(one.text for one in made(msgspec.structs.replace(told, scoring="")).methods)


def test_the_answer_follows_the_verdicts(told: Account) -> None:
    table = synthetic()
    found = gains(table)
    facts = gather(table, found, told)
    cells = found.filter(pl.col("main") & (pl.col("scope") == "zero-shot"))
    assert facts["pairs"] == len(cells) == 12
    assert facts["pairs.up"] == (cells["verdict"] == "up").sum() > 0
    best = cells.filter(pl.col("verdict") == "up").sort("mean").row(-1, named=True)
    assert (facts["largest.route"], facts["largest.exam"]) == (best["route"], best["exam"])
    assert f"{best['mean']:+.1f}" in record(table, found, told).answer[1].text


def test_nothing_sure_is_never_called_a_gain(told: Account) -> None:
    loud = made(told, spread=25.0)
    assert loud.facts["pairs.up"] == loud.facts["pairs.down"] == 0
    assert "No pair is sure" in loud.answer[1].text


def test_the_record_is_json_and_comes_back(written: Record) -> None:
    text = msgspec.json.encode(written)
    back = msgspec.json.decode(text, type=Record)
    assert back.facts["pairs"] == written.facts["pairs"]
    assert len(back.gains) == len(written.gains) and len(back.scores) == len(written.scores)


def test_markdown_has_every_gain_and_hides_no_markup(told: Account) -> None:
    table = synthetic().with_columns(pl.col("route").replace({"mnli": "m|<b>*x*"}))
    found = gains(table)
    text = markdown(record(table, found, told), found)
    assert "m\\|&lt;b&gt;\\*x\\*" in text and "<b>" not in text
    heat = [line for line in text.splitlines() if line.startswith("| squad1")]
    assert heat and heat[0].count("|") == 7
    assert all(f"squad1 over none in {name}" in text for name in ("lab-xquad", "lab-tatoeba"))


def test_plain_keeps_words() -> None:
    assert plain("a  b\nc") == "a b c"


def test_lists_read_like_lists() -> None:
    assert [listing(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def cited(told: Account, table: pl.DataFrame | None = None, **changed: Any) -> str:
    table = synthetic() if table is None else table
    found = gains(table)
    return " ".join(f"{one.text} [{one.used}]" for one in references(found, average_gains(table), told, **changed))


def test_references_are_only_what_was_used(told: Account) -> None:
    text = cited(told, tasks={"mnli": task("mnli")}, exams={"xnli": exam("xnli"), "lab-mlqa": exam("lab-mlqa")})
    assert task("mnli").about in text and exam("xnli").about in text
    for there in ("Holm, S.", "Hochberg", "Yekutieli", "Student", "Satterthwaite", "Schuirmann", "Williams", "XNLI"):
        assert there in text
    assert "MLQA" in text and "[what lab-mlqa imitates]" in text and "Loshchilov" in text
    for absent in ("Efron", "PAWS", "Raffel", "Devlin", "Conneau, A., Khandelwal", "Krückl", "HellaSwag"):
        assert absent not in text, absent


def test_methods_that_no_number_went_through_are_not_cited(told: Account) -> None:
    published = msgspec.structs.replace(
        told,
        encoder="microsoft/mdeberta-v3-base",
        recipes=(),
        packages={},
        published=(("t.csv", "mainlp/auxtasks-bavarian-sid", "MIT"),),
    )
    alone = cited(published, synthetic(seeds=(1,)))
    assert "DeBERTaV3" in alone and "Krückl" in alone and "published scores: t.csv" in alone
    for absent in ("Holm", "Hochberg", "Student", "Satterthwaite", "Schuirmann", "Phang", "Loshchilov", "PyTorch"):
        assert absent not in alone, absent
    one = synthetic().filter((pl.col("exam") == "lab-xnli") & pl.col("route").is_in(["none", "mnli"]))
    assert "Student" in cited(published, one) and "Holm" not in cited(published, one)


def test_the_literature_is_whole_and_every_entry_can_be_found() -> None:
    known = literature()
    assert all(re.search(r"\(\d{4}\)\. .+[.?] \S", one.text) for one in known.values())
    source = inspect.getsource(inspect.getmodule(references))  # type: ignore[arg-type]
    for key, one in known.items():
        assert one.names or one.encoders or one.sources or one.packages or f'"{key}"' in source, key
    names = {name for one in known.values() for name in one.names}
    assert names <= {base(name) for name in (*tasks(), *exams())}
    assert base("xquad-xr") == "xquad" and base("mlqa-asked-de") == "mlqa" and base("mnli@de") == "mnli"


def test_markdown_tells_of_claims_with_their_numbers(told: Account) -> None:
    table = synthetic()
    judgement = judge_table(table, load_ledger("phang2020-lab"))
    judged = (Judged(judgement=judgement, standing=Standing()),)
    found = gains(table)
    lines = markdown(record(table, found, told, judged=judged), found).splitlines()
    for one in judgement.verdicts:
        (line,) = [line for line in lines if line.startswith(f"| **{one.id}** |")]
        digits = 2 if one.unit == "task" else 1
        numbers = [signed(value, digits) for value in (one.estimate, one.low, one.high) if value is not None]
        assert all(number in line for number in numbers)
        assert one.status in line and (not one.n or f"| {one.n} {one.unit}" in line)
    assert sum(one.low is not None for one in judgement.verdicts) > 2
