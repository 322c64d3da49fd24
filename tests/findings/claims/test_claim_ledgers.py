"""The ledgers that ship: whole, mapped to the lab without a slip, and with a place for every row of the briefs."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest
from claims_made_up import made_up

from xstilts.findings.claims import judge_table
from xstilts.studies.ledgers import load_ledger, shipped_ledgers
from xstilts.studies.study import load_study, shipped_studies

BRIEFS = Path(os.environ.get("XSTILTS_BRIEFS", Path(__file__).parents[4] / "shared" / "briefs"))


@pytest.mark.parametrize("name", shipped_ledgers())
def test_it_is_whole(name: str) -> None:
    ledger = load_ledger(name)
    assert ledger.name == name and ledger.about
    for claim in ledger.claims:
        assert claim.statement[-1] == "." and claim.statement[0].isupper()
        assert claim.quote or claim.provenance in ("relayed", "memory", "ours"), f"{claim.id} quotes nothing it read"
        assert claim.locator, f"{claim.id} says not where"
        known = {other.id for other in ledger.claims}
        assert {*claim.conflicts, *claim.superseded_by} <= known
    for source in ledger.sources.values():
        assert source.read, "what was read of a source is said"


def test_the_paper_has_thirteen_claims_and_two_versions() -> None:
    ledger = load_ledger("phang2020")
    assert {int(claim.id[1:].rstrip("abcd")) for claim in ledger.claims} == set(range(1, 14))
    first = {claim.id for claim in ledger.claims if claim.source == "v1"}
    assert first == {"P7a", "P7b", "P7c", "P7d"}
    assert all(claim.superseded_by for claim in ledger.claims if claim.id in first)
    assert (ledger.sources["v1"].version, ledger.sources["v2"].version) == ("1", "2")
    by_id = {claim.id: claim for claim in ledger.claims}
    assert "P7c" in by_id["P4"].conflicts and "P4" in by_id["P7c"].conflicts
    assert by_id["P8a"].conflicts == ("P9a",)


def test_every_question_has_a_hypothesis() -> None:
    ledger = load_ledger("questions")
    assert {claim.id[:2] for claim in ledger.claims} == {"Q1", "Q2", "Q3", "Q4", "Q5"}
    assert all(claim.provenance == "ours" and not claim.quote for claim in ledger.claims)


@pytest.mark.parametrize("name", shipped_studies())
def test_shipped_studies_name_ledgers_that_can_be_read(name: str) -> None:
    for ledger in load_study(name).claims:
        load_ledger(ledger)


def test_the_labs_names_are_the_labs() -> None:
    study = load_study("lab")
    routes = {route.name for route in study.all_routes}
    paper, questions = map(load_ledger, study.claims)
    for ledger in (paper, questions):
        assert ledger.fidelity == "analogue" and ledger.differs
        assert set(ledger.renamed.exams.values()) <= set(study.exams)
    assert set(paper.groups["nine"]) | {"multi", "none"} == routes


def test_the_papers_own_grid_has_the_papers_names() -> None:
    study = load_study("phang2020")
    (paper, _) = map(load_ledger, study.claims)
    named = {route for claim in paper.claims for route in claim.cells.routes} - set(paper.groups)
    routes = {route.name for route in study.routes}
    assert named <= routes
    assert {*paper.groups["nine"], *paper.groups["translated"]} <= routes
    assert tuple(paper.groups["xtreme"]) == study.exams
    assert paper.fidelity == "close", "its settings were not all read: no size is tested"


@pytest.mark.parametrize("gain", [-9.0, 9.0], ids=["all-lose", "all-gain"])
def test_what_the_demo_has_decides_nothing_about_nine_tasks(gain: float) -> None:
    """Two of nine tasks and four of nine exams: however sure they are, the other tasks may be otherwise."""
    demo = load_study("lab-demo")
    scores = made_up({route.name: dict.fromkeys(demo.exams, gain) for route in demo.routes}, exams=demo.exams)
    found = {verdict.id: verdict for verdict in judge_table(scores, load_ledger("phang2020-lab")).verdicts}
    for key, part in {"P1": "2 of 18", "P2": "2 of 27", "P10": "2 of 9", "P11": "2 of 9"}.items():
        verdict = found[key]
        assert verdict.said == f"inconclusive ({part} cells only)", verdict.reason
        assert verdict.estimate == pytest.approx(gain, abs=1) and verdict.reason.startswith(f"{part} cells are there")
    others = {verdict.status for key, verdict in found.items() if key not in ("P1", "P2", "P10", "P11")}
    assert others == {"not tested"}


@pytest.mark.skipif(not BRIEFS.is_dir(), reason=f"the briefs are not in {BRIEFS}: set XSTILTS_BRIEFS")
def test_every_row_of_the_briefs_has_its_claims_and_its_question() -> None:
    rows: dict[str, list[int]] = {}
    for number, path in enumerate(sorted(BRIEFS.glob("*.txt")), 1):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "✓" in line:
                text = line.split("\t")[0] if "\t" in line else line.strip().strip("|").split("|")[0]
                rows.setdefault(text.strip(), []).append(number)
    ledger, paper = load_ledger("questions"), load_ledger("phang2020")
    assert sum(map(len, rows.values())) == 51
    assert len(ledger.rows) == len(rows) == 19
    known = {claim.id for claim in paper.claims}
    for (text, briefs), row in zip(rows.items(), ledger.rows, strict=True):
        assert text.startswith(row.opens)
        assert hashlib.sha256(text.encode()).hexdigest() == row.sha256
        assert list(row.briefs) == briefs
        assert set(row.claims) <= known and row.claims
        assert row.question in {"Q1", "Q2", "Q3", "Q4", "Q5"}
        assert row.cut == (not text.endswith(".") and not text.endswith("CCG.4"))
    printed = " ".join(rows)
    for claim in paper.claims:
        if claim.source == "briefs" and claim.quote:
            assert claim.quote in printed, f"{claim.id} quotes the briefs as they are"
    cut = Counter(brief for row in ledger.rows if row.cut for brief in row.briefs)
    assert sum(cut.values()) == 42
