"""`xstilts report`: one HTML file with all that a study says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder
from xstilts.cli.tables import EncoderName, TableName
from xstilts.findings.asked import ask
from xstilts.findings.pairs import BASELINE
from xstilts.findings.report.build import write_page
from xstilts.findings.report.folder import write_folder
from xstilts.findings.report.gathered import asked_record
from xstilts.studies.records.store import Store


def report(
    study: TableName,
    store: StoreFolder = STORE,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("report.html"),
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", help="Write a folder instead: page, Markdown, record, figures and tables for a paper."
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option("--baseline", help="The route that the others are compared with.")
    ] = BASELINE,
    encoder: EncoderName = "",
) -> None:
    """Write the report of what is finished. The file needs no network, and can be sent to anybody as it is."""
    at = Store(store)
    made = asked_record(at, ask(study, at, encoder=encoder), baseline=baseline)
    files = [write_page(output, made)] if folder is None else write_folder(folder, made)
    for written in files:
        screen.say(f"Written: {written.resolve()} ({screen.size(written.stat().st_size)})")
