"""replay: tables in, what is said of them, and the other verbs on what stands in the store then."""

from pathlib import Path

from xstilts.findings.replay import EXAMPLE

MDEBERTA = ("--encoder", "microsoft/mdeberta-v3-base")


def test_the_example_is_compared_and_reported(xstilts, tmp_path: Path) -> None:
    store = ("--store", tmp_path / "runs")
    said = xstilts("replay", "--example", *store)
    assert said.code == 0, said.err
    assert "auxtasks-bavarian-sid: 4 encoders, 15 routes, 3 exams, 18 languages, 3 seeds." in said.out
    assert "MIT, mainlp/auxtasks-bavarian-sid" in said.out and "have no seed" in said.out
    assert "nothing new" in xstilts("replay", EXAMPLE / "setfit_amazon.csv.gz", *store).out

    page, tex = tmp_path / "gains.md", tmp_path / "gains.tex"
    files = ("--csv", tmp_path / "gains.csv", "--markdown", page, "--latex", tex)
    said = xstilts("compare", "auxtasks-bavarian-sid", *MDEBERTA, *store, *files)
    assert said.code == 0 and "zero-shot gains over none" in said.out and "nothing here was run" in said.out
    assert "mlm+ner (joint)" in said.out and (tmp_path / "gains.csv").is_file()
    # Half of the routes were trained together with their target: they are no intermediates.
    for text in (said.out, page.read_text(), tex.read_text()):
        assert "intermediate" not in text and "route" in text

    said = xstilts("compare", "mteb-results", "--encoders", "--baseline", "intfloat/multilingual-e5-base", *store)
    assert said.code == 0 and "sentence-transformers/LaBSE" in said.out and "no seeds given" in said.out
    assert "intermediate" not in said.out and "\nencoder " in said.out

    said = xstilts("compare", "auxtasks-bavarian-sid", *store)
    assert said.code == 1 and "Say which encoder" in said.err
    assert "Did you mean 'mteb-results'" in xstilts("compare", "mteb-result", *store).err


def test_a_report_of_a_published_study(xstilts, tmp_path: Path) -> None:
    store, page = ("--store", tmp_path / "runs"), tmp_path / "page.html"
    xstilts("replay", EXAMPLE / "auxtasks_bavarian_sid.csv.gz", *store)
    said = xstilts("report", "auxtasks-bavarian-sid", *MDEBERTA, *store, "-o", page)
    assert said.code == 0, said.err
    told = page.read_text(encoding="utf-8")
    assert "nothing here was run by xstilts" in told and "bar-x-muc" in told and "MIT" in told
    assert "Where the scores are from" in told and "mainlp/auxtasks-bavarian-sid" in told
    assert "Computing time" not in told and "Every run is healthy" not in told and "planned" not in told


def test_what_is_wrong_names_file_and_line_and_leaves_no_store(xstilts, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("model,target_task,language,metric,score\nm,t,de,f1,50\nm,t,de,f1,500\n")
    said = xstilts("replay", EXAMPLE / "setfit_amazon.csv.gz", bad, "--store", tmp_path / "runs")
    assert said.code == 1 and "bad.csv, line 3" in said.err and not (tmp_path / "runs").exists()
    assert xstilts("replay", "--store", tmp_path / "runs").code == 1


def test_of_a_folder_the_tables_of_scores_are_taken(xstilts, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("model,target_task,language,metric,score\nm,t,de,f1,50\n")
    (tmp_path / "codes.csv").write_text("language,name\nde,German\n")
    said = xstilts("replay", tmp_path, "--store", tmp_path / "runs")
    assert said.code == 0 and "not of scores: codes.csv" in said.out and "1 score in 1 published run" in said.out
    assert "Nothing says under which licence scores.csv stands" in said.out
    (tmp_path / "scores.csv").unlink()
    assert "has the columns of scores" in xstilts("replay", tmp_path, "--store", tmp_path / "runs").err


def test_a_map_makes_another_table_ours(xstilts, tmp_path: Path) -> None:
    (tmp_path / "theirs.tsv").write_text("system\ten\tsw\nbase\t80\t60\nbase+mnli\t81\t64\n")
    (tmp_path / "map.toml").write_text(
        'source = "a paper, table 2"\nlicence = "CC-BY-4.0"\n'
        'spread = {into = "language", columns = ["en", "sw"]}\n'
        '[columns]\nroute = "system"\n'
        '[fixed]\nmodel = "mbert"\ntarget_task = "xnli"\nmetric = "accuracy"\nsource_languages = "en"\n'
        '[values.route]\nbase = "none"\n"base+mnli" = "mnli"\n'
    )
    store = ("--store", tmp_path / "runs")
    said = xstilts("replay", tmp_path / "theirs.tsv", "--columns", tmp_path / "map.toml", *store)
    assert said.code == 0, said.err
    assert "+4.0 (no seeds given)" in xstilts("compare", "theirs", *store).out


def test_text_from_a_table_is_not_markup(xstilts, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "model,route,source_languages,target_task,language,metric,score,note\n"
        "m,none,en,<script>alert(1)</script>,de,f1,50,[red]x\n"
        "m,\x1b[31mred\u202e,en,<script>alert(1)</script>,de,f1,60,[bold]\n"
        "m,=1+1,en,<script>alert(1)</script>,de,f1,40,\n"
    )
    store = ("--store", tmp_path / "runs")
    assert xstilts("replay", tmp_path / "t.csv", *store).code == 0
    csv = tmp_path / "gains.csv"
    said = xstilts("compare", "t", *store, "--csv", csv)
    assert said.code == 0 and "\x1b[31m" not in said.out and "\u202e" not in said.out
    assert "\\x1b[31mred\\u202e" in said.out and "=1+1" in said.out
    assert "\n'=1+1," in csv.read_text(encoding="utf-8") and ",-10.0," in csv.read_text(encoding="utf-8")
    assert xstilts("report", "t", *store, "-o", tmp_path / "p.html").code == 0
    assert "<script>alert" not in (tmp_path / "p.html").read_text(encoding="utf-8")
