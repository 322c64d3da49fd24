"""`xstilts report`: one HTML file with all that a study says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, StudyName
from xstilts.findings.report import report_study
from xstilts.findings.report.folder import write_folder
from xstilts.studies.store import Store
from xstilts.studies.study import load_study


def report(
    study: StudyName,
    store: StoreFolder = STORE,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("report.html"),
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", help="Write a folder instead: page, Markdown, record, figures and tables for a paper."
        ),
    ] = None,
) -> None:
    """Write the report of what is finished. The file needs no network, and can be sent to anybody as it is."""
    asked, at = load_study(study), Store(store)
    files = [report_study(at, asked, output)] if folder is None else write_folder(at, asked, folder)
    for written in files:
        screen.say(f"Written: {written.resolve()} ({screen.size(written.stat().st_size)})")
