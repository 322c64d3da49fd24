"""A published table as checked rows: every number is one, no score stands twice, and what is wrong has its line."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from xstilts.errors import BadInput, nearest
from xstilts.files import content_hash
from xstilts.findings.replay.columns import CONDITIONS, DEFAULTS, NEEDED, OURS, Columns
from xstilts.findings.replay.files import listed, name_of, read_rows

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")

SIGNED = ("mcc", "matthews", "kappa", "spearman", "pearson", "kendall", "correlation", "r2", "gain", "delta")
"""Words in the name of a metric that can be below zero."""

FEW = 8
"""With fewer scores than this it does not mean much that all are below 1."""


class Row(msgspec.Struct, frozen=True):
    """One published score."""

    line: int
    study: str
    model: str
    route: str
    regime: str
    source_languages: str
    target_task: str
    dataset: str
    split: str
    language: str
    language_orig: str
    seed: int | None
    metric: str
    score: float
    n_items: int | None
    note: str
    facts: dict[str, str]
    """The table's other columns."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table that was read, and where it comes from."""

    file: str
    sha256: str
    source: str
    licence: str
    rows: tuple[Row, ...]
    conditions: tuple[str, ...]
    """Those facts that tell runs apart."""
    main: tuple[str, ...] = ()
    left_out: int = 0
    """Rows that the map drops."""
    empty: int = 0
    """Cells of a wide table with no score in them."""


def read_table(path: str | Path, asked: Columns | None = None) -> Table:
    """Read and check a table; the first thing wrong is an error with file and line."""
    path, asked = Path(path), asked or Columns()
    header, body = read_rows(path)
    said = listed(path)
    names = _named(header, asked, path)
    raw = list(_spread(header, body, names, asked))
    kept = [one for one in raw if not _dropped(one[1], asked)]
    conditions = _conditions(names.values(), asked, said.key or ())
    scale = _scale(kept, asked, path)
    rows, empty = [], 0
    for line, cells in kept:
        if asked.spread is not None and not cells["score"]:
            empty += 1
            continue
        rows.append(_row(line, cells, asked, scale, path))
    if not rows:
        raise BadInput(f"{path} has no rows.", way_out="A table needs one score at least.")
    _refuse_twice(rows, conditions, path)
    return Table(
        file=path.name,
        sha256=content_hash(path),
        source=asked.source or said.source,
        licence=asked.licence or said.licence,
        rows=tuple(rows),
        conditions=conditions,
        main=asked.main,
        left_out=len(raw) - len(kept),
        empty=empty,
    )


def is_result_table(path: Path) -> bool:
    """Whether the file names the columns that a table of results needs, without a map."""
    header, _ = read_rows(path)
    return set(NEEDED) <= set(header)


def _named(header: Sequence[str], asked: Columns, path: Path) -> dict[str, str]:
    """The table's column → our name; its own name where it has no meaning here."""
    theirs = {theirs: ours for ours, theirs in asked.columns.items()}
    wide = asked.spread.columns if asked.spread is not None else ()
    for name in (*theirs, *wide, *asked.drop, *asked.conditions):
        if name not in header and name not in theirs.values():
            close = nearest(name, header)
            hint = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(header)}."
            raise BadInput(f"{path} has no column {name!r}, which the map names.", way_out=hint)
    names = {name: theirs.get(name, name) for name in header if name not in wide}
    said = {*asked.columns, *asked.fixed, *((asked.spread.into, "score") if asked.spread else ())}
    # A column that is called as ours while the map says that another one is meant is a fact like others.
    names = {name: f"{name} (theirs)" if name in said and name not in theirs else ours for name, ours in names.items()}
    known = {*names.values(), *asked.fixed, *((asked.spread.into, "score") if asked.spread else ())}
    missing = [name for name in NEEDED if name not in known]
    if missing:
        close = [f"{missing[0]} = {one!r}".replace("'", '"') for one in nearest(missing[0], header, most=1)]
        raise BadInput(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(header[:12])}{', …' * (len(header) > 12)}.",
            way_out=f"A column map says what is called how{f', perhaps {close[0]}' if close else ''}: docs/replay.md.",
        )
    return names


def _spread(
    header: Sequence[str], body: Sequence[tuple[int, list[str]]], names: Mapping[str, str], asked: Columns
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with our names; a wide row becomes one for each of its scores."""
    places = [(place, names[name]) for place, name in enumerate(header) if name in names]
    wide = [(header.index(name), name) for name in asked.spread.columns] if asked.spread is not None else []
    for line, cells in body:
        told = {name: cells[place] for place, name in places} | asked.fixed
        if asked.spread is None:
            yield line, _translated(told, asked)
        for place, name in wide:
            assert asked.spread is not None
            yield line, _translated(told | {asked.spread.into: name, "score": cells[place]}, asked)


def _translated(told: dict[str, str], asked: Columns) -> dict[str, str]:
    for name, words in asked.values.items():
        if name in told:
            told[name] = words.get(told[name], told[name])
    return told


def _dropped(told: Mapping[str, str], asked: Columns) -> bool:
    theirs = {theirs: ours for ours, theirs in asked.columns.items()}
    return any(
        fnmatch.fnmatchcase(told.get(theirs.get(name, name), ""), pattern)
        for name, patterns in asked.drop.items()
        for pattern in patterns
    )


def _conditions(names: Any, asked: Columns, key: Sequence[str]) -> tuple[str, ...]:
    """The facts that tell runs apart: those of the map, of the manifest's key, and the usual ones."""
    there = [name for name in names if name not in OURS]
    return tuple(name for name in dict.fromkeys((*asked.conditions, *key, *CONDITIONS)) if name in there)


def _scale(kept: Sequence[tuple[int, Mapping[str, str]]], asked: Columns, path: Path) -> float:
    if asked.scale is not None:
        return asked.scale
    found = [float(told["score"]) for _, told in kept if NUMBER.fullmatch(told["score"])]
    shares = len(found) >= FEW and all(-1 <= one <= 1 for one in found) and any(one % 1 for one in found)
    if shares:
        raise BadInput(
            f"Every score in {path} lies between -1 and 1: these are shares, and points go from 0 to 100.",
            way_out="Say scale = 100 in a column map, or scale = 1 if they are points.",
        )
    return 1.0


def _row(line: int, told: Mapping[str, str], asked: Columns, scale: float, path: Path) -> Row:
    where = f"{path}, line {line}"
    text = {name: told.get(name) or DEFAULTS.get(name, "") for name in OURS}
    for name in NEEDED:
        if not text[name]:
            raise BadInput(f"{where}: {name} is empty.", way_out="Fill it, or drop the row.", field=name)
    score = asked.offset + scale * _number(text["score"], "score", where)
    low = -100.0 if any(word in text["metric"].lower() for word in SIGNED) else 0.0
    if not low - 1e-9 <= score <= 100 + 1e-9:
        raise BadInput(
            f"{where}: {text['metric']} is {score:g}, and goes from {low:g} to 100.",
            way_out="Correct it, drop the row, or say scale and offset in a column map.",
            field="score",
        )
    return Row(
        line=line,
        **{name: text[name] for name in OURS if name not in ("study", "score", "seed", "n_items")},
        study=_study(text["study"] or name_of(path), where),
        seed=_whole(text["seed"], "seed", where, least=0),
        score=score,
        n_items=_whole(text["n_items"], "n_items", where, least=1),
        facts={name: value for name, value in told.items() if name not in OURS},
    )


def _study(name: str, where: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise BadInput(
            f"{where}: {name!r} cannot name a study.",
            way_out='Use letters, digits, "-", "_" and "."; a column map can fix it: fixed = {study = "…"}.',
            field="study",
        )
    return name


def _number(text: str, name: str, where: str) -> float:
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(found):
        raise BadInput(f"{where}: {name} is {text!r}, which is no number.", way_out="Correct it, or drop the row.")
    return found


def _whole(text: str, name: str, where: str, *, least: int) -> int | None:
    if not text:
        return None
    found = _number(text, name, where)
    if found % 1 or not least <= found < 2**53:
        raise BadInput(
            f"{where}: {name} is {text!r}, and not a whole number from {least} on.",
            way_out="Correct it; empty means that it is not known.",
            field=name,
        )
    return int(found)


def cell_of(row: Row, conditions: Sequence[str]) -> tuple[Any, ...]:
    """What a score is of: two rows that agree in all of this are the same score twice."""
    ours = [getattr(row, name) for name in OURS if name not in ("score", "n_items", "note")]
    return (*ours, *(row.facts.get(name, "") for name in conditions))


def _refuse_twice(rows: Sequence[Row], conditions: Sequence[str], path: Path) -> None:
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first = seen.setdefault(cell_of(row, conditions), row)
        if first is row:
            continue
        apart = [name for name in row.facts if row.facts[name] != first.facts.get(name)]
        hint = f' If {apart[0]} tells them apart, say conditions = ["{apart[0]}"] in a column map.' if apart else ""
        what = f"{row.model}, {row.route}, {row.target_task}, {row.language}, {row.metric}"
        raise BadInput(
            f"{path}, line {row.line}: the same score as in line {first.line} ({what}), once {first.score:g} and "
            f"once {row.score:g}.",
            way_out=f"Keep one of them.{hint}",
        )


def read_facts(path: str | Path) -> pl.DataFrame:
    """Any other table, such as one of distances: a column whose cells are all numbers or empty is one of numbers."""
    header, body = read_rows(Path(path))
    columns = {}
    for place, name in enumerate(header):
        cells = [row[place] for _, row in body]
        if any(cells) and all(NUMBER.fullmatch(cell) for cell in cells if cell):
            columns[name] = pl.Series(name, [float(cell) if cell else None for cell in cells], dtype=pl.Float64)
        else:
            columns[name] = pl.Series(name, cells, dtype=pl.String)
    return pl.DataFrame(columns)
