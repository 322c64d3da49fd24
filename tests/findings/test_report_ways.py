"""The words of a report follow what was declared: stages before, training together, prompts, or nothing known."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from findings_synthetic import synthetic

from xstilts.findings.account import Account
from xstilts.findings.gains import gains
from xstilts.findings.replay import example, read_table
from xstilts.findings.replay.published import published_frame
from xstilts.findings.replay.records import runs_of
from xstilts.findings.report import report
from xstilts.findings.report.record import Record, record
from xstilts.findings.report.text import markdown
from xstilts.findings.ways import BEFORE, kind, staged, ways_of

ROUTES = ("squad1", "mnli", "ccg")


def made(told: Account, ways: dict[str, str], table: pl.DataFrame | None = None, **changed: object) -> Record:
    table = synthetic() if table is None else table
    return record(table, gains(table, baseline=str(changed.get("baseline", "none"))), replaced(told, ways, **changed))


def replaced(told: Account, ways: dict[str, str], **changed: object) -> Account:
    return msgspec.structs.replace(told, ways=ways, **changed)


def prose(written: Record) -> str:
    every = (*written.answer, *written.question, *written.methods, *written.limits)
    return " ".join(one.text for one in every)


def test_published_tables_declare_how_each_route_was_trained() -> None:
    words = {}
    for path in example():
        runs = runs_of([read_table(path)])
        routes = {run.encoder: {one.routes for one in runs if one.encoder == run.encoder} for run in runs}
        widest = max(routes, key=lambda name: len(routes[name]))
        words[runs[0].study] = ways_of(published_frame([run for run in runs if run.encoder == widest]))
    assert words["auxtasks-bavarian-sid"]["ud"] == "before"
    assert words["auxtasks-bavarian-sid"]["ud (joint)"] == "together with"
    assert set(words["prompt-transferability"].values()) <= {"as a prompt for", "on"}
    prompts = {word for route, word in words["prompt-transferability"].items() if not route.startswith("none")}
    assert prompts == {"as a prompt for"}
    # Few shots of the target itself: nothing stands before it.
    assert set(words["setfit-amazon"].values()) == {"on"}


def test_one_route_that_was_trained_two_ways_claims_neither() -> None:
    table = pl.DataFrame({"route": ["a", "a", "b"], "regime": ["sequential", "joint", ""]})
    assert ways_of(table) == {"a": "on", "b": "before"}


def test_stages_before_the_target_are_called_so(told: Account) -> None:
    text = prose(made(told, dict.fromkeys(ROUTES, BEFORE)))
    assert "pairs of intermediate and exam" in text and "squad1 before lab-tatoeba" in text
    assert "the score with the stage less the score without it" in text


@pytest.mark.parametrize("ways", [dict.fromkeys(ROUTES, "together with"), {"squad1": "together with"}, {}])
def test_nothing_else_is_called_a_stage_before(ways: dict[str, str], told: Account) -> None:
    told = replaced(told, ways, question="", published=(("table.csv", "", ""),), lab=False, recipes=(), warnings=())
    table = synthetic()
    found = gains(table)
    written = record(table, found, told)
    assert f"squad1 {ways.get('squad1', 'on')} lab-tatoeba" in written.answer[1].text
    for text in (report(table, told), markdown(written, found), prose(written)):
        body = text.split("</style>")[-1]
        for wrong in ("before lab", "the stage", "ntermediate", "straight to the target"):
            assert wrong not in body, wrong


def test_over_another_baseline_no_stage_is_taken_away(told: Account) -> None:
    written = made(told, dict.fromkeys(ROUTES, BEFORE), baseline="mnli")
    text = prose(written)
    assert "the score of a route less the score of the route mnli" in text
    assert "3 intermediate stages (squad1, mnli and ccg) and on none" in text
    assert not staged(written.account.ways, ["squad1", "none"], "mnli")
    assert kind(written.account.ways, ["squad1", "none"]) == "route"
