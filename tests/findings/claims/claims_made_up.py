"""A small ledger and a table whose truth is known: gains by route and exam, with seed noise that pairs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from xstilts.studies.ledgers import Ledger, Written, read_ledger

TOP = """
name = "small"
[names]
routes = ["a", "b", "c", "all", "a-mlm"]
exams = ["qa", "nli", "search"]
languages = ["xx", "yy"]
encoders = ["dense", "experts"]
[groups]
singles = ["a", "b", "c"]
mine = []
[sources.paper]
title = "A paper"
id = "arXiv:0000.00000"
version = "2"
"""
GAINS = {"a": {"qa": 6.0, "nli": 0.0, "search": -4.0}, "b": {"qa": 2.0, "nli": 3.0, "search": 0.0}, "c": {}}


def ledger(claims: str, *, top: str = TOP, of: str = "", where: str = "small.toml") -> Ledger:
    """A ledger from the text of its claims; with `of`, that text is a ledger of the first."""
    base = tomllib.loads(top + claims)
    if not of:
        return read_ledger(Written(name="small", where=where, ledger=base))
    return read_ledger(Written(name="mapped", where=where, ledger=tomllib.loads(of), of=base))


def claim(kind: str, cells: str, **more: Any) -> str:
    """The text of one claim, C1."""
    margin = more.pop("margin", 1)
    lines = [
        "[claim.C1]",
        'statement = "It is so."',
        'provenance = "ours"',
        f'kind = "{kind}"',
        f"cells = {{ {cells} }}",
    ]
    if margin is not None:
        lines.append(f'margin = {{ points = {margin}, why = "a test" }}')
    return "\n".join([*lines, *(f"{key} = {toml(value)}" for key, value in more.items())]) + "\n"


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def made_up(
    gains: Mapping[str, Mapping[str, float]] = GAINS,
    *,
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5),
    spread: float = 0.3,
    encoder: str = "dense",
    languages: tuple[str, ...] = ("en", "xx", "yy", "zz"),
    slope: Mapping[str, float] | None = None,
    draws: int = 3,
    exams: Sequence[str] = ("qa", "nli", "search"),
) -> pl.DataFrame:
    """The long table: some exams, four languages, the first of them the pivot; `slope` adds to a language's gain."""
    draw = np.random.default_rng(draws)
    rows = []
    for exam in exams:
        for seed in seeds:
            shared = draw.normal(0, 3, len(languages))
            for route in ("none", *gains):
                own = draw.normal(0, spread)
                for place, lang in enumerate(languages):
                    gain = 0.0 if route == "none" else gains[route].get(exam, 0.0) + (slope or {}).get(lang, 0.0)
                    value = 50 + shared[place] + gain + (own if route != "none" else 0.0)
                    rows.append((route, exam, lang, place == 0, seed, value))
    table = pl.DataFrame(rows, schema=["route", "exam", "lang", "pivot", "seed", "value"], orient="row")
    return table.with_columns(
        study=pl.lit("made-up"),
        encoder=pl.lit(encoder),
        form=pl.lit("classify"),
        metric=pl.lit("accuracy"),
        main=pl.lit(True),
        n=pl.lit(100),
        digest=pl.lit(""),
        health=pl.lit("ok"),
        reading=pl.lit(""),
    )
