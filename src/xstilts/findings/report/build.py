"""The page: one HTML file with everything in it. It needs no network; its one script filters a table."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from string import Template

import polars as pl

from xstilts.files import write_atomic
from xstilts.findings.account import Account
from xstilts.findings.gains import gains, in_order
from xstilts.findings.report import explore
from xstilts.findings.report.browser import BUDGET, examples_section
from xstilts.findings.report.browser import data as examples_data
from xstilts.findings.report.changed import Changed
from xstilts.findings.report.doubts import doubts
from xstilts.findings.report.facts import Facts, Said, clock
from xstilts.findings.report.forest import languages_section
from xstilts.findings.report.gathered import Made, study_record
from xstilts.findings.report.heat import heat_section
from xstilts.findings.report.ledger import claims_section
from xstilts.findings.report.markup import Html, join, listed, pairs, tag
from xstilts.findings.report.origins import account_section
from xstilts.findings.report.record import Record, averages_of, record
from xstilts.findings.report.references import Reference, remembered
from xstilts.findings.report.scores import baseline_section, distance_section
from xstilts.findings.report.sections import (
    answer_section,
    numbers_section,
)
from xstilts.findings.sheets import ORACLE
from xstilts.findings.table import by_distance, distances, readings
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.tasks import Exam, Task

PAGE = Path(__file__).parent / "page"

LARGEST = 5_900_000
"""Bytes of a page without its scripts and style."""

SCRIPTS = ("explore.js", "choose.js")
"""They go into the page as one."""

VERSION: str = import_module("xstilts").__version__
"""Of what makes the page; the runs may be another's. Not `from xstilts`: floors do not go through the door."""

LAB = (
    "Every language in this report is made by rules and spoken by nobody. These scores test the method and the tool; "
    "they say nothing about real languages."
)

PARTS = {
    "answer": "The answer",
    "question": "The question",
    "gains": "At a glance",
    "languages": "Language by language",
    "claims": "Claims",
    "examples": "Fixed and broken",
    "baseline": "Where it starts",
    "distance": "Distance",
    "numbers": "Numbers",
    "methods": "Methods",
    "account": "How it was run",
    "limits": "Limits",
    "references": "References",
    "reproduce": "Reproduce",
}


def report(
    table: pl.DataFrame,
    told: Account,
    *,
    far: Mapping[str, float] | None = None,
    tasks: Mapping[str, Task] | None = None,
    exams: Mapping[str, Exam] | None = None,
    changes: tuple[Changed, ...] = (),
) -> str:
    """The page. `far`, the languages' distances to the pivot, orders them, and gives a figure of its own."""
    found = gains(table, baseline=told.baseline)
    return page(record(table, found, told, tasks=tasks, exams=exams, changes=changes), table, found, far=far)


def page(written: Record, table: pl.DataFrame, found: pl.DataFrame, *, far: Mapping[str, float] | None = None) -> str:
    """The page of a record."""
    told, known, facts = written.account, far or {}, written.facts
    averages = averages_of(written)
    order = by_distance(table["lang"], known)
    main = table.filter(pl.col("main"))
    read_at = readings(table)
    metrics = {
        exam: f"{metric}, {read_at[exam]}" if exam in read_at else metric
        for exam, metric in zip(main["exam"], main["metric"], strict=True)
    }
    explored = explore.data(table, order, baseline=told.baseline)
    sections = [
        answer_section(found, written.answer, doubts(written, found)),
        prose_section("question", "The question, and what would count as an answer", written.question),
        heat_section(found, averages, metrics, explored, facts),
        languages_section(found, order, facts, told.ways),
        claims_section(written.judged),
        examples_section(written.changes, facts),
        baseline_section(table, order, metrics, facts),
        distance_section(table, known, baseline=told.baseline),
        numbers_section(found, averages, read_at, facts),
        prose_section("methods", "Methods", written.methods),
        account_section(told),
        prose_section("limits", "What this run cannot say", written.limits),
        references_section(written.references),
        reproduce_section(written.reproduce),
    ]
    there = [name for name, section in zip(PARTS, sections, strict=True) if section]
    parts = [_header(table, found, told, facts, there), *sections, _footer()]
    if written.changes:
        # Examples take what room is left: everything else of a page is needed, and none of it grows with them.
        room = LARGEST - sum(len(part.encode()) for part in parts) - len(json.dumps(explored))
        explored["examples"] = examples_data(written.changes, told.baseline, budget=min(BUDGET, max(0, room)))
    body = join([*parts, explore.embedded(explored, "explore")])
    script = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return Template((PAGE / "skeleton.html").read_text(encoding="utf-8")).substitute(
        title=join([f"{told.study}: {told.question or 'zero-shot gains'}"]),
        style=(PAGE / "style.css").read_text(encoding="utf-8"),
        body=body,
        script=script,
        # The one script that may run is this one: text from data cannot become another.
        allowed=b64encode(sha256(script.encode()).digest()).decode(),
    )


def prose_section(name: str, title: str, told: Sequence[Said]) -> Html:
    """A section of sentences alone."""
    return tag("section", tag("h2", title), tag("p", join([one.text for one in told], " ")), id=name)


def references_section(found: Sequence[Reference]) -> Html:
    """Only what was used, and for what."""
    if not found:
        return Html("")
    items = [
        join([one.text, " ", tag("small", "; ".join(part for part in (one.used, one.licence) if part))])
        for one in found
    ]
    beware = remembered(found)
    return tag(
        "section",
        tag("h2", "References"),
        listed(items),
        tag("p", beware, class_="lead") if beware else "",
        id="references",
    )


def reproduce_section(commands: Sequence[str]) -> Html:
    """What to type to get this report again."""
    if not commands:
        return Html("")
    return tag(
        "section", tag("h2", "How to reproduce it"), tag("pre", tag("code", "\n".join(commands))), id="reproduce"
    )


def write_report(
    path: str | Path, table: pl.DataFrame, told: Account, *, far: Mapping[str, float] | None = None
) -> Path:
    """Write the page, all or nothing."""
    path = Path(path)
    write_atomic(path, report(table, told, far=far))
    return path


def report_study(store: Store, study: Study, path: str | Path) -> Path:
    """Write the page of what the store has of a study."""
    return write_page(path, study_record(store, study))


def write_page(path: str | Path, made: Made) -> Path:
    """Write the page of a record, all or nothing."""
    path = Path(path)
    write_atomic(path, page(*made, far=distances(made[1]["lang"])))
    return path


def _header(table: pl.DataFrame, found: pl.DataFrame, told: Account, facts: Facts, there: list[str]) -> Html:
    away = table.filter(~pl.col("pivot"))["lang"].n_unique()
    shown = pairs(
        [
            ("Encoder", join(told.encoder.split("/"), Html("/<wbr>"))),
            (f"{facts['kind']}s".capitalize(), _names(in_order(found["route"]))),
            ("Exams", _names(in_order(table["exam"]))),
            ("Zero-shot languages", str(away)),
            ("Seeds", str(len(told.seeds) or "none given")),
            ("Scores", "published") if told.published else ("Computing time", clock(told.seconds)),
        ],
        class_="facts",
    )
    banner = tag("aside", tag("p", tag("strong", "The lab: invented languages. "), LAB), class_="lab", role="note")
    return tag(
        "header",
        tag("p", f"{told.study} · an xstilts report", class_="eyebrow"),
        tag("h1", told.question or told.study),
        tag("nav", listed(tag("a", PARTS[name], href=f"#{name}") for name in there), aria_label="Sections"),
        shown,
        banner if told.lab else "",
        tag("aside", tag("p", tag("strong", ORACLE)), class_="lab", role="note") if facts["oracle"] else "",
    )


def _names(names: list[str]) -> Html:
    *most, last = names or [""]
    return join([*(tag("span", f"{name},", class_="name") for name in most), tag("span", last, class_="name")], " ")


def _footer() -> Html:
    return tag(
        "footer",
        f"Made by xstilts {VERSION}. This file is complete: it loads nothing; its one script filters and chooses.",
    )
