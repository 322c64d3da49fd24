"""A report as a folder: the page, the same as text, the record behind both, and figures and tables for a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from xstilts.errors import BadStore
from xstilts.files import write_atomic, write_json
from xstilts.findings import figures, sheets
from xstilts.findings.gains import in_order
from xstilts.findings.report.build import page
from xstilts.findings.report.gathered import Made
from xstilts.findings.report.heat import beside
from xstilts.findings.report.record import Record, averages_of
from xstilts.findings.report.text import markdown
from xstilts.findings.table import by_distance, distances, marked, write_table

KINDS = ("svg", "pdf", "png")


def write_folder(folder: str | Path, made: Made) -> list[Path]:
    """Write everything that is told of a study; the files that were written, the page first."""
    folder = Path(folder)
    written, table, found = made
    try:
        for part in ("figures", "tables"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadStore(f"Cannot make the folder {folder}: {error.strerror}.", way_out="Name another.") from error
    far = distances(table["lang"])
    html, text, data = folder / "report.html", folder / "report.md", folder / "report.json"
    write_atomic(html, page(written, table, found, far=far))
    write_atomic(text, markdown(written, found))
    write_json(data, written)
    return [
        html,
        text,
        data,
        *_tables(folder / "tables", written, table, found),
        *_figures(folder / "figures", written, table, found),
    ]


def _tables(folder: Path, written: Record, table: pl.DataFrame, found: pl.DataFrame) -> list[Path]:
    averages, kind = averages_of(written), written.facts["kind"]
    frames = {"scores": table, "gains": marked(found, table), "averages": marked(averages, table)}
    papers = {
        "gains": sheets.overview(found, averages, baseline=written.account.baseline, kind=kind),
        "pivot": sheets.beside(found, kind=kind),
    }
    files = [write_table(frame, folder / f"{name}.csv") for name, frame in frames.items()]
    for name, sheet in papers.items():
        if sheet.rows:
            files.append(folder / f"{name}.tex")
            told = sheets.by_an_oracle(sheet, oracle=written.facts["oracle"])
            write_atomic(files[-1], sheets.latex(told, label=name))
    return files


def _figures(folder: Path, written: Record, table: pl.DataFrame, found: pl.DataFrame) -> list[Path]:
    order = by_distance(table["lang"], distances(table["lang"]))
    drawn = {"gains": figures.heat_map(found, beside(averages_of(written))), "forest": figures.forest(found)}
    exams = in_order(found.filter(pl.col("main"))["exam"])
    for exam, name in zip(exams, file_names(exams), strict=True):
        drawn[f"languages-{name}"] = figures.language_forests(found, exam, order)
    return [figures.save_figure(spec, folder / f"{name}.{kind}") for name, spec in drawn.items() for kind in KINDS]


def file_names(names: Sequence[str]) -> list[str]:
    """A name of a file for each: letters, digits and `-` alone, and no two alike."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "exam"
        found.append(plain if plain not in found else f"{plain}-{len(found) + 1}")
    return found
