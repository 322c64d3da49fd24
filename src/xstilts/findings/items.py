"""Items: how noisy a test set is, told by drawing its items again; here alone predictions are read.

    with_items(found, table, store, study)   fills the columns item_… and drawn_… of a study's gains

Items are drawn once for each exam and language, the same in every route and seed: it is one test set. Where an exam's
languages are translations of each other, they share their draws too.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xstilts.errors import XstiltsError
from xstilts.findings.pairs import BASELINE, CELL, in_every_seed, pairs
from xstilts.findings.ratios import Ratio, ratios
from xstilts.findings.resample import beyond_languages
from xstilts.findings.statistics import LEVEL
from xstilts.sources.here import here_only
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.pins import known
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study
from xstilts.tasks import Exam

Floats = NDArray[np.float64]

DRAWS = 2_000
"""Of each test set."""

AT_ONCE = 4_000_000
"""Draws that are held in memory together: BUCC has test sets of hundreds of thousands of queries."""


def drawn(columns: Floats, *, times: int = DRAWS, seed: int = 0) -> Floats:
    """Times by columns: the columns' sums over items, when as many are drawn again as there are, time after time."""
    rng, items = np.random.default_rng(seed), len(columns)
    most = max(1, AT_ONCE // items)
    sums = []
    for begin in range(0, times, most):
        some = min(most, times - begin)
        places = rng.integers(items, size=(some, items)) + items * np.arange(some)[:, None]
        weights = np.bincount(places.ravel(), minlength=some * items).reshape(some, items)
        sums.append(weights.astype(np.float64) @ columns)
    return np.concatenate(sums)


def with_items(
    found: pl.DataFrame,
    table: pl.DataFrame,
    store: Store,
    study: Study | Plan,
    *,
    baseline: str = BASELINE,
    times: int = DRAWS,
    level: float = LEVEL,
) -> pl.DataFrame:
    """The gains of a study's table, with two more intervals.

    item_…: every mean, were only its test items drawn again: percentiles of `times` draws, at `level`. drawn_…: a
    zero-shot mean for other languages, seeds and test items, at the row's own level; never narrower than general_….
    Rows whose predictions or examples are not at hand stay without.
    """
    planned = study if isinstance(study, Plan) else known(study, store)
    paired = in_every_seed(pairs(table, baseline=baseline))
    ends: list[tuple[float | None, ...]] = [(None,) * 4] * len(found)
    noise: dict[tuple[str, str, str], Floats] = {}
    exam = ""
    # Exam by exam: the noise of one fits into memory, that of a whole benchmark may not.
    for at, row in sorted(enumerate(found.iter_rows(named=True)), key=lambda one: one[1]["exam"]):
        if row["exam"] != exam:
            exam, routes = row["exam"], set(found.filter(exam=row["exam"])["route"])
            there = exam in planned.exams
            noise = exam_noise(store, planned, exam, routes, baseline=baseline, times=times) if there else {}
        parts = [noise.get((row["route"], lang, row["metric"])) for lang in row["languages"]]
        moved = [part for part in parts if part is not None]
        if not moved or len(moved) < len(parts):
            continue
        shifts = np.mean(moved, axis=0)
        low, high = np.quantile(shifts, [(1 - level) / 2, (1 + level) / 2]) + row["mean"]
        again: tuple[float | None, ...] = (None, None)
        if row["scope"] == "zero-shot" and row["seeds"] > 1 and len(moved) > 1:
            here = paired.filter(~pl.col("pivot"), **{name: row[name] for name in CELL})
            cube = here.pivot("lang", index="seed", values="gain").select(row["languages"]).to_numpy()
            again = beyond_languages(cube, level=row["level"], items=float(shifts.std())) or again
        ends[at] = (float(low), float(high), *again)
    names = ("item_low", "item_high", "drawn_low", "drawn_high")
    columns = [pl.Series(name, [row[side] for row in ends], dtype=pl.Float64) for side, name in enumerate(names)]
    return found.with_columns(*columns)


def exam_noise(
    store: Store, planned: Plan, exam: str, routes: set[str], *, baseline: str = BASELINE, times: int = DRAWS
) -> dict[tuple[str, str, str], Floats]:
    """(route, language, metric) → for each draw of the items, how far the mean gain over the paired seeds moves."""
    sat = planned.exams[exam]
    cells = {
        (cell.route, cell.seed): cell.digest
        for cell in planned.cells
        if cell.exam == exam and cell.route in {*routes, baseline} and store.has(cell.digest)
    }
    noise = {}
    for lang in sat.languages:
        moved = _moves(store, sat, lang, list(dict.fromkeys(cells.values())), times)
        for route in sorted(routes - {baseline}):
            seeds = [seed for name, seed in cells if name == route and (baseline, seed) in cells]
            sides = [(cells[route, seed], cells[baseline, seed]) for seed in seeds]
            for metric in sat.form.metrics:
                there = [(moved.get((after, metric)), moved.get((before, metric))) for after, before in sides]
                gained = [after - before for after, before in there if after is not None and before is not None]
                if gained and len(gained) == len(sides):
                    noise[route, lang, metric] = np.mean(gained, axis=0)
    return noise


def _moves(store: Store, sat: Exam, lang: str, digests: Sequence[str], times: int) -> dict[tuple[str, str], Floats]:
    """(run, metric) → what each draw of the items adds to the score; nothing where rows or predictions are not here."""
    try:
        with here_only():
            examples = sat.test.read(lang)
    except (XstiltsError, OSError):
        return {}
    found: dict[tuple[str, str], Ratio] = {}
    for digest in digests:
        # A run that was stored without predictions, or of other rows, has its scores all the same.
        with suppress(XstiltsError, ValueError):
            parts = ratios(sat, store.read_predictions(digest, lang), examples)
            found |= {(digest, metric): ratio for metric, ratio in parts.items()}
    if not found:
        return {}
    columns = np.stack([column for ratio in found.values() for column in (ratio.over, ratio.under)], axis=1)
    seed = crc32((sat.name if sat.parallel else f"{sat.name} {lang}").encode())
    sums = drawn(columns, times=times, seed=seed)
    return {
        key: ratio.of(sums[:, 2 * place], sums[:, 2 * place + 1]) - ratio.value
        for place, (key, ratio) in enumerate(found.items())
    }
