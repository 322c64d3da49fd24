"""The lab's ledgers, judged world by world on the scores that `lab_effects.py` keeps in bench/results/.

    python bench/lab_claims.py              # Markdown: a row a claim, a column a world
    python bench/lab_claims.py --to FOLDER  # each world's scores as a table too, for `xstilts judge FILE --claims …`

The kept scores do not say which runs were not healthy, so there is no verdict without them here; a store has it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import polars as pl

from xstilts.findings.claims import Verdict, judge_table
from xstilts.findings.claims.verdict import SIGNS
from xstilts.findings.table import write_table
from xstilts.findings.words import signed
from xstilts.lab import PIVOT
from xstilts.studies.ledgers import load_ledger

RESULTS = Path(__file__).parent / "results"
LEDGERS = ("phang2020-lab", "questions-lab")


def table_of(path: Path) -> pl.DataFrame:
    """The long table of one world."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    scores = pl.DataFrame(kept["scores"], schema=["route", "exam", "lang", "seed", "value"], orient="row")
    main = ("study", f"lab-world{kept['world']}"), ("encoder", "lab"), ("metric", "main"), ("health", "ok")
    named = {name: pl.lit(value) for name, value in (*main, ("form", ""), ("digest", ""), ("reading", ""))}
    return scores.with_columns(
        **named, pivot=pl.col("lang") == PIVOT, main=pl.lit(True), n=pl.lit(None, dtype=pl.Int64)
    ).with_columns(pl.col("value").cast(pl.Float64))


def cell(verdict: Verdict) -> str:
    """One verdict: its mark, the estimate with its corrected interval."""
    mark = SIGNS[verdict.status] + (f" {verdict.only} only:" if verdict.said != verdict.status else "")
    if verdict.estimate is None:
        return mark
    digits = 2 if verdict.unit == "task" else 1
    text = f"{mark} {signed(verdict.estimate, digits)}"
    if verdict.low is not None and verdict.high is not None:
        return f"{text} [{signed(verdict.low, digits)}, {signed(verdict.high, digits)}]"
    return f"{text} (p {verdict.corrected:.2g})" if verdict.corrected is not None else text


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, help="A folder for the tables of scores.")
    given = parser.parse_args()
    worlds = {path.stem[-1]: table_of(path) for path in sorted(RESULTS.glob("lab_effects_world*.json"))}
    for world, table in worlds.items():
        if given.to is not None:
            given.to.mkdir(parents=True, exist_ok=True)
            print(f"Written: {write_table(table, given.to / f'lab-world{world}.csv')}")
    print(f"| claim | says | {' | '.join(f'world {world}' for world in worlds)} |\n|---|---|{'---|' * len(worlds)}")
    for name in LEDGERS:
        judged = [judge_table(table, load_ledger(name)).verdicts for table in worlds.values()]
        for row in zip(*judged, strict=True):
            print(f"| {row[0].id} | {row[0].statement} | {' | '.join(map(cell, row))} |")


if __name__ == "__main__":
    main()
