"""The page's filters in a real browser: what they show is what the same gains come to when computed here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from findings_synthetic import DISTANCE

from xstilts.findings.account import Account
from xstilts.findings.gains import gains, zero_shot
from xstilts.findings.report import report
from xstilts.findings.report.changed import Change, Changed, Side
from xstilts.findings.words import interval, signed

BROWSER = os.environ.get("XSTILTS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: install it or set XSTILTS_CHROMIUM")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--virtual-time-budget=4000",
)  # fmt: skip

ASK = """
const form = document.getElementById("filters");
const read = () => Object.fromEntries([...document.querySelectorAll("td[data-cell]")].map((cell) => [
  cell.dataset.cell, [...cell.children].map((part) => part.textContent.trim())]));
const pick = (name, text) => { form[name].value = [...form[name].options].find((one) => one.text === text).value; };
const told = { shown: !form.hidden, filters: [] };
for (const { lang, metric, seeds } of WANTED) {
  pick("lang", lang); pick("metric", metric);
  for (const box of form.querySelectorAll("[name=seed]"))
    box.checked = seeds.includes(Number(box.parentElement.textContent));
  form.dispatchEvent(new Event("input"));
  told.filters.push({ cells: read(), note: form.querySelector("output").textContent });
}
const result = document.createElement("pre");
result.id = "result";
result.textContent = JSON.stringify(told);
document.body.append(result);
"""


BROWSE = """
const told = { filters: [] };
for (const { form, pick } of WANTED) {
  const lists = document.querySelector(`form[data-for=${form}]`);
  for (const [name, text] of Object.entries(pick)) {
    const list = lists.elements[name];
    list.value = [...list.options].find((one) => one.text === text).value;
  }
  lists.dispatchEvent(new Event("input"));
  const open = [...document.querySelectorAll(".forests > details[open]")];
  told.filters.push({
    shown: !lists.hidden, note: lists.querySelector("output").textContent,
    plots: open.map(({ dataset }) => [dataset.exam, dataset.route]),
    heads: [...document.querySelectorAll("#shown h4")].map((head) => head.textContent),
    cards: [...document.querySelectorAll("#shown article")].map((card) => card.textContent),
  });
}
const cell = document.querySelector("td[data-cell='1,0']");
cell.click();
const list = document.querySelector("form[data-for=forests]").elements;
told.clicked = [list.exam, list.route].map((one) => one.options[one.selectedIndex].text);
const result = document.createElement("pre");
result.id = "result";
result.textContent = JSON.stringify(told);
document.body.append(result);
"""


def ask(page: str, wanted: list[dict[str, Any]], folder: Path, script: str = ASK) -> dict[str, Any]:
    """Set the page's lists, one choice after the other, in a copy of the page; what it then says."""
    probe = page.replace("script-src 'sha256-", "script-src 'unsafe-inline' 'no-", 1)
    assert probe != page
    script = script.replace("WANTED", json.dumps(wanted))
    path = folder / "probe.html"
    path.write_text(probe.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(unescape(found[1]))  # type: ignore[no-any-return]


def test_filtered_cells_say_what_the_table_says(table: pl.DataFrame, told: Account, tmp_path: Path) -> None:
    langs = "all zero-shot languages"
    main = "main metric of each exam"
    wanted = [
        {"lang": langs, "metric": main, "seeds": [1, 2, 3]},
        {"lang": langs, "metric": main, "seeds": [1, 3]},
        {"lang": "lab-mid", "metric": main, "seeds": [1, 2, 3]},
        {"lang": "lab-piv", "metric": main, "seeds": [2, 3]},
        {"lang": langs, "metric": "f1", "seeds": [1, 2, 3]},
        {"lang": langs, "metric": main, "seeds": [2]},
    ]
    seen = ask(report(table, told, far=DISTANCE), wanted, tmp_path)
    assert seen["shown"]
    every = zero_shot(gains(table))
    routes = list(dict.fromkeys(every["route"]))
    exams = list(dict.fromkeys(every["exam"]))
    for choice, view in zip(wanted, seen["filters"], strict=True):
        rows = table.filter(pl.col("seed").is_in(choice["seeds"]))
        whole = choice["lang"] == langs
        if not whole:
            rows = rows.filter(pl.col("lang") == choice["lang"])
        found = (
            gains(rows).filter(pl.col("scope") == "zero-shot")
            if whole
            else gains(rows).filter(pl.col("lang") != "mean")
        )
        keep = pl.col("main") if choice["metric"] == main else pl.col("metric") == choice["metric"]
        cells = {(row["route"], row["exam"]): row for row in found.filter(keep).iter_rows(named=True)}
        assert cells
        assert bool(view["note"]) == (choice != wanted[0])
        for key, parts in view["cells"].items():
            route, exam = map(int, key.split(","))
            row = cells.get((routes[route], exams[exam]))
            if row is None:
                assert parts == ["no pair"]
                continue
            assert parts[0].split()[0].rstrip("†") == signed(row["mean"]), (choice, routes[route], exams[exam])
            if not view["note"]:
                assert parts[1] == interval(row)
            elif row["low"] is None:
                assert parts[1] == "one seed"
            else:
                assert parts[1] == f"{signed(row['low'])} to {signed(row['high'])}"


def test_the_script_that_ships_is_the_only_one_that_runs(table: pl.DataFrame, told: Account, tmp_path: Path) -> None:
    page = report(table, told, far=DISTANCE)
    path = tmp_path / "page.html"
    other = "<script>document.body.dataset.broken = 'yes'</script></body>"
    path.write_text(page.replace("</body>", other), encoding="utf-8")
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "data-broken" not in dom
    assert re.search(r'<form id="filters"[^>]*hidden', dom) is None


def test_any_cell_can_be_chosen(table: pl.DataFrame, told: Account, tmp_path: Path) -> None:
    side = Side(answers=(("<b>this</b>", 2), ("that", 1)), credit=0.5)
    shown = tuple(
        Change(
            id=f"{number}",
            fixed=number < 3,
            asked=(("text", "<i>words</i>"),),
            right="r",
            without=side,
            with_route=side,
        )
        for number in range(5)
    )
    langs = ("lab-mid", "lab-far-new")
    cells = tuple(
        Changed(route=route, exam="lab-xquad", lang=lang, looked=1000, fixed=40, broken=7, shown=shown)
        for route in ("squad1", "ccg")
        for lang in langs
    )
    every = {"exam": "lab-xquad", "route": "ccg", "lang": "all languages"}
    wanted = [
        {"form": "forests", "pick": {"exam": "lab-panx", "route": "mnli"}},
        {"form": "examples", "pick": every},
        {"form": "examples", "pick": every | {"lang": "lab-far-new"}},
    ]
    seen = ask(report(table, told, far=DISTANCE, changes=cells), wanted, tmp_path, BROWSE)
    plots, both, one = seen["filters"]
    assert plots["shown"] and plots["plots"] == [["lab-panx", "mnli"]] and plots["note"] == ""
    assert both["heads"] == ["Fixed: 6 of 80", "Broken: 4 of 14"] and "2,000 answers" in both["note"]
    assert one["heads"] == ["Fixed: 3 of 40", "Broken: 2 of 7"] and len(one["cards"]) == 5
    assert all(card.startswith("lab-far-new") for card in one["cards"])
    assert {card[:7] for card in both["cards"]} == {"lab-mid", "lab-far"}
    assert "<i>words</i>" in one["cards"][0] and "ccg<b>this</b> (2×); that (1×) [credit 0.50]" in one["cards"][0]
    exams, routes = (list(dict.fromkeys(zero_shot(gains(table))[name])) for name in ("exam", "route"))
    assert seen["clicked"] == [exams[0], routes[1]]
