"""CCGbank's AUTO format, on hand-written derivations."""

from __future__ import annotations

from pathlib import Path

import pytest

from xstilts.errors import BadInput
from xstilts.forms import Tag
from xstilts.sources import Table, Words
from xstilts.sources.ccgbank import CcgBank
from xstilts.tasks import task

ONE = r"""ID=wsj_0001.1 PARSER=GOLD NUMPARSE=1
(<T S[dcl] 0 2> (<T NP 0 1> (<L N NNP NNP Ann N>) ) (<L S[dcl]\NP VBD VBD slept S[dcl]\NP_1>) )
"""
TWO = r"""ID=wsj_0002.1 PARSER=GOLD NUMPARSE=1
(<T S[dcl] 0 2> (<T NP 0 1> (<T N 1 2> (<L N/N CD CD 1\/2 N/N_1>) (<L N NN NN -LRB- N>) ) ) (<L . . . . .>) )
"""
FORM = Tag(labels=("N", r"S[dcl]\NP", "N/N", "."), spans=False)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ccgbank_1_1" / "data" / "AUTO"
    for section in (0, *range(2, 22)):
        (folder / f"{section:02d}").mkdir(parents=True)
        (folder / f"{section:02d}" / f"wsj_{section:02d}01.auto").write_text(ONE.replace("0001", f"{section:02d}01"))
    (folder / "00" / "wsj_0002.auto").write_text(TWO)
    monkeypatch.setenv("XSTILTS_CCGBANK", str(tmp_path / "ccgbank_1_1"))
    return folder


def test_words_and_supertags(bank: Path) -> None:
    rows = Table(form=FORM, place=CcgBank(0, 0), columns=Words(id="id")).read("en")
    assert [(one.id, one.words, one.tags) for one in rows] == [
        ("wsj_0001.1", ("Ann", "slept"), ("N", r"S[dcl]\NP")),
        ("wsj_0002.1", ("1/2", "(", "."), ("N/N", "N", ".")),
    ]


def test_the_task_has_the_categories_of_its_sections_and_never_the_stand_in(bank: Path) -> None:
    found = task("ccg")
    assert found.form.labels == (".", "N", "N/N", r"S[dcl]\NP")
    assert len(found.train.read("en")) == 20
    assert len(found.dev.read("en")) == 2


def test_a_section_that_is_missing_is_named(bank: Path) -> None:
    (bank / "13" / "wsj_1301.auto").unlink()
    with pytest.raises(BadInput, match="sections 02 to 21"):
        task("ccg").train.read("en")


def test_it_may_lie_in_the_mirror(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XSTILTS_CCGBANK")
    with pytest.raises(BadInput, match="LDC"):
        task("ccg").dev.read("en")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "ccgbank_1_1").rename(tmp_path / "mirror" / "ccgbank")
    monkeypatch.setenv("XSTILTS_DATA", str(tmp_path / "mirror"))
    assert len(task("ccg").dev.read("en")) == 2


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (ONE.replace("(<L N NNP NNP Ann N>)", "(<L N NNP Ann>)"), "line 2: this is no derivation"),
        (ONE.partition("\n")[2], "line 1: this is no derivation"),
        ("Ann slept\n", "line 1: 'Ann slept'"),
    ],
)
def test_what_is_no_derivation_is_refused(bank: Path, text: str, wrong: str) -> None:
    (bank / "00" / "wsj_0001.auto").write_text(text)
    with pytest.raises(BadInput, match=wrong):
        Table(form=FORM, place=CcgBank(0, 0), columns=Words(id="id")).read("en")


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XSTILTS_CCGBANK", str(tmp_path / "gone"))
    with pytest.raises(BadInput, match="no such folder"):
        CcgBank(0, 0).find("en")
