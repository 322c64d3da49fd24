"""Sheets say what the gains say, and whatever a name holds is only text in LaTeX and Markdown."""

from __future__ import annotations

import re

import polars as pl
import pytest
from findings_synthetic import synthetic

from xstilts.findings.averages import average_gains
from xstilts.findings.gains import gains, held_to
from xstilts.findings.sheets import Cell, Sheet, beside, detail, details, latex, markdown, overview
from xstilts.findings.sheets.latex import ESCAPES, escape

NASTY = r"\input{x}&%$#_{}~^<b>|`*[a](b)" + "\n\x07→ \N{MINUS SIGN}"


def test_the_overview_has_the_baseline_and_a_row_for_each_route(table: pl.DataFrame) -> None:
    holed = table.filter(~((pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx")))
    sheet = overview(gains(holed), average_gains(holed))
    assert [row[0].text for row in sheet.rows] == ["none, scores", "squad1", "mnli", "ccg"]
    assert sheet.head == ("intermediate", "lab-xquad", "lab-panx", "lab-xnli", "lab-tatoeba", "all exams")
    assert sheet.rows[1][4] == Cell("+8.4", "± 2.4", "up")
    assert sheet.rows[3][2] == Cell("–")
    assert sheet.notes == ("ccg on all exams is without lab-panx.",)
    # ccg's average is over fewer exams: its baseline is another number, and the sheet does not hide that.
    assert sheet.rows[0][5].text.endswith("…") and not sheet.rows[0][1].text.endswith("…")


def test_an_interval_that_is_shown_is_the_corrected_one(table: pl.DataFrame) -> None:
    found = gains(table)
    row = found.filter(route="squad1", exam="lab-tatoeba", scope="zero-shot").row(0, named=True)
    assert f"± {row['shown_high'] - row['mean']:.1f}" == overview(found).rows[1][4].beside
    assert row["shown_high"] > row["high"]


def test_the_pivot_stands_beside(table: pl.DataFrame) -> None:
    found = gains(table)
    sheet = beside(found)
    assert sheet.head == ("intermediate", "lab-xquad", "lab-panx", "lab-xnli")
    row = found.filter(route="mnli", exam="lab-xnli", scope="zero-shot").row(0, named=True)
    home = found.filter(route="mnli", exam="lab-xnli", scope="pivot")["mean"][0]
    assert row["pivot_mean"] == pytest.approx(home)
    assert row["beyond"] == pytest.approx(row["mean"] - home)
    assert sheet.rows[1][3].text == f"+{home:.1f}" and " to " in sheet.rows[1][3].beside
    assert beside(found.with_columns(pivot_mean=None)).rows == ()


def test_a_number_with_a_sick_run_bears_a_dagger(table: pl.DataFrame) -> None:
    sick = (pl.col("route") == "ccg") & (pl.col("exam") == "lab-panx") & (pl.col("seed") == 2)
    ill = table.with_columns(health=pl.when(sick).then(pl.lit("flat")).otherwise("health"))
    sheet = overview(gains(ill))
    daggers = {row[0].text: [cell.beside.endswith("†") for cell in row[1:]] for row in sheet.rows}
    assert daggers["ccg"] == [False, True, False, False] and not any(daggers["mnli"])
    assert sheet.notes[0] == "† a run was sick, and is counted in" and r"\dag{}" in latex(sheet)


def test_the_detail_of_one_route_in_one_exam(table: pl.DataFrame) -> None:
    sheet = detail(gains(table), "mnli", "lab-xnli")
    assert len(sheet.rows) == 12 + 2 and sheet.breaks == (12,)
    assert sheet.rows[12][0].text == "mean of 12" and sheet.rows[13][0].text == "lab-piv (pivot)"
    before, after, gain = (float(cell.text.replace("\N{MINUS SIGN}", "-")) for cell in sheet.rows[12][1:4])
    assert after - before == pytest.approx(gain, abs=0.11)
    said = " ".join(sheet.notes)
    assert "Holm, 12 tests" in said and "less that of the pivot" in said and "For other languages like these" in said
    assert "no difference is shown from a margin of" in said and "test items" not in said
    assert len(list(details(gains(table)))) == 12


def test_sick_seeds_and_holes_stand_in_the_notes(table: pl.DataFrame) -> None:
    sick = (pl.col("route") == "none") & (pl.col("seed") == 1)
    hole = (pl.col("route") == "mnli") & (pl.col("lang") == "lab-mid")
    ill = table.filter(~hole).with_columns(health=pl.when(sick).then(pl.lit("flat")).otherwise("health"))
    said = " ".join(detail(gains(ill), "mnli", "lab-xnli").notes)
    assert "in 1 of 3 seeds; without them: +" in said and "is without lab-mid." in said


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_few_seeds(seeds: tuple[int, ...]) -> None:
    found = gains(synthetic(seeds=seeds))
    text = latex(overview(found)) + markdown(overview(found)) + "".join(map(latex, details(found)))
    assert "None" not in text and "nan" not in text


def test_a_margin_stands_in_every_legend_and_a_sure_gain_stays_one(table: pl.DataFrame) -> None:
    found = held_to(gains(table), 20)
    sheet = overview(found)
    assert sheet.rows[1][4] == Cell("+8.4", "± 2.6", "small up")
    assert "**+8.4** ± 2.6 ▲≈" in markdown(sheet)
    assert "≈ no difference that matters: surely smaller than the margin of 20, either way" in markdown(sheet)
    assert r"$\mathbf{+8.4}^{\ast\approx}$" in latex(sheet)
    assert r"${}^{\approx}$ surely smaller than the margin of 20, either way." in latex(sheet)
    assert r"${}^{\ast}$ sure after correction." in latex(sheet)
    assert all("margin of 20" in text for text in detail(found, "mnli", "lab-tatoeba").states.values())
    assert "margin of" not in latex(overview(gains(table)))


def test_nothing_to_show(table: pl.DataFrame) -> None:
    alone = gains(table.filter(pl.col("route") == "none"))
    assert overview(alone).rows == () and list(details(alone)) == []


def plain(text: str) -> str:
    """What LaTeX would print of escaped text."""
    for sign, code in sorted(ESCAPES.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(code, sign)
    return text


def test_latex_prints_any_text_as_it_is() -> None:
    assert plain(escape(r"a_b & 50% $x$ #1 {y} ^ < > |")) == r"a_b & 50% $x$ #1 {y} ^ < > |"
    assert escape("\\") == r"\textbackslash{}"
    assert escape("a\nb\x07c") == "a b c"


def test_latex_is_a_whole_table(table: pl.DataFrame) -> None:
    swap = {"squad1": NASTY, "lab-xquad": NASTY + "e"}
    text = latex(overview(gains(table.with_columns(pl.col("route", "exam").replace(swap)))), label="tab:ä b")
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    assert r"\input" not in text and r"\label{tab:--b}" in text
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(lines) == 1 + 4
    # A field ends at every ampersand that is not escaped: each line has one for every column.
    assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {4}
    assert all(line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}") for line in lines)
    assert r"$\mathbf{+8.4}^{\ast}$ {\scriptsize $\pm$ 2.6}" in text
    assert r"$\mathbf{-7.3}^{\ast}$" in text
    assert text.count("sure after correction") == 1


def test_a_judged_cell_that_is_no_number_cannot_leave_mathematics() -> None:
    sheet = Sheet(title="t", head=("a", "b"), rows=((Cell("x"), Cell("$}", state="up")),))
    assert r"$\mathbf{\mbox{\$\}}}^{\ast}$" in latex(sheet)


def test_markdown_is_a_table_and_nothing_else(table: pl.DataFrame) -> None:
    swap = {"squad1": NASTY, "lab-xquad": NASTY + "e"}
    text = markdown(overview(gains(table.with_columns(pl.col("route", "exam").replace(swap)))))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {6}
    assert "<b>" not in text and "**+8.4** ± 2.6 ▲" in text
    assert "[a](b)" not in text
