"""Items: what each example adds to a score, so that test sets can be drawn again; the one place that reads predictions.

    with_items(found, table, store, study)   fills the columns item_… and drawn_… of a study's gains
    ratios(exam, predictions, examples)      metric → Ratio, of one language

Every score is a ratio of sums over items: of an accuracy, one for each right example over one for each; of the F1 of
chunks, twice the right ones over those found and those there. So the score of items that are drawn again is a ratio of
weighted sums, and `ratios` leaves out a metric whose ratio over all items is not the score that the form gives.

Items are drawn once for each exam and language, the same in every route and seed: it is one test set. Where an exam's
languages are translations of each other, they share their draws too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from xstilts.errors import XstiltsError
from xstilts.findings.pairs import BASELINE, CELL, in_every_seed, pairs
from xstilts.findings.resample import bootstrap
from xstilts.findings.statistics import LEVEL
from xstilts.forms import Choose, Classify, Form, Mask, Match, Retrieve, Span, Tag
from xstilts.forms.retrieve import Line
from xstilts.scoring.answers import best_match, mlqa, squad_normal
from xstilts.scoring.chunks import chunk_counts
from xstilts.scoring.ranking import average_precision, reciprocal_rank
from xstilts.sources.lookups import here_only
from xstilts.studies.pins import known
from xstilts.studies.plan import Plan
from xstilts.studies.store import Store
from xstilts.studies.study import Study
from xstilts.tasks import Exam

Floats = NDArray[np.float64]

DRAWS = 2_000
"""Of each test set."""

AT_ONCE = 4_000_000
"""Draws that are held in memory together: BUCC has test sets of hundreds of thousands of queries."""

CLOSE = 1e-6
"""How near a ratio must come to the form's own score."""


class Ratio(msgspec.Struct, frozen=True):
    """A score as two sums over items: scale × Σ over / Σ under, and 0 where nothing is under it."""

    over: Floats
    under: Floats
    scale: float = 100.0

    @property
    def value(self) -> float:
        """The score of all items."""
        return float(self.of(self.over.sum(), self.under.sum()))

    def of(self, over: Any, under: Any) -> Floats:
        """The score of sums of items."""
        under = np.asarray(under, np.float64)
        return np.asarray(self.scale * np.divide(over, under, out=np.zeros_like(under), where=under != 0))


def ratios(exam: Exam, predictions: Sequence[Any], examples: Sequence[Any]) -> dict[str, Ratio]:
    """Every metric of one sitting in one language as a ratio. An item is an example; in retrieval, a tested query."""
    found = dict(_OF[type(exam.form)](exam.form, predictions, examples))
    told = exam.form.score(predictions, examples)
    return {name: one for name, one in found.items() if abs(one.value - told.get(name, np.inf)) <= CLOSE}


Items = Iterator[tuple[str, Ratio]]


def _labels(form: Classify | Choose, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    yield "accuracy", _mean(said == one.label for said, one in zip(predictions, examples, strict=True))


def _matches(form: Match, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    yield "accuracy", _mean(said == one.right for said, one in zip(predictions, examples, strict=True))


def _answers(form: Span, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    scored = []
    for said, one in zip(predictions, examples, strict=True):
        normal = squad_normal if form.normal == "squad" else mlqa(one.lang)
        same, overlap = (
            (False, 0.0)
            if said is None
            else best_match(said, one.answers, normal=normal, unanswerable=form.unanswerable)
        )
        scored.append((overlap, float(same)))
    yield "f1", _mean(overlap for overlap, _ in scored)
    yield "exact", _mean(same for _, same in scored)


def _tags(form: Tag, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    golds = [one.tags for one in examples]
    if form.spans:
        right, found, there = chunk_counts(predictions, golds).astype(np.float64).T
        yield "f1", Ratio(2 * right, found + there)
    pairs = zip(predictions, golds, strict=True)
    same = [sum(ours == theirs for ours, theirs in zip(said, gold, strict=True)) for said, gold in pairs]
    yield "accuracy", Ratio(np.asarray(same, np.float64), np.asarray([len(gold) for gold in golds], np.float64))


def _retrieved(form: Retrieve, predictions: Sequence[Any], examples: Sequence[Line]) -> Items:
    asked = [
        (one, said)
        for one, said in zip(examples, predictions, strict=True)
        if one.side == "query" and one.part == "test"
    ]
    if form.kind == "search":
        yield "accuracy", _mean(said in one.gold for one, said in asked)
    elif form.kind == "rank":
        ap, rr = form.metrics
        yield ap, _mean(average_precision(one.gold, said or (), form.depth) for one, said in asked)
        yield rr, _mean(reciprocal_rank(one.gold, said or (), form.depth) for one, said in asked)
    else:
        counts = [(said is not None and said in one.gold, said is not None, len(one.gold)) for one, said in asked]
        right, found, gold = np.asarray(counts, np.float64).reshape(-1, 3).T
        yield "f1", Ratio(2 * right, found + gold)
        yield "precision", Ratio(right, found)
        yield "recall", Ratio(right, gold)


def _guesses(form: Mask, predictions: Sequence[Any], examples: Sequence[Any]) -> Items:
    loss, right, hidden = (np.asarray([one[name] for one in predictions], np.float64) for name in _GUESSED)
    yield "loss", Ratio(loss, hidden, 1.0)
    yield "accuracy", Ratio(right, hidden, 1.0)


_GUESSED = ("loss", "right", "hidden")

_OF: Mapping[type[Form], Callable[[Any, Sequence[Any], Sequence[Any]], Items]] = {
    Classify: _labels,
    Choose: _labels,
    Match: _matches,
    Span: _answers,
    Tag: _tags,
    Retrieve: _retrieved,
    Mask: _guesses,
}


def _mean(values: Any) -> Ratio:
    over = np.fromiter(values, np.float64)
    return Ratio(over, np.ones_like(over))


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
    """The gains of a study's table, with two more intervals, both percentiles of `times` draws.

    item_…: every mean, were only its test items drawn again. drawn_…: a zero-shot mean, were languages, seeds and items
    all drawn again. Rows whose predictions or examples are not at hand stay without.
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
        low, high = np.quantile(np.mean(moved, axis=0), [(1 - level) / 2, (1 + level) / 2]) + row["mean"]
        again: tuple[float | None, ...] = (None, None)
        if row["scope"] == "zero-shot" and row["seeds"] > 1 and len(moved) > 1:
            here = paired.filter(~pl.col("pivot"), **{name: row[name] for name in CELL})
            cube = here.pivot("lang", index="seed", values="gain").select(row["languages"]).to_numpy()
            again = bootstrap(cube, draws=times, level=level, noise=np.stack(moved, axis=1))
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
