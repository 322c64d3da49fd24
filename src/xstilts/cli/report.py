"""`xstilts report`: one HTML file with all that a study says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from xstilts.cli import screen
from xstilts.cli.options import STORE, EncoderName, StoreFolder, StudyName
from xstilts.findings.asked import ask
from xstilts.findings.pairs import BASELINE
from xstilts.findings.report import write_report
from xstilts.findings.table import distances
from xstilts.studies.store import Store


def report(
    study: StudyName,
    store: StoreFolder = STORE,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("report.html"),
    baseline: Annotated[
        str, typer.Option("--baseline", help="The route that the others are compared with.")
    ] = BASELINE,
    encoder: EncoderName = "",
) -> None:
    """Write the report of what is finished. The file needs no network, and can be sent to anybody as it is."""
    asked = ask(Store(store), study, encoder=encoder)
    told = msgspec.structs.replace(asked.told, baseline=baseline)
    written = write_report(output, asked.table, told, far=distances(asked.table["lang"]))
    screen.say(f"Written: {written.resolve()} ({screen.size(written.stat().st_size)})")
