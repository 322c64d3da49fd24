"""plan, run, status, score, compare and report on a small study whose steps only pretend."""

import json
import re
import shutil
from pathlib import Path

import cli_fakes
import polars as pl
import pytest

from xstilts.cli import screen
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.record import Run
from xstilts.studies.records.scores import score
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working import work


def test_plan_shows_tree_costs_and_next_command(xstilts, study: Path) -> None:
    said = xstilts("plan", study)
    assert said.code == 0
    assert "15, not 18: 3 are shared" in said.out
    assert "train squad1 (lab-squad1)  960 examples × 3 seeds" in said.out
    assert "Does it [bold]help[/bold]?" in said.out
    assert f"xstilts run {study}" in said.out


def test_plan_warns(xstilts, study: Path) -> None:
    study.write_text(study.read_text().replace("[1, 2, 3]", "[1]").replace('"lab-squad1"', '"lab-xquad"'))
    said = xstilts("plan", study)
    assert "! squad1 → lab-xquad: the same task twice" in said.out
    assert "! One seed" in said.out


def test_plan_as_json_is_nothing_but_json(xstilts, study: Path) -> None:
    told = json.loads(xstilts("plan", study, "--json").out)
    assert len(told["steps"]) == cli_fakes.STEPS
    assert told["counts"]["trainings"] == 15


def test_plan_draws_once_what_follows_alike(xstilts, study: Path) -> None:
    study.write_text(study.read_text().replace('squad1 = "lab-squad1"', 'squad1 = "lab-squad1"\nqqp = "lab-qqp"'))
    said = xstilts("plan", study).out
    assert "train qqp (lab-qqp)  960 examples × 3 seeds, then as after squad1" in said
    whole = xstilts("plan", study, "--all").out
    assert "then as after" not in whole and whole.count("lab-panx  exam") == said.count("lab-panx  exam") + 1


def test_plan_of_a_part(xstilts, study: Path) -> None:
    part = json.loads(xstilts("plan", study, "--only", "seed=1", "--skip", "exam=lab-panx", "--json").out)
    assert part["seeds"] == [1] and {cell["exam"] for cell in part["cells"]} == {"lab-xquad"}
    shown = xstilts("plan", study, "--only", "seed=1").out
    assert "A part of the study: `run` does all of it" in shown and f"xstilts run {study}" not in shown
    wrong = xstilts("plan", study, "--only", "route=squad2")
    assert wrong.code == 1 and "'squad1'" in wrong.err


def test_plan_says_what_it_could_not_look_up(xstilts, study: Path, monkeypatch) -> None:
    monkeypatch.delenv("XSTILTS_CCGBANK", raising=False)
    monkeypatch.delenv("XSTILTS_DATA", raising=False)
    study.write_text(study.read_text().replace('squad1 = "lab-squad1"', 'ccg = "ccg"\nqqp = "qqp"'))
    said = xstilts("plan", study)
    assert said.code == 0
    assert "! not here: ccg (15 steps cannot be done). CCGbank is not here" in said.out
    assert "train ccg  960 examples × 3 seeds  not here, nor 12 steps after it" in said.out
    assert "! not looked up: 1 branch on the Hub (nyu-mll/glue@refs/convert/parquet)." in said.out
    told = json.loads(xstilts("plan", study, "--json").out)
    assert told["not_looked_up"] == ["nyu-mll/glue@refs/convert/parquet"] and set(told["not_here"]) == {"ccg"}


def test_plan_for_graphviz(xstilts, study: Path) -> None:
    said = xstilts("plan", study, "--dot").out
    assert said.startswith("digraph plan {") and said.rstrip().endswith("}")
    nodes = [line for line in said.splitlines() if "label=" in line]
    assert len(nodes) == said.count(" -> ") + 1 == 10


def test_plan_hours_of_devices(xstilts, study: Path, finished: Path) -> None:
    study.write_text(study.read_text().replace('encoder = "', 'encoder = "lab" # "'))
    assert "hours on one a100" in xstilts("plan", study, "--device", "a100").out
    assert "'a100'" in xstilts("plan", study, "--device", "a10").err
    assert "No finished training of this study tells its speed" in xstilts("plan", study, "--device", "measured").out


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("seeds = [1, 2, 3]", "seeds = [1, 2", "line"),
        ("seeds", "seds", "'seeds'"),
        ("lab-panx", "lab-panxx", "'lab-panx'"),
        ("lab-squad1", "lab-squad", "'lab-squad1'"),
        ("steps = 30", 'steps = "many"', "recipe.intermediate"),
        ("lab-mid", "lab-mit", "'lab-mid'"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "status"])
def test_broken_studies_say_what_and_where(xstilts, study: Path, old: str, new: str, hint: str, verb: str) -> None:
    study.write_text(study.read_text().replace(old, new))
    said = xstilts(verb, study)
    assert said.code == 1 and said.out == ""
    assert said.err.startswith("Error: ") and said.err.count("\n") == 1
    assert hint in said.err


def test_a_study_with_a_corrupt_encoder(xstilts, study: Path, tmp_path: Path) -> None:
    (tmp_path / "enc" / "config.json").unlink()
    said = xstilts("run", study)
    assert said.code == 1
    assert "has no config.json" in said.err and "save_pretrained" in said.err


def test_a_run_from_beginning_to_end(xstilts, study: Path, tmp_path: Path, pretended: None) -> None:
    store = tmp_path / "my runs"
    assert "It has not begun." in xstilts("status", study, "--store", store).out
    said = xstilts("run", study, "--store", store)
    assert said.code == 0, said.err
    assert f"[{cli_fakes.STEPS}/{cli_fakes.STEPS}] none → lab-panx, exam lab-panx, seed 3: done in" in said.out
    assert f"xstilts report {study} --store '{store}'" in said.out
    assert f"27 of {cli_fakes.STEPS} steps done" in xstilts("status", study, "--store", store).out
    again = xstilts("run", study, "--store", store)
    assert again.code == 0
    assert "nothing was left to do" in again.out
    listed = xstilts("status", study, "--store", store, "--all").out.splitlines()
    assert sum(line.startswith("done ") for line in listed) == cli_fakes.STEPS


def test_what_is_missing_is_counted_by_its_whole_name(xstilts, study: Path, monkeypatch) -> None:
    for name in ("XSTILTS_CCGBANK", "XSTILTS_DATA"):
        monkeypatch.delenv(name, raising=False)
    declared = 'files = "nowhere/{lang}.txt"\nlanguages = ["sw"]\nlines = 9\n'
    corpora = "".join(f"[corpora.{name}]\n{declared}" for name in ("text", "text-two"))
    told = study.read_text().replace('squad1 = "lab-squad1"', 'one = "text"\ntwo = "text-two"')
    study.write_text(told + corpora)
    said = xstilts("plan", study).out
    assert "not here: text (15 steps cannot be done)" in said and "not here: text-two (15 steps" in said, said


def test_of_whom_does_not_wait_a_step_of_the_dead_is_not_in_others_hands(
    xstilts, study: Path, tmp_path: Path, pretended: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers, one of which died: nobody has its step, whatever was not waited for."""
    monkeypatch.setattr(work, "walk", lambda bench, *, wait: None)
    said = xstilts("run", study, "--store", tmp_path / "runs", "--no-wait")
    assert said.code == 1 and "27 steps are left. The same command goes on." in said.err, said


def test_who_does_not_wait_leaves_the_rest_to_others(xstilts, study: Path, tmp_path: Path, pretended: None) -> None:
    store = Store(tmp_path / "runs")
    held = store.claim(plan(load_study(study)).steps[-1].digest)
    assert held is not None
    said = xstilts("run", study, "--store", store.root, "--no-wait")
    assert said.code == 0 and "left, in the hands of others." in " ".join(said.out.split()), said
    held.release()
    again = xstilts("run", study, "--store", store.root, "--no-wait")
    assert again.code == 0 and "The study is complete" in again.out


def test_a_study_whose_first_step_was_killed_has_begun(xstilts, study: Path, tmp_path: Path) -> None:
    store = tmp_path / "runs"
    Store(store).folder(plan(load_study(study)).steps[0].digest).mkdir(parents=True)
    said = xstilts("status", study, "--store", store).out
    assert "Nobody is at work on it." in said and "has not begun" not in said


def test_failures_are_shown_and_tried_again(xstilts, study: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(work, "real_step", lambda: cli_fakes.failing)
    store = tmp_path / "runs"
    said = xstilts("run", study, "--store", store)
    assert said.code == 1
    assert "✗ squad1, seed 1: The data [red]has[/red] no rows. Look at it." in said.out
    assert "Failed: squad1, seed 1: The data [red]has[/red] no rows." in said.err
    assert "The same command tries them again." in said.err
    status = xstilts("status", study, "--store", store)
    assert "3 failed" in status.out and "[red]has[/red]" in status.out
    assert "xstilts run" in status.out
    monkeypatch.setattr(work, "real_step", lambda: cli_fakes.fake)
    assert xstilts("run", study, "--store", store).code == 0


def test_ctrl_c_while_running(xstilts, study: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(work, "real_step", lambda: cli_fakes.asked_to_stop)
    said = xstilts("run", study, "--store", tmp_path / "runs")
    assert said.code == 130
    assert "The same command goes on from here." in said.err
    monkeypatch.setattr(work, "real_step", lambda: cli_fakes.interrupted)
    assert xstilts("run", study, "--store", tmp_path / "runs").code == 130


@pytest.mark.parametrize("verb", ["run", "score", "compare", "report"])
def test_stores_that_cannot_be(xstilts, study: Path, tmp_path: Path, verb: str, pretended: None) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = xstilts(verb, study, "--store", tmp_path / "file" / "runs")
    assert said.code == 1
    assert said.err.startswith("Error: ") and said.err.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


def test_a_damaged_record_names_the_folder(xstilts, study: Path, finished: Path) -> None:
    path = next((finished / "runs").glob("*/record.json"))
    path.write_text("{")
    said = xstilts("compare", study, "--store", finished)
    assert said.code == 1
    assert str(path) in said.err


def test_compare_marks_what_is_sure(xstilts, study: Path, finished: Path, tmp_path: Path) -> None:
    csv, scores = tmp_path / "gains.csv", tmp_path / "scores.csv"
    said = xstilts("compare", study, "--store", finished, "--csv", csv, "--scores", scores)
    assert said.code == 0, said.err
    row = next(line for line in said.out.splitlines() if line.startswith("squad1"))
    assert row.count("±") == 3 and "none, scores" in said.out and "all exams" in said.out
    assert "Zero-shot, over 2 pairs of route and exam" in said.out
    assert screen.LAB in said.out
    table = pl.read_csv(csv)
    assert set(table["scope"]) == {"zero-shot", "pivot", "language", "exams"}
    assert "lab-near lab-mid" in table["languages"].to_list()
    assert len(pl.read_csv(scores)) == 12 * 3 * 2


def test_compare_says_what_the_study_plans_and_has_not(xstilts, study: Path, finished: Path) -> None:
    """An exam without any result has no column: nothing else would show that it is not there."""
    planned = plan(load_study(study))
    gone = planned.cells[0].exam
    assert "Not finished" not in xstilts("compare", study, "--store", finished).out
    cells = [cell for cell in planned.cells if cell.exam == gone]
    for digest in {cell.digest for cell in cells}:
        shutil.rmtree(finished / "runs" / digest)
    said = " ".join(xstilts("compare", study, "--store", finished).out.split())
    assert f"Not finished: {len(cells)} results are missing (none → {gone}, seed" in said
    assert f"Of {gone} nothing is there: no average over exams has it in it." in said


def test_compare_says_which_languages_are_no_zero_shot_ones(xstilts, study: Path, finished: Path) -> None:
    assert "labelled rows" not in xstilts("compare", study, "--store", finished).out
    study.write_text(
        study.read_text().replace('squad1 = "lab-squad1"', 'squad1 = "lab-squad1"\nmid = "lab-squad1@lab-mid"')
    )
    said = " ".join(xstilts("compare", study, "--store", finished).out.split())
    assert "Zero-shot means count also languages with labelled rows" in said and "lab-mid after mid." in said


def test_compare_with_another_baseline(xstilts, study: Path, finished: Path) -> None:
    said = xstilts("compare", study, "--store", finished, "--baseline", "squad1")
    assert said.code == 0
    assert any(line.startswith("none ") and "−" in line for line in said.out.splitlines())
    unknown = xstilts("compare", study, "--store", finished, "--baseline", "squad2")
    assert unknown.code == 1 and "'squad1'" in unknown.err


def test_two_routes_language_by_language_for_a_paper(xstilts, study: Path, finished: Path, tmp_path: Path) -> None:
    tex, page = tmp_path / "tab.tex", tmp_path / "tab.md"
    asked = ("compare", study, "--store", finished)
    said = xstilts(*asked, "--route", "squad1", "--items", "--latex", tex, "--markdown", page)
    assert said.code == 0, said.err
    assert "squad1 over none in lab-panx, f1" in said.out and "lab-piv (pivot)" in said.out
    assert "test items alone" in said.out and "mean of 2" in said.out
    assert "less that of the pivot" in said.out and "For other languages, seeds and test items: " in said.out
    assert f"4 tables in {tex}" in said.out
    assert tex.read_text().count(r"\toprule") == 4 and r"\mathbf{+" in tex.read_text()
    assert page.read_text().count("| :-- |") == 4 and "** ± " in page.read_text()
    turned = xstilts(*asked, "--route", "none", "--baseline", "squad1")
    assert "none over squad1 in lab-xquad, f1" in turned.out
    assert "There is no route 'squad'. Did you mean 'squad1'?" in xstilts(*asked, "--route", "squad").err
    assert "'none' is the baseline" in xstilts(*asked, "--route", "none").err


def test_a_margin_that_nothing_can_exceed(xstilts, study: Path, finished: Path, tmp_path: Path) -> None:
    asked = ("compare", study, "--store", finished)
    csv, page, tex = (tmp_path / name for name in ("gains.csv", "gains.md", "gains.tex"))
    said = xstilts(*asked, "--margin", 99, "--csv", csv, "--markdown", page, "--latex", tex)
    assert "The margin is 99 points." in said.out
    for text in (said.out, page.read_text(), tex.read_text()):
        assert "smaller than the margin of 99" in text and ("≈" in text or r"\approx" in text)
    written = pl.read_csv(csv)
    assert set(written["margin"]) == {99.0}
    assert written["same"].to_list() == [within is not None and within < 99 for within in written["within"]]
    assert "decides nothing" in xstilts(*asked, "--margin", 0).err


def compared(out: str) -> list[str]:
    """What a comparison says. A table of scores does not say that its routes stand before their targets."""
    return [word for word in out.replace("intermediate", "route").split() if set(word) != {"─"}]


def test_scores_travel_as_a_table(xstilts, study: Path, finished: Path, tmp_path: Path) -> None:
    asked = (study, "--store", finished)
    here = compared(xstilts("compare", *asked).out)
    for name in ("scores.parquet", "scores.csv"):
        said = xstilts("export", *asked, "--table", tmp_path / name)
        assert said.code == 0 and "All 72 scores are in" in said.out, said.err
        assert compared(xstilts("compare", tmp_path / name).out) == here
    assert "no predictions to draw from" in xstilts("compare", tmp_path / "scores.csv", "--items").err
    assert "--table FILE" in xstilts("export", *asked).err
    assert "End the name in .parquet or .csv" in xstilts("export", *asked, "--table", tmp_path / "scores.xls").err
    assert "Cannot read the table" in xstilts("compare", tmp_path / "nothing.csv").err
    assert (
        "There is no encoder in this table 'no'." in xstilts("compare", tmp_path / "scores.csv", "--encoder", "no").err
    )


def test_score_corrects_records(xstilts, study: Path, finished: Path) -> None:
    assert "every score is as it was recorded" in xstilts("score", study, "--store", finished).out
    path = next(path for path in sorted((finished / "runs").glob("*/record.json")) if '"test"' in path.read_text())
    told = json.loads(path.read_text())
    lang, metric = "lab-mid", next(iter(told["scores"]["lab-mid"]))
    right = told["scores"][lang][metric]
    told["scores"][lang][metric] = 1.25
    path.write_text(json.dumps(told))
    said = xstilts("score", study, "--store", finished)
    assert "1 score changed" in said.out and "1.25" in said.out
    assert Store(finished).read(told["digest"]).scores[lang][metric] == right


def test_report_writes_the_page(xstilts, study: Path, finished: Path, tmp_path: Path) -> None:
    said = xstilts("report", study, "--store", finished, "-o", tmp_path / "out" / "page.html")
    assert said.code == 0, said.err
    page = (tmp_path / "out" / "page.html").read_text()
    assert "&lt;bold&gt;" not in page and "[bold]help[/bold]" in page
    assert str(tmp_path / "out" / "page.html") in said.out


def test_retrieval_scores_are_shown_with_their_layer_and_pooling(xstilts, study: Path, tmp_path: Path) -> None:
    text = study.read_text().replace('"lab-panx"', '"lab-tatoeba"').replace("seeds = [1, 2, 3]", "seeds = [1]")
    study.write_text(text + '[retrieval]\nlayer = 5\npooling = "max"\n')
    planned, store = plan(load_study(study)), Store(tmp_path / "runs")
    for step in planned.steps:
        if step.exam is None:
            continue
        sat, said = planned.exams[step.exam], {}
        for lang in step.languages:
            rows = sat.test.read(lang)
            said[lang] = [(one.gold or (None,))[0] if step.exam == "lab-tatoeba" else one.answers[0] for one in rows]
            store.write_predictions(step.digest, lang, [one.id for one in rows], said[lang])
        scores, n = score(sat, said)
        reading = {"reading": {"layer": 3, "pooling": "max"}} if step.exam == "lab-tatoeba" else {}
        store.write(
            Run(
                digest=step.digest, kind="test", label=step.label, study="small", encoder="enc", exams=(step.exam,),
                seed=step.seed, declaration=reading, scores=scores, n=n,
            )
        )  # fmt: skip
    asked = (study, "--store", store.root)
    assert "lab-tatoeba: sentences compared at layer 3, max" in xstilts("compare", *asked).out
    told = [json.loads(line) for line in xstilts("score", *asked, "--json").out.splitlines()]
    assert {line["task"] for line in told if line.get("reading") == {"layer": 3, "pooling": "max"}} == {"lab-tatoeba"}
    assert "the layer and pooling of the study" in xstilts("show", "lab-tatoeba").out
    assert "sentences read" not in xstilts("show", "lab-xquad").out


def test_an_oracle_is_marked_in_every_table(xstilts, study: Path, tmp_path: Path) -> None:
    """In the terminal, in files for papers and programs, in the report, and in what is read from a table alone."""
    study.write_text(study.read_text().replace("seeds = [1, 2, 3]", 'seeds = [1, 2]\nselect = "oracle"'))
    planned, store = plan(load_study(study)), Store(tmp_path / "runs")
    for place, step in enumerate(planned.steps):
        scores = {lang: {"f1": 40.0 + place % 7} for lang in step.languages} if step.exam else {}
        store.write(
            Run(
                digest=step.digest, kind=step.kind, label=step.label, study="small", encoder="enc", seed=step.seed,
                exams=(step.exam,) if step.exam else (), scores=scores, n=dict.fromkeys(scores, 9), select="oracle",
                training={"steps": 1} if step.stage else {},
            )
        )  # fmt: skip
    files = {name: tmp_path / name for name in ("gains.tex", "gains.md", "gains.csv", "scores.csv")}
    options = zip(("--latex", "--markdown", "--csv", "--scores"), files.values(), strict=True)
    asked = (study, "--store", store.root)
    shown = xstilts("compare", *asked, "--route", "squad1", *(part for option in options for part in option))
    titles = [line for line in shown.out.splitlines() if "ains over none" in line or "ains of the pivot" in line]
    assert len(titles) == 2 and all("(oracle)" in line for line in titles)
    assert files["gains.tex"].read_text().count(r"\caption") == files["gains.tex"].read_text().count("(oracle)") > 2
    assert files["gains.md"].read_text().count("(oracle)**") > 2
    for name in ("gains.csv", "scores.csv"):
        header, *rows = files[name].read_text().splitlines()
        assert header.endswith(",select") and rows and all(row.endswith(",oracle") for row in rows)
    assert "No zero-shot transfer" in xstilts("export", *asked, "--table", tmp_path / "all.csv").out
    alone = xstilts("compare", tmp_path / "all.csv").out
    assert "No zero-shot transfer" in alone and alone.count("(oracle)") == 2
    xstilts("report", *asked, "--folder", tmp_path / "told")
    xstilts("report", tmp_path / "all.csv", "--output", tmp_path / "table.html")
    for page in (tmp_path / "told" / "report.html", tmp_path / "table.html"):
        headings = re.findall(r"<h2>([^<]*)</h2>", page.read_text())
        marked = [one for one in headings if re.match("Zero-shot gains|Language|Every gain|Where it", one)]
        assert len(marked) == 4 and all(one.endswith("(oracle)") for one in marked)
    text = (tmp_path / "told" / "report.md").read_text()
    assert text.count("(oracle)**") > 2 and "No exam's data chose" not in text
    for paper in (tmp_path / "told" / "tables").iterdir():
        assert "oracle" in paper.read_text()
    assert "No zero-shot transfer" in xstilts("judge", *asked, "--claims", "questions-lab").out


@pytest.mark.parametrize(("device", "said"), [("cuda:99", "This machine has no cuda:99"), ("gpu", "no device 'gpu'")])
def test_a_device_that_is_not_there_is_refused_before_anything_starts(
    xstilts, study: Path, tmp_path: Path, device: str, said: str
) -> None:
    store = tmp_path / "none"
    refused = xstilts("run", study, "--store", store, "--device", device)
    assert refused.code == 1
    assert said in refused.err and "Use " in refused.err
    assert not (store / "runs").exists()
