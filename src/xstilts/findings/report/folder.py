"""A report as a folder: the page, the same as text, the record behind both, and figures and tables for a paper."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from xstilts.errors import BadStore
from xstilts.files import write_atomic, write_json
from xstilts.findings import figures, sheets
from xstilts.findings.report.build import page
from xstilts.findings.report.gathered import Made
from xstilts.findings.report.text import markdown
from xstilts.findings.table import distances, write_table

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
        *_tables(folder / "tables", table, found, written.account.baseline),
        *_figures(folder / "figures", found),
    ]


def _tables(folder: Path, table: pl.DataFrame, found: pl.DataFrame, baseline: str) -> list[Path]:
    scores, gained, paper = (folder / name for name in ("scores.csv", "gains.csv", "gains.tex"))
    write_table(table, scores)
    write_table(found, gained)
    write_atomic(paper, sheets.latex(sheets.overview(found, baseline=baseline), label="gains"))
    return [scores, gained, paper]


def _figures(folder: Path, found: pl.DataFrame) -> list[Path]:
    drawn = {"gains": figures.heat_map(found), "forest": figures.forest(found)}
    return [figures.save_figure(spec, folder / f"{name}.{kind}") for name, spec in drawn.items() for kind in KINDS]
