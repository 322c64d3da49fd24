"""The page: complete, offline, safe with any text, small, and honest about what went wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import polars as pl
import pytest
from findings_synthetic import DISTANCE, synthetic

import xstilts
from xstilts.errors import BadInput
from xstilts.findings import figures
from xstilts.findings.account import Account
from xstilts.findings.averages import average_gains
from xstilts.findings.gains import gains, zero_shot
from xstilts.findings.report import PARTS, report, write_report
from xstilts.findings.report.changed import Change, Changed, Side
from xstilts.findings.report.doubts import doubts
from xstilts.findings.report.markup import Html, drawing, join, tag
from xstilts.findings.report.record import record
from xstilts.findings.report.text import markdown
from xstilts.findings.words import answer_sentences, interval, signed, state

VOID = {"meta", "br", "wbr", "input"}
TICK = r'<i style="left:([\d.]+)%">(.*?)</i>'
NASTY = '<script>alert("x")</script>&\'"'


class Reader(HTMLParser):
    """Collects elements, ids, links and text, and insists that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.ids += [value or "" for key, value in attrs if key == "id"]
        self.links += [value or "" for key, value in attrs if key in ("href", "src", "xlink:href")]
        assert not any(key.startswith("on") for key, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text of the page."""
        return " ".join(" ".join(self.words).split())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def small() -> pl.DataFrame:
    few = ["lab-piv", "lab-near", "lab-mid", "lab-far-new"]
    return synthetic().filter(pl.col("lang").is_in(few) & pl.col("exam").is_in(["lab-xquad", "lab-tatoeba"]))


def test_the_page_is_complete_and_offline(table: pl.DataFrame, told: Account, tmp_path: Path) -> None:
    path = write_report(tmp_path / "report.html", table, told, far=DISTANCE)
    page = path.read_text(encoding="utf-8")
    assert len(page) < 500_000
    reader = read(page)
    # The others need a store: examples of predictions, what was used, and the commands.
    assert set(PARTS) - {"claims", "examples", "reproduce"} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))
    assert all(link.startswith("#") and link[1:] in reader.ids for link in reader.links)
    assert not {"link", "img", "iframe", "object"} & reader.names
    assert page.count("<script") == 2, "the data of the filters, and the filters"
    assert not re.findall(r"https?:|url\(|@import", page)
    assert page == report(table, told, far=DISTANCE)


def test_figures_have_text_beside_them(table: pl.DataFrame, told: Account) -> None:
    page = report(table, told, far=DISTANCE)
    assert page.count("<svg") == page.count('aria-label="Scores in') == 4
    text = read(page).text
    assert "Gains in lab-xquad" in text
    assert "lab-piv (pivot)" in text
    assert "#0b7285" not in page.split("</style>")[1]


def test_every_cell_has_a_forest_plot_of_the_intervals_that_are_shown(table: pl.DataFrame, told: Account) -> None:
    page = report(table, told, far=DISTANCE)
    plots = re.findall(
        r'<details class="forest" data-exam="(.*?)" data-route="(.*?)"( open="open")?>(.*?)</details>', page
    )
    assert len(plots) == 3 * 4 and [bool(one[2]) for one in plots].count(True) == 1
    found = gains(table)
    for exam, route, _, body in plots:
        rows = found.filter(pl.col("main"), exam=exam, route=route)
        assert body.count("</tr>") == 1 + len(rows)
        assert all(interval(row) in body for row in rows.iter_rows(named=True))
        # What is drawn is what is written: a bar of the shown interval, on the axis that the ticks stand on.
        ticks = [(float(at), float(value.replace("\N{MINUS SIGN}", "-"))) for at, value in re.findall(TICK, body)]
        (near, low), (far, high) = ticks[0], ticks[-1]
        bars = re.findall(r'class="bar( less| more| less more)?" style="left:([\d.]+)%;width:([\d.]+)%"', body)
        spans = [row for row in rows.iter_rows(named=True) if row["shown_low"] is not None]
        spans.sort(key=lambda row: ("language", "zero-shot", "pivot").index(row["scope"]))
        assert len(bars) == len(spans)
        scale = (high - low) / (far - near)
        for cut, left, width in (one for one in bars if not one[0]):
            begin = low + (float(left) - near) * scale
            end = begin + float(width) * scale
            close = [
                row for row in spans if abs(row["shown_low"] - begin) < scale and abs(row["shown_high"] - end) < scale
            ]
            assert close, (cut, begin, end)


def test_a_look_says_how_sure_a_gain_is_before_how_large(table: pl.DataFrame, told: Account) -> None:
    page = report(table, told, far=DISTANCE)
    rows = {(row["route"], row["exam"]): row for row in zero_shot(gains(table)).iter_rows(named=True)}
    routes, exams = (list(dict.fromkeys(name[place] for name in rows)) for place in (0, 1))
    cells = re.findall(r'<td class="([a-z ]+)" style="--v:\d+" data-cell="(\d+),(\d+)">', page)
    assert len(cells) == len(rows)
    looks = {(routes[int(row)], exams[int(column)]): look for look, row, column in cells}
    kinds = {"up": "up sure", "down": "down sure", "leaning up": "up lean", "leaning down": "down lean"}
    assert looks == {name: kinds.get(state(row), "open") for name, row in rows.items()}
    assert len(set(looks.values())) > 2
    legend = page.split('<ul class="legend">')[1].split("</ul>")[0]
    assert legend.count("swatch") == len({state(row) for row in rows.values()})
    spec = json.dumps(figures.heat_map(gains(table)))
    assert spec.count('"fontWeight": 700') == 1 and "a sure gain, after correction" in spec


def test_averages_and_the_pivot_stand_beside_the_map(table: pl.DataFrame, told: Account) -> None:
    page, found = report(table, told), gains(table)
    heat = page.split('<table class="heat">')[1].split("</table>")[0]
    for row in average_gains(table).iter_rows(named=True):
        assert f"<b>{signed(row['mean'])} " in heat and f"<small>{interval(row)}</small>" in heat
    assert "all exams" in heat
    beside = page.split("Does it only follow the pivot?")[1].split("</table>")[0]
    rows = [row for row in zero_shot(found).iter_rows(named=True) if row["pivot_mean"] is not None]
    assert rows and all(signed(row["pivot_mean"]) in beside and signed(row["beyond"]) in beside for row in rows)
    text = markdown(record(table, found, told), found)
    assert "| all exams |" in text and "### Does it only follow the pivot?" in text


def test_the_footer_names_the_xstilts_that_made_the_page(small: pl.DataFrame, told: Account) -> None:
    text = read(report(small, msgspec.structs.replace(told, packages={"torch": "2"}))).text
    assert f"Made by xstilts {xstilts.__version__}." in text and "not installed" not in text


def test_one_of_a_thing_is_not_called_several(small: pl.DataFrame, told: Account) -> None:
    one = small.filter(
        pl.col("lang").is_in(["lab-piv", "lab-mid"])
        & (pl.col("exam") == "lab-xquad")
        & pl.col("route").is_in(["none", "squad1"])
    )
    told = msgspec.structs.replace(told, seeds=(1,), cells=1)
    for table in (one, one.filter(pl.col("seed") == 1)):
        found = gains(table)
        written = record(table, found, told)
        prose = (*written.answer, *written.question, *written.methods, *written.limits)
        text = " ".join([*(line.text for line in prose), *answer_sentences(found), *doubts(written, found)])
        assert not re.findall(r"\b(?:these|all) 1 |\b1 \w+s\b(?<!is)|\b1 [\w -]{0,20}\b(?:are|were)\b", text), text
        assert "()" not in text and "  " not in text
    assert "in this language" in read(report(one, told)).text


def test_what_went_wrong_is_shown(small: pl.DataFrame, told: Account) -> None:
    text = read(report(small, told)).text
    assert "collapsed" in text and "one label for every dev example" in text
    assert "one result is missing" in text and "ccg → lab-xnli, seed 3" in text
    assert "the same task twice" in text
    assert "Distance" not in text


def test_sick_seeds_are_left_out_for_comparison(small: pl.DataFrame, told: Account) -> None:
    sick = (pl.col("exam") == "lab-tatoeba") & (pl.col("seed") < 3)
    ill = small.with_columns(health=pl.when(sick).then(pl.lit("diverged")).otherwise("health"))
    page = report(ill, told)
    assert "squad1 on lab-tatoeba would be “one seed” instead of “up”" in page
    assert "†" in page


def test_the_banner_is_for_the_lab_alone(small: pl.DataFrame, told: Account) -> None:
    assert "invented languages" in report(small, told)
    assert "invented languages" not in report(small, msgspec.structs.replace(told, lab=False))


def test_any_text_is_only_text(small: pl.DataFrame, told: Account) -> None:
    swap = {"squad1": NASTY + "r", "lab-xquad": NASTY + "e", "lab-mid": NASTY + "l"}
    nasty = small.with_columns(pl.col("route", "exam", "lang").replace(swap))
    runs = tuple(msgspec.structs.replace(run, label=NASTY, why=NASTY, health=NASTY) for run in told.runs[:2])
    bad = msgspec.structs.replace(
        told, question=NASTY, study=NASTY, encoder=NASTY, runs=runs, missing=(NASTY,), warnings=(NASTY,),
        recipes=((NASTY, NASTY),), packages={NASTY: NASTY}, machines=(NASTY,), about_encoder=NASTY, commits=(NASTY,),
    )  # fmt: skip
    side = Side(answers=((NASTY, 2),), credit=0.5)
    change = Change(id=NASTY, fixed=True, asked=((NASTY, NASTY),), right=NASTY, without=side, with_route=side)
    cell = Changed(route=NASTY, exam=NASTY, lang=NASTY, looked=1, fixed=1, broken=0, shown=(change,))
    bad = msgspec.structs.replace(bad, reproduce=(NASTY,), published=())
    tables = msgspec.structs.replace(bad, published=((NASTY, NASTY, NASTY),))
    assert read(report(nasty, tables)).names.isdisjoint({"img", "iframe", "script "})
    page = report(nasty, bad, far=DISTANCE | {swap["lab-mid"]: 0.4}, changes=(cell,))
    # The data of the filters and the filters themselves, neither of which the text got out of or into.
    assert page.count("<script") == page.count("</script>") == 2
    assert read(page).names.isdisjoint({"img", "iframe"}) and NASTY in read(page).text


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_few_seeds(seeds: tuple[int, ...], told: Account) -> None:
    few = synthetic(seeds=seeds).filter(pl.col("exam") == "lab-panx")
    assert "nan" not in read(report(few, told)).text.split()


def test_only_the_baseline_is_finished(small: pl.DataFrame, told: Account) -> None:
    text = read(report(small.filter(pl.col("route") == "none"), told)).text
    assert "There is no answer yet" in text and "scores of none" in text


def test_figures_are_saved(small: pl.DataFrame, tmp_path: Path) -> None:
    spec = figures.heat_map(gains(small))
    assert figures.save_figure(spec, tmp_path / "heat.svg").read_text(encoding="utf-8").startswith("<svg")
    assert figures.save_figure(spec, tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")
    forest = figures.forest(gains(small))
    assert figures.save_figure(forest, tmp_path / "forest.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(BadInput, match="png"):
        figures.save_figure(spec, tmp_path / "heat.gif")


def test_markup_escapes() -> None:
    assert tag("b", "<i>", title='"') == '<b title="&quot;">&lt;i&gt;</b>'
    assert join(["<", Html("<br>")], "&") == "&lt;&amp;<br>"


def test_drawing_keeps_tooltips_and_takes_the_pages_colours() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9"><g class="mark-rule">'
        '<path role="graphics-symbol" aria-label="a &lt; b" fill="#abc" d="M1.23456,2"/></g></svg>'
    )
    drawn = drawing(svg, "what it is", {"#abc": "var(--up)"})
    assert '<path fill="var(--up)" d="M1.2,2"><title>a &lt; b</title></path>' in drawn
    assert 'aria-label="what it is"' in drawn and "<g" not in drawn


def test_altair_waits_until_it_is_needed() -> None:
    code = "import sys, xstilts.findings; sys.exit(any(name in sys.modules for name in ('altair', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
