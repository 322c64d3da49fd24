"""A sheet: columns, rows and notes, as values. What a number is called and how it is rounded is decided here, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from xstilts.findings.gains import BASELINE, in_order, zero_shot
from xstilts.findings.ways import INTERMEDIATE
from xstilts.findings.words import MEANING, between, from_margin, healthy, interval, meaning, signed, state

Row = Mapping[str, Any]


class Cell(msgspec.Struct, frozen=True):
    """One field: a text, what stands smaller beside it, and what is sure of it."""

    text: str
    beside: str = ""
    state: str = ""
    """A key of MARKS, or empty: nothing was judged."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A table to read."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1
    """How many columns, from the left, hold text. The others hold numbers."""
    breaks: tuple[int, ...] = ()
    """Rows that a line stands above."""
    notes: tuple[str, ...] = ()
    margin: float | None = None
    """What its gains were held to."""

    @property
    def states(self) -> dict[str, str]:
        """The states that occur, with their meaning."""
        there = {cell.state for row in self.rows for cell in row}
        return {name: meaning(name, self.margin) for name in MEANING if name in there}


NOTHING = Cell("–")
SICK = "†"
"""Beside a number that a sick run is counted in."""
ORACLE = "Oracle: development rows in target languages chose weights. No zero-shot transfer."


def by_an_oracle(sheet: Sheet, *, oracle: bool = True) -> Sheet:
    """The sheet, marked for what it is, in its title too: notes get lost on the way into a paper."""
    if not oracle:
        return sheet
    return msgspec.structs.replace(sheet, title=f"{sheet.title} (oracle)", notes=(*sheet.notes, ORACLE))


def overview(
    found: pl.DataFrame, averages: pl.DataFrame | None = None, *, baseline: str = BASELINE, kind: str = INTERMEDIATE
) -> Sheet:
    """Zero-shot gains: a row for each route, a column for each exam and average; the baseline's scores come first.

    `kind`: what the routes are called, by how they stand to their targets (`ways.kind`).
    """
    parts = [zero_shot(found)] + ([] if averages is None else [averages])
    rows = [row for part in parts for row in part.iter_rows(named=True)]
    cells = {(row["route"], row["exam"]): row for row in rows}
    exams = in_order(row["exam"] for row in rows)
    routes = in_order(row["route"] for row in rows)
    scores = (_baseline([cells[route, exam] for route in routes if (route, exam) in cells]) for exam in exams)
    lines = [(Cell(f"{baseline}, scores"), *scores)]
    for route in routes:
        lines.append((Cell(route), *(_gain(cells.get((route, exam))) for exam in exams)))
    return Sheet(
        title=f"Zero-shot gains over {baseline}, in points, ± half the corrected interval",
        head=(kind, *exams),
        rows=tuple(lines) if rows else (),
        breaks=(1,),
        notes=(
            *([f"{SICK} a run was sick, and is counted in"] if any(row["sick"] for row in rows) else []),
            *_holes(rows),
        ),
        margin=rows[0]["margin"] if rows else None,
    )


def _baseline(rows: Sequence[Row]) -> Cell:
    """The score without a stage, if all routes are compared with the same one: a hole makes another."""
    scores = in_order(f"{row['before']:.1f}" for row in rows)
    return Cell(scores[0]) if len(scores) == 1 else Cell(f"{scores[0]}…")


def _gain(row: Row | None) -> Cell:
    if row is None:
        return NOTHING
    half = f"± {row['shown_high'] - row['mean']:.1f}" if row["shown_high"] is not None else f"({interval(row)})"
    return Cell(signed(row["mean"]), f"{half} {SICK}" if row["sick"] else half, state(row))


def beside(found: pl.DataFrame, *, kind: str = INTERMEDIATE) -> Sheet:
    """What the pivot gained, and how much more the zero-shot mean did: a mean that only follows it shows here."""
    rows = [row for row in zero_shot(found).iter_rows(named=True) if row["pivot_mean"] is not None]
    cells = {(row["route"], row["exam"]): row for row in rows}
    exams = in_order(row["exam"] for row in rows)
    lines = []
    for route in in_order(row["route"] for row in rows):
        there = [cells.get((route, exam)) for exam in exams]
        lines.append((Cell(route), *(_follows(row) for row in there)))
    return Sheet(
        title="Gains of the pivot; in brackets what the zero-shot mean gained more, with its plain 95% interval",
        head=(kind, *exams),
        rows=tuple(lines),
    )


def _follows(row: Row | None) -> Cell:
    if row is None:
        return NOTHING
    ends = f", {_ends(row, 'beyond')}" if row["beyond_low"] is not None else ""
    return Cell(signed(row["pivot_mean"]), f"({signed(row['beyond'])}{ends})")


def _holes(rows: Sequence[Row]) -> Iterator[str]:
    """What rows leave out."""
    for row in rows:
        if row["left_out"]:
            shown = ", ".join(row["left_out"][:MOST]) + (", …" if len(row["left_out"]) > MOST else "")
            yield f"{row['route']} on {row['exam']} is without {shown}."


MOST = 12
"""Holes that a note names."""


def details(found: pl.DataFrame, *, baseline: str = BASELINE) -> Iterator[Sheet]:
    """`detail` of every route and exam."""
    for route, exam in found.select("route", "exam").unique(maintain_order=True).iter_rows():
        yield detail(found, route, exam, baseline=baseline)


def detail(found: pl.DataFrame, route: str, exam: str, *, baseline: str = BASELINE) -> Sheet:
    """One route against the baseline in one exam: each language, the mean, the pivot, and how far to trust them."""
    rows = list(found.filter(pl.col("main"), route=route, exam=exam).iter_rows(named=True))
    singles = [row for row in rows if row["scope"] == "language"]
    means = [row for row in rows if row["scope"] == "zero-shot"]
    homes = [row for row in rows if row["scope"] == "pivot"]
    items = any(row["item_low"] is not None for row in rows)
    lines = [_line(row, row["lang"], items=items) for row in singles]
    lines += [_line(row, f"mean of {len(row['languages'])}", items=items) for row in means]
    lines += [_line(row, f"{row['lang']} (pivot)", items=items) for row in homes]
    head = ("language", baseline, route, "gain", "interval", "median", "seeds")
    metric = rows[0]["metric"] if rows else ""
    return Sheet(
        title=f"{route} over {baseline} in {exam}, {metric}",
        head=(*head, "test items alone") if items else head,
        rows=tuple(lines),
        breaks=(len(singles),) if singles and len(lines) > len(singles) else (),
        notes=tuple(note for row in means for note in _notes(row)),
        margin=rows[0]["margin"] if rows else None,
    )


def _line(row: Row, name: str, *, items: bool) -> tuple[Cell, ...]:
    cells = [
        Cell(name),
        Cell(f"{row['before']:.1f}"),
        Cell(f"{row['after']:.1f}"),
        Cell(signed(row["mean"]), state=state(row)),
        Cell(interval(row)),
        Cell(signed(row["median"])),
        Cell(str(row["seeds"])),
    ]
    if items:
        cells.append(Cell(_ends(row, "item")) if row["item_low"] is not None else NOTHING)
    return tuple(cells)


def _notes(row: Row) -> Iterator[str]:
    """What a mean over languages leaves open."""
    kind = {"holm": "Holm", "bh": "Benjamini and Hochberg"}[row["correction"]]
    tests = "one test" if row["family"] == 1 else f"{row['family']} tests"
    if row["shown_low"] is not None:
        yield (
            f"The mean's interval is corrected ({kind}, {tests}); its plain 95% interval is {_ends(row)}. "
            "Those of languages are corrected over the languages."
        )
    if row["pivot_mean"] is not None:
        more = f" (95%: {_ends(row, 'beyond')})" if row["beyond_low"] is not None else ""
        yield f"Gain of the mean less that of the pivot: {signed(row['beyond'])}{more}."
    if row["general_low"] is not None:
        yield f"For other languages like these, and other seeds: {_ends(row, 'general')} (corrected likewise)."
    if row["drawn_low"] is not None:
        yield f"For other languages, seeds and test items: {_ends(row, 'drawn')} (corrected likewise)."
    if row["detectable"] is not None:
        yield (
            f"A true mean gain of {row['detectable']:.1f} would be called sure 4 times of 5; no difference is shown "
            f"from a margin of {from_margin(row)} on ({tests} counted)."
        )
    if row["sick"]:
        left = healthy(row) if row["healthy_seeds"] else "nothing is left"
        yield f"Sick runs are counted in, in {row['sick']} of {row['seeds']} seeds; without them: {left}."
    yield from _holes([row])


def _ends(row: Row, which: str = "") -> str:
    return between(*(row[f"{which}_{end}" if which else end] for end in ("low", "high")))
