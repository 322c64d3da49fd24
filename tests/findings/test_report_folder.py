"""A report as a folder, and the examples that a stage changed, from a store with predictions."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from xstilts.findings.report.browser import data
from xstilts.findings.report.changed import EACH, changes
from xstilts.findings.report.folder import write_folder
from xstilts.findings.report.gathered import study_record
from xstilts.findings.table import long_table
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.scores import score
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, read_study

STUDY = """
name = "small"
claims = ["phang2020-lab"]
encoder = "lab"
exams = ["lab-xnli", "lab-xquad", "lab-tatoeba", "lab-udpos"]
seeds = [1, 2]
languages = ["lab-piv", "lab-near"]

[intermediates]
mnli = "lab-mnli"
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(STUDY)


@pytest.fixture(scope="module")
def store(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every exam sat: all wrong without the stage; with it every second example is right, in xquad none."""
    store = Store(tmp_path_factory.mktemp("store"))
    store.prepare()
    planned = plan(study)
    for cell in planned.cells:
        if store.has(cell.digest):
            continue
        sat = planned.exams[cell.exam]
        given = {}
        for lang in sat.languages:
            examples = list(sat.test.read(lang))
            helped = cell.route == "mnli" and cell.exam != "lab-xquad"
            given[lang] = [_answer(one, right=helped and place % 2 == 0) for place, one in enumerate(examples)]
            store.write_predictions(cell.digest, lang, [one.id for one in examples], given[lang])
        scores, n = score(sat, given)
        step = planned.by_digest[cell.digest]
        told = Run(
            digest=cell.digest,
            study="small",
            encoder="lab",
            kind="test",
            label=step.label,
            seed=step.seed,
            scores=scores,
            n=n,
            lab=True,
        )
        store.write(told)
    return store


def _answer(one: object, *, right: bool) -> object:
    match type(one).__name__:
        case "Text":
            return one.label if right else ("neutral" if one.label != "neutral" else "entailment")  # type: ignore[attr-defined]
        case "Question":
            return one.answers[0] if right else "nowhere at all"  # type: ignore[attr-defined]
        case "Sentence":
            return list(one.tags) if right else ["ADP" if tag != "ADP" else "VERB" for tag in one.tags]  # type: ignore[attr-defined]
        case "Line":
            return (one.gold[0] if one.gold else None) if right else None  # type: ignore[attr-defined]
    raise AssertionError(one)


def test_fixed_and_broken_examples_are_those_that_changed(store: Store, study: Study) -> None:
    found = changes(store, plan(study), baseline="none")
    assert {(one.exam, one.lang) for one in found} >= {("lab-xnli", "lab-piv"), ("lab-xnli", "lab-near")}
    assert [one.exam for one in found if not one.fixed] == ["lab-xquad"] * 2, "nothing changed in xquad"
    for cell in found:
        assert cell.broken == 0
        assert len(cell.shown) == min(EACH, cell.fixed)
        for one in cell.shown:
            assert one.fixed and one.without.credit < one.with_route.credit
            assert [text for text, _ in one.with_route.answers] == [one.right]
            assert sum(times for _, times in one.with_route.answers) == 2
    xnli = [one for one in found if one.exam == "lab-xnli"]
    assert [one.lang for one in xnli] == ["lab-piv", "lab-near"] and xnli[0].route == "mnli"
    assert all(one.fixed == (one.looked + 1) // 2 for one in xnli)
    assert xnli[0].shown[0].asked[0][0] == "premise"


def test_examples_keep_to_their_budget_and_say_how_many_there_are(store: Store, study: Study) -> None:
    found = changes(store, plan(study), baseline="none")
    whole = data(found, "none")
    assert [len(cell[6]) for cell in whole["cells"]] == [len(one.shown) for one in found]
    size = len(json.dumps(whole))
    seen = []
    for budget in (size // 2, size // 5, size // 8, 900):
        part = data(found, "none", budget=budget)
        assert len(json.dumps(part, separators=(",", ":"))) <= budget
        # What does not fit is still counted.
        assert [cell[:6] for cell in part["cells"]] == [cell[:6] for cell in whole["cells"]]
        seen.append([len(cell[6]) for cell in part["cells"]])
    assert seen[0] > seen[-1] and max(seen[1]) == 1
    # Given up are the last languages, in every exam alike.
    gone = {one.lang for one, left in zip(found, seen[2], strict=True) if one.shown and not left}
    assert gone in (set(), {"lab-near"}, {"lab-piv", "lab-near"})


def test_a_folder_has_page_text_record_tables_and_figures(store: Store, study: Study, tmp_path: Path) -> None:
    files = write_folder(tmp_path / "out", study_record(store, study))
    names = {str(path.relative_to(tmp_path / "out")) for path in files}
    assert {
        "report.html",
        "report.md",
        "report.json",
        "tables/scores.csv",
        "tables/gains.csv",
        "tables/gains.tex",
    } <= names
    drawn = ("gains", "forest", "languages-lab-xnli", "languages-lab-tatoeba")
    assert {f"figures/{name}.{kind}" for name in drawn for kind in ("svg", "pdf", "png")} <= names
    assert all(path.stat().st_size > 100 for path in files)
    written = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))
    assert len(written["scores"]) == len(long_table(store, study))
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    verdicts = written["judged"][0]["judgement"]["verdicts"]
    assert all(f"<b>{one['id']}</b>" in page for one in verdicts) and len(verdicts) > 10
    assert 'data-exam="lab-xnli" data-route="mnli"' in page and "xstilts run small" in page


def test_predictions_that_are_gone_are_passed_over(store: Store, study: Study) -> None:
    other = msgspec.structs.replace(study, seeds=(3,))
    assert changes(store, plan(other), baseline="none") == ()
