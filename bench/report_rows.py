"""How long a report takes that rests on 100,000 scores, and how large it is.

    python bench/report_rows.py --rows 100000

The scores are made up (a study of 11 routes, 9 exams, 40 languages and 5 seeds, several metrics an exam). Timed is what
stands between the long table and the files: gains, page, Markdown and record. Reading a store comes on top of it.
Beside the time on the clock stands that of the processor, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from xstilts.findings.account import Account
from xstilts.findings.gains import gains
from xstilts.findings.report.build import page
from xstilts.findings.report.record import record
from xstilts.findings.report.text import markdown
from xstilts.languages import all_languages

ROUTES, EXAMS, LANGS, SEEDS = 11, 9, 40, 5
RESULT = Path(__file__).parent / "results" / "report_rows.json"


def made_up(rows: int) -> pl.DataFrame:
    """A long table of about so many rows."""
    rng = np.random.default_rng(0)
    langs = [one.code for one in all_languages() if not one.invented][:LANGS]
    metrics = max(1, round(rows / (ROUTES * EXAMS * len(langs) * SEEDS)))
    names = ("route", "exam", "lang", "seed", "metric")
    keys = [
        ("none" if route == 0 else f"stage{route}", f"exam{exam}", lang, seed, f"metric{metric}")
        for route in range(ROUTES)
        for exam in range(EXAMS)
        for lang in langs
        for seed in range(1, SEEDS + 1)
        for metric in range(metrics)
    ]
    table = pl.DataFrame(keys, schema=list(names), orient="row")
    return table.with_columns(
        study=pl.lit("made-up"),
        encoder=pl.lit("made-up"),
        form=pl.lit("classify"),
        pivot=pl.col("lang") == langs[0],
        main=pl.col("metric") == "metric0",
        value=pl.Series(rng.uniform(20, 90, len(table))),
        n=pl.lit(1000),
        digest=pl.lit(""),
        health=pl.lit("ok"),
        reading=pl.lit(""),
    )


def main() -> None:
    """Time it once and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    table = made_up(parser.parse_args().rows)
    far = {lang: place / LANGS for place, lang in enumerate(dict.fromkeys(table["lang"]))}
    told = Account(study="made-up", encoder="made-up", seeds=tuple(range(1, SEEDS + 1)))
    seconds: dict[str, float] = {}
    busy: dict[str, float] = {}
    clock, work = time.perf_counter(), time.process_time()

    def lap(name: str) -> None:
        nonlocal clock, work
        seconds[name] = round(time.perf_counter() - clock, 2)
        busy[name] = round(time.process_time() - work, 2)
        clock, work = time.perf_counter(), time.process_time()

    found = gains(table)
    lap("gains")
    written = record(table, found, told)
    lap("record")
    html = page(written, table, found, far=far)
    lap("page")
    text = markdown(written, found)
    lap("markdown")
    data = msgspec.json.encode(written)
    lap("json")
    sizes = {"html": len(html.encode()), "markdown": len(text.encode()), "json": len(data)}
    result: dict[str, object] = {"rows": len(table), "seconds": seconds, "total": round(sum(seconds.values()), 2)}
    result |= {"processor": busy, "processor_total": round(sum(busy.values()), 2), "bytes": sizes}
    result |= {"machine": platform.processor() or platform.machine(), "python": platform.python_version()}
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
