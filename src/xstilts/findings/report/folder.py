"""A report as a folder: the page, the same as text, the record behind both, and figures and tables for a paper."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from xstilts.errors import BadStore
from xstilts.files import write_atomic, write_json
from xstilts.findings import figures
from xstilts.findings.report.build import page, study_record
from xstilts.findings.report.text import markdown
from xstilts.findings.table import distances
from xstilts.studies.store import Store
from xstilts.studies.study import Study

KINDS = ("svg", "pdf", "png")


def write_folder(store: Store, study: Study, folder: str | Path) -> list[Path]:
    """Write everything that is told of a study; the files that were written, the page first."""
    folder = Path(folder)
    written, table, found = study_record(store, study)
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
    return [html, text, data, *_tables(folder / "tables", table, found), *_figures(folder / "figures", found)]


def _tables(folder: Path, table: pl.DataFrame, found: pl.DataFrame) -> list[Path]:
    scores, gained = folder / "scores.csv", folder / "gains.csv"
    write_atomic(scores, table.write_csv())
    write_atomic(gained, found.with_columns(pl.col("languages", "left_out").list.join(" ")).write_csv())
    return [scores, gained]


def _figures(folder: Path, found: pl.DataFrame) -> list[Path]:
    drawn = {"gains": figures.heat_map(found), "forest": figures.forest(found)}
    return [figures.save_figure(spec, folder / f"{name}.{kind}") for name, spec in drawn.items() for kind in KINDS]
