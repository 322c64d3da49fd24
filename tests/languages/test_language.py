"""languages: every language of the benchmarks is known, codes are checked, and a slip is answered with the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from xstilts.errors import BadInput, UnknownName
from xstilts.languages import Language, all_languages, benchmarks, langs, language
from xstilts.languages.language import REAL, read_table

XTREME = {
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
    "pawsx": "de en es fr ja ko zh",
    "udpos": "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh",
    "panx": "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl "
    "tr ur vi yo zh",
    "xquad": "en es de el ru tr ar vi th zh hi",
    "mlqa": "en es de ar hi vi zh",
    "tydiqa": "en ar bn fi id ko ru sw te",
    "bucc2018": "de fr ru zh",
}
XTREME_R = {
    "udpos": "lt pl uk wo ro",
    "panx": "qu pl uk az lt pa gu ro",
    "xcopa": "et ht id it qu sw ta th tr vi zh",
    "mewslix": "ar de en es fa ja pl ro ta tr uk",
}


@pytest.mark.parametrize("codes", [*XTREME.values(), *XTREME_R.values()])
def test_every_language_of_the_benchmarks_is_known(codes: str) -> None:
    assert langs(codes) == tuple(codes.split())


WANTED = {code for codes in (*XTREME.values(), *XTREME_R.values()) for code in codes.split()}


def test_the_lists_of_the_benchmarks_are_the_reference_lists() -> None:
    assert {task: set(codes.split()) for task, codes in XTREME.items()} == {
        task: set(codes) for task, codes in benchmarks.XTREME.items() if task != "tatoeba"
    }
    assert set(benchmarks.XTREME["panx"]) - set(benchmarks.XTREME["tatoeba"]) == {"en", "ms", "my", "yo"}
    for task, codes in XTREME_R.items():
        assert set(codes.split()) == set(benchmarks.XTREME_R[task]) - set(benchmarks.XTREME.get(task, ()))
    assert set(benchmarks.XTREME_R["tatoeba"]) - set(benchmarks.XTREME["tatoeba"]) == {"az", "lt", "pl", "uk", "ro"}
    assert set(benchmarks.XTREME_R["xquad"]) - set(benchmarks.XTREME["xquad"]) == {"ro"}
    counts = {task: len(codes) for task, codes in benchmarks.XTREME.items()}
    assert counts == {
        "xnli": 15, "pawsx": 7, "udpos": 33, "panx": 40, "xquad": 11, "mlqa": 7, "tydiqa": 9, "bucc2018": 4,
        "tatoeba": 36,
    }  # fmt: skip
    assert "ur" in benchmarks.XTREME["xnli"] and len({c for row in benchmarks.XTREME_R.values() for c in row}) == 50


def test_the_table_has_the_languages_of_the_benchmarks_and_of_every_other_list() -> None:
    known = {one.code for one in read_table(REAL)}
    assert known >= WANTED and len(WANTED) == 50
    lists = (
        benchmarks.AMERICASNLI, benchmarks.MASAKHANER, benchmarks.MASAKHAPOS, benchmarks.XWINOGRAD, benchmarks.NTREX,
        benchmarks.SIB200,
    )  # fmt: skip
    assert known >= {code for codes in lists for code in codes}
    assert [len(codes) for codes in lists] == [10, 10, 20, 6, 25, 205]


def test_rows_are_complete_where_they_must_be() -> None:
    for one in read_table(REAL):
        assert one.name and one.script and one.family and one.genus, one.code
        assert one.order in {"SVO", "SOV", "VSO", "mixed"} or one.code not in WANTED, one.code
        assert not one.invented
        assert one.distance is None and one.pretraining is None


def test_facts() -> None:
    assert language("sw") == Language(
        code="sw", name="Swahili", script="Latin", family="Niger-Congo", genus="Bantu",
        order="SVO", adposition="pre", adjective="NA", morphology="agglutinating",
    )  # fmt: skip
    assert language("ja").order == "SOV"
    assert language("zh").adposition == ""


def test_all_languages_are_real_ones_first() -> None:
    everything = all_languages()
    assert len({one.code for one in everything}) == len(everything) >= 50
    assert [one.invented for one in everything] == sorted(one.invented for one in everything)
    assert all(one.invented == one.code.startswith("lab-") for one in everything)


@pytest.mark.parametrize(
    ("slip", "near"),
    [("Swahili", "'sw' (Swahili)"), ("swahly", "'sw'"), ("EN", "'en'"), ("zhh", "'zh'"), ("burmes", "'my' (Burmese)")],
)
def test_a_slip_is_answered_by_code_and_name(slip: str, near: str) -> None:
    with pytest.raises(UnknownName) as caught:
        language(slip)
    assert near in caught.value.way_out


def test_a_far_name_is_answered_with_what_there_is() -> None:
    with pytest.raises(UnknownName, match="Known: ace, ace_Arab"):
        language("qqqqqqqqqqq")


def test_langs_refuses_none_twice_and_unknown() -> None:
    assert langs(["sw", "de"]) == ("sw", "de")
    with pytest.raises(BadInput, match="twice"):
        langs("ar de ar")
    with pytest.raises(BadInput, match="no language code"):
        langs("  ")
    with pytest.raises(UnknownName, match="'xx'"):
        langs("ar xx")


def test_an_invented_table(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    header = ("code", "name", "script", "family", "distance", "pretraining", "knob")
    rows = [header, ("lab-x", "X", "Latin", "A", "0.5", "3", "7"), ("lab-y", "Y", "Latin", "A", "", "0", "7")]
    table.write_text("# words\n\n" + "".join("\t".join(row) + "\n" for row in rows))
    first, second = read_table(table, invented=True)
    assert (first.distance, first.pretraining, first.invented) == (0.5, 3.0, True)
    assert (second.distance, second.pretraining, second.order) == (None, 0.0, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("code\tname\nx\n", r"t\.tsv, line 2: 1 columns"),
        ("code\tname\tscript\nx\tX\tLatin\n", "family"),
        ("code\tname\tscript\tfamily\tadposition\nx\tX\tLatin\tA\tbeside\n", r"line 2.*beside.*adposition"),
        ("code\tname\tscript\tfamily\tdistance\nx\tX\tLatin\tA\tfar\n", r"line 2.*\$\.distance"),
    ],
)
def test_a_broken_table_names_the_line(tmp_path: Path, text: str, says: str) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(text)
    with pytest.raises(BadInput, match=says):
        list(read_table(table))
