"""Reading published tables: what is taken, what a map says, and everything that is refused with file and line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from xstilts.errors import BadInput
from xstilts.files import content_hash
from xstilts.findings.replay import Columns, read_columns, read_facts, read_table
from xstilts.findings.replay.tables import is_result_table

HEAD = "study,model,route,target_task,language,seed,metric,score,n_items,note,colour"
ROW = "s,m,none,xnli,no,1,accuracy,71.5,500,,red"


def table(folder: Path, *rows: str, head: str = HEAD, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_row_is_taken_as_it_stands(tmp_path: Path) -> None:
    found = read_table(table(tmp_path, ROW, "s,m,none,xnli,nan,,accuracy,0,,a mean,"))
    first, second = found.rows
    assert (first.language, first.seed, first.score, first.n_items) == ("no", 1, 71.5, 500)
    assert first.facts == {"colour": "red"} and first.line == 2
    assert (second.language, second.seed, second.n_items, second.note) == ("nan", None, None, "a mean")
    assert found.sha256 == content_hash(tmp_path / "t.csv") and found.file == "t.csv"


def test_tabs_and_archives(tmp_path: Path) -> None:
    plain = table(tmp_path, ROW)
    tabs = table(tmp_path, ROW.replace(",", "\t"), head=HEAD.replace(",", "\t"), name="t.tsv")
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_table(plain).rows == read_table(tabs).rows == read_table(packed).rows


def test_a_file_without_a_study_is_named_after_itself(tmp_path: Path) -> None:
    path = table(
        tmp_path, "m,xnli,no,accuracy,1", head="model,target_task,language,metric,score", name="their.v2.csv.gz"
    )
    path.write_bytes(gzip.compress(path.read_bytes()))
    (row,) = read_table(path).rows
    assert (row.study, row.route, row.seed) == ("their.v2", "none", None)


WRONG = {
    "a word for a score": (ROW.replace("71.5", "high"), "line 3: score is 'high'"),
    "no score": (ROW.replace("71.5", ""), "line 3: score is empty"),
    "not a number": (ROW.replace("71.5", "nan"), "line 3: score is 'nan'"),
    "endless": (ROW.replace("71.5", "inf"), "line 3: score is 'inf'"),
    "above the scale": (ROW.replace("71.5", "715"), "accuracy is 715, and goes from 0 to 100"),
    "below the scale": (ROW.replace("71.5", "-2"), "accuracy is -2, and goes from 0 to 100"),
    "half a seed": (ROW.replace(",1,", ",1.5,"), "line 3: seed is '1.5'"),
    "a seed below zero": (ROW.replace(",1,", ",-1,"), "line 3: seed is '-1'"),
    "no items": (ROW.replace("500", "0"), "line 3: n_items is '0'"),
    "no language": (ROW.replace(",no,", ",,"), "line 3: language is empty"),
    "a cell too few": (ROW.removesuffix(",red"), "line 3: 10 cells, but the header names 11"),
    "a cell too many": (ROW + ",", "line 3: 12 cells"),
    "an open quote": (ROW.replace("red", '"red'), "line 3"),
    "a study that is no name": (ROW.replace("s,m", "../s,m", 1), "'../s' cannot name a study"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    bad, said = WRONG[case]
    path = table(tmp_path, ROW.replace(",no,", ",de,"), bad)
    with pytest.raises(BadInput) as refused:
        read_table(path)
    assert said in str(refused.value) and str(path) in str(refused.value)


def test_a_score_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    other = ROW.replace("71.5", "72").replace("red", "blue")
    path = table(tmp_path, ROW, ROW.replace(",no,", ",de,"), other)
    with pytest.raises(BadInput, match=r"line 4: the same score as in line 2 .* once 71.5 and once 72") as refused:
        read_table(path)
    assert 'conditions = ["colour"]' in refused.value.way_out
    assert len(read_table(path, Columns(conditions=("colour",))).rows) == 3


def test_the_same_row_twice_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: the same score as in line 2"):
        read_table(table(tmp_path, ROW, ROW))


def test_signed_metrics_may_be_below_zero(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, ROW.replace("accuracy,71.5", "mcc,-2.33"))).rows
    assert row.score == -2.33


def test_shares_are_not_taken_for_points(tmp_path: Path) -> None:
    rows = [ROW.replace(",no,", f",l{n},").replace("71.5", f"0.{n}1") for n in range(1, 9)]
    path = table(tmp_path, *rows)
    with pytest.raises(BadInput, match="shares") as refused:
        read_table(path)
    assert "scale = 100" in refused.value.way_out
    assert read_table(path, Columns(scale=100)).rows[0].score == pytest.approx(11)
    assert read_table(path, Columns(scale=1)).rows[0].score == 0.11
    # An error rate, turned round.
    assert read_table(path, Columns(scale=-100, offset=100)).rows[0].score == pytest.approx(89)


def test_unknown_columns_are_named_with_what_is_near(tmp_path: Path) -> None:
    path = table(tmp_path, "m,xnli,no,accuracy,1", head="model,target_tsk,language,metric,score")
    with pytest.raises(BadInput, match="no column target_task") as refused:
        read_table(path)
    assert 'target_task = "target_tsk"' in refused.value.way_out
    assert not is_result_table(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (HEAD.encode() + b"\n", "has no rows"),
        (b"\x00\x01,\x02\n\x00", "is not text"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a,b,a\n1,2,3\n", "the column 'a' twice"),
        (b"a,,c\n1,2,3\n", "no name for column 2"),
    ],
    ids=["nothing", "blank", "header-only", "binary", "another-encoding", "twice", "nameless"],
)
def test_files_that_are_no_tables(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_table(path)


def test_a_broken_archive_and_other_files(tmp_path: Path) -> None:
    broken = tmp_path / "t.csv.gz"
    broken.write_bytes(gzip.compress(b"a,b\n" * 1000)[:40])
    for path, said in (
        (broken, "cannot be read"),
        (tmp_path / "t.xlsx", "is no table"),
        (tmp_path / "no.csv", "no file"),
    ):
        with pytest.raises(BadInput, match=said):
            read_table(path)


def test_a_manifest_beside_the_table_is_believed_and_held_to(tmp_path: Path) -> None:
    path = table(tmp_path, ROW)
    told = {"source": "repo@1", "licence": "MIT", "key": ["model", "colour"], "sha256": content_hash(path)}
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"files": {"t.csv": told}}))
    found = read_table(path)
    assert (found.source, found.licence, found.conditions) == ("repo@1", "MIT", ("colour",))
    table(tmp_path, ROW.replace("71.5", "99"))
    with pytest.raises(BadInput, match="SHA-256 differs"):
        read_table(path)
    (tmp_path / "MANIFEST.json").write_text('{"files": ["of another kind"]}')
    assert read_table(path).licence == ""


MAP = """
source = "their paper, table 3"
licence = "CC-BY-4.0"
conditions = ["size"]
scale = 100
[columns]
model = "system"
language = "lang"
score = "acc"
route = "first"
[fixed]
study = "theirs"
metric = "accuracy"
target_task = "xnli"
[values.language]
English = "en"
[values.route]
"-" = "none"
[drop]
lang = ["av*"]
"""


def test_a_map_renames_fixes_translates_and_drops(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    path = table(
        tmp_path,
        "big,English,0.5,-,8",
        "big,German,0.25,mnli,8",
        "big,average,0.4,-,8",
        head="system,lang,acc,first,size",
    )
    found = read_table(path, read_columns(tmp_path / "map.toml"))
    assert [(row.language, row.route, row.score) for row in found.rows] == [("en", "none", 50), ("German", "mnli", 25)]
    assert found.left_out == 1 and found.conditions == ("size",) and found.source == "their paper, table 3"
    assert {row.study for row in found.rows} == {"theirs"}


def test_a_wide_table_becomes_long(tmp_path: Path) -> None:
    wide = {"into": "language", "columns": ["en", "de"]}
    (tmp_path / "map.toml").write_text(
        f'spread = {{into = "language", columns = {json.dumps(wide["columns"])}}}\n'
        '[fixed]\ntarget_task = "xnli"\nmetric = "accuracy"\n'
    )
    found = read_table(
        table(tmp_path, "m,80,70,75", "n,60,,60", head="model,en,de,mean"), read_columns(tmp_path / "map.toml")
    )
    assert [(row.model, row.language, row.score) for row in found.rows] == [
        ("m", "en", 80),
        ("m", "de", 70),
        ("n", "en", 60),
    ]
    assert found.empty == 1 and found.rows[0].facts == {"mean": "75"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums = 1", "Did you mean 'columns'"),
        ("[columns]\nlangage = 'x'", "Did you mean 'language'"),
        ("[columns]\nscore = 'a'\n[fixed]\nscore = '1'", "twice"),
        ("spread = {into = 'score', columns = ['a']}", "[spread] needs"),
        ("spread = {into = 'language', columns = []}", "[spread] needs"),
        ("scale = 'much'", "expected"),
        ("a = [", "not valid TOML"),
    ],
)
def test_a_wrong_map_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(BadInput) as refused:
        read_columns(tmp_path / "map.toml")
    assert said.lower() in str(refused.value).lower()


def test_a_map_that_does_not_fit_the_table_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, ROW)
    with pytest.raises(BadInput, match="no column 'scores'") as refused:
        read_table(path, Columns(columns={"score": "scores"}))
    assert "Did you mean 'score'" in str(refused.value)


def test_facts_tell_numbers_from_words(tmp_path: Path) -> None:
    path = table(tmp_path, "no,0.5,", "nan,,x", head="language,distance,word")
    found = read_facts(path)
    assert found["language"].to_list() == ["no", "nan"]
    assert found["distance"].to_list() == [0.5, None] and found["word"].to_list() == ["", "x"]


def test_the_map_in_the_documentation_can_be_used(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "replay.md").read_text(encoding="utf-8")
    (tmp_path / "map.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    rows = ("small\tbase\t-\t0.81\t0.7\t0.5\t", "large\tbase\t-\t0.82\t0.7\t0.6\tsuspect: copied")
    path = tmp_path / "theirs.tsv"
    path.write_text("\n".join(["size\tsystem\tfirst\ten\tde\tsw\tnote", *rows]) + "\n", encoding="utf-8")
    found = read_table(path, read_columns(tmp_path / "map.toml"))
    assert [row.score for row in found.rows] == pytest.approx([81, 70, 50]) and found.left_out == 3
    assert {(row.study, row.route, row.facts["size"]) for row in found.rows} == {("their-study", "none", "small")}
