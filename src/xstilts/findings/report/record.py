"""The record of a report: everything that it says, as data. The page, the text and the tables are renderings of it."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import msgspec
import polars as pl

from xstilts.findings.account import Account
from xstilts.findings.averages import average_gains
from xstilts.findings.gains import BASELINE, in_order, pivots, zero_shot
from xstilts.findings.gains import SCHEMA as COLUMNS
from xstilts.findings.report import prose
from xstilts.findings.report.certainty import MATTERS, certainty, reasons
from xstilts.findings.report.changed import Changed
from xstilts.findings.report.facts import Facts, Said, say
from xstilts.findings.report.ledger import Judged
from xstilts.findings.report.references import Reference, references
from xstilts.findings.statistics import LEVEL
from xstilts.findings.table import readings
from xstilts.findings.ways import kind, staged, way
from xstilts.tasks import Exam, Task

SCHEMA = 1


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says. `report.json` is this, keys sorted."""

    schema: int = SCHEMA
    facts: dict[str, Any]
    """Every number and name that the report's prose uses."""
    answer: tuple[Said, ...]
    question: tuple[Said, ...]
    methods: tuple[Said, ...]
    limits: tuple[Said, ...]
    reproduce: tuple[str, ...]
    """Commands, in order."""
    references: tuple[Reference, ...]
    gains: tuple[dict[str, Any], ...]
    """All rows of `gains()`."""
    averages: tuple[dict[str, Any], ...] = ()
    """Averages over exams, in the same columns."""
    scores: tuple[dict[str, Any], ...]
    """The long table."""
    account: Account
    changes: tuple[Changed, ...] = ()
    judged: tuple[Judged, ...] = ()


def record(
    table: pl.DataFrame,
    found: pl.DataFrame,
    told: Account,
    *,
    tasks: Mapping[str, Task] | None = None,
    exams: Mapping[str, Exam] | None = None,
    changes: tuple[Changed, ...] = (),
    judged: tuple[Judged, ...] = (),
) -> Record:
    """Put a report's record together from the long table, its gains and the account of how they came about."""
    facts = gather(table, found, told, claims=sum(len(one.judgement.verdicts) for one in judged))
    averages = average_gains(table, baseline=told.baseline)
    return Record(
        facts=dict(facts),
        answer=tuple(prose.answer(facts)),
        question=tuple(prose.question(facts)),
        methods=tuple(prose.methods(facts)),
        limits=tuple(prose.limits(facts)),
        reproduce=told.reproduce,
        references=references(found, averages, told, tasks=tasks, exams=exams),
        gains=tuple(found.iter_rows(named=True)),
        averages=tuple(averages.iter_rows(named=True)),
        scores=tuple(table.iter_rows(named=True)),
        account=told,
        changes=changes,
        judged=judged,
    )


def gather(table: pl.DataFrame, found: pl.DataFrame, told: Account, *, claims: int = 0) -> Facts:
    """All facts of a study, by key."""
    cells = list(zero_shot(found).iter_rows(named=True))
    seeds = [row["seeds"] for row in cells]
    away = table.filter(~pl.col("pivot"))
    at_home = set(table.filter(pl.col("pivot"))["exam"])
    exams = in_order(table["exam"])
    no_pivot = [name for name in exams if name not in at_home]
    routes = in_order(found["route"])
    trained_first = [name for name in in_order(table["route"]) if name != BASELINE]
    facts: dict[str, Any] = {
        "study": told.study,
        "question": told.question,
        "lab": told.lab,
        "level": round(100 * LEVEL),
        "baseline": told.baseline,
        "pivots": in_order(table.filter(pl.col("pivot"))["lang"]),
        "encoder": told.encoder,
        "encoder.about": told.about_encoder or told.encoder,
        "select": told.select,
        "scoring": told.scoring,
        "oracle": told.select == "oracle",
        "exams": exams,
        "kind": kind(told.ways, routes),
        "staged": staged(told.ways, routes, told.baseline),
        "stages": len(trained_first),
        "stages.names": trained_first,
        "untrained": untrained(table),
        "targets": list(told.targets),
        "readings": [f"{exam}: {where}" for exam, where in readings(table).items()],
        "languages.zero_shot": away["lang"].n_unique(),
        "seeds": len(told.seeds),
        "seeds.least": min(seeds, default=0),
        "seeds.most": max(seeds, default=0),
        "cells": told.cells,
        "no_pivot": no_pivot,
        "left_out": sorted({f"{row['exam']} {lang}" for row in cells for lang in row["left_out"]}),
        "trainings": sum(run.kind == "train" for run in told.runs),
        "sittings": sum(run.kind == "test" for run in told.runs),
        "spent": told.seconds,
        "sick": len(told.sick),
        "missing": len(told.missing),
        "skipped": len(told.skipped),
        "claims": claims,
        "published": [name for name, _, _ in told.published],
        "dirty": any(commit.endswith("with changes") for commit in told.commits),
        "versions.mixed": [name for name, version in told.packages.items() if " and " in version],
    }
    facts |= _counted(cells) | _largest(cells, pivots(found))
    if "largest.route" in facts:
        facts["largest.way"] = way(told.ways, facts["largest.route"])
    why = [say(template, facts).text for template in reasons(facts)]
    return facts | {"certainty": certainty(facts, len(why)), "certainty.reasons": why}


def _counted(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """How many pairs there are, and how each kind of verdict stands."""
    verdicts = [row["verdict"] for row in cells]
    return {
        "pairs": len(cells),
        "pairs.up": verdicts.count("up"),
        "pairs.down": verdicts.count("down"),
        "pairs.one_seed": verdicts.count("one seed"),
        "pairs.open": len(cells) - verdicts.count("up") - verdicts.count("down"),
        "pairs.interval": sum(row["shown_low"] is not None for row in cells),
        "pairs.blind": sum(row["verdict"] not in ("up", "down") and not _seen(row, MATTERS) for row in cells),
        "matters": MATTERS,
        "family": max((row["family"] for row in cells), default=0),
        "mde": _typical(cells),
    }


def averages_of(written: Record) -> pl.DataFrame:
    """A record's averages over exams, as a table like that of gains."""
    return pl.DataFrame(written.averages, schema=COLUMNS)


def untrained(table: pl.DataFrame) -> list[str]:
    """Where all seeds share one run: retrieval by an encoder that was trained on nothing first."""
    rows = table.filter(pl.col("digest") != "").group_by("route", "exam", maintain_order=True)
    counts = rows.agg(seeds=pl.col("seed").n_unique(), runs=pl.col("digest").n_unique())
    alike = counts.filter((pl.col("seeds") > 1) & (pl.col("runs") == 1))
    return [f"{route} on {exam}" for route, exam in alike.select("route", "exam").iter_rows()]


def _seen(row: dict[str, Any], points: float) -> bool:
    """Whether a true gain of so many points would have been called sure four times out of five."""
    return row["detectable"] is not None and bool(row["detectable"] <= points)


def _typical(cells: list[dict[str, Any]]) -> float | None:
    """The median over pairs of the true gain that the corrected test would call sure four times out of five."""
    known = [row["detectable"] for row in cells if row["detectable"] is not None]
    return median(known) if known else None


def _largest(cells: list[dict[str, Any]], home: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """The largest sure gain; if there is none the largest sure loss; else the largest difference at all."""
    for verdict in ("up", "down", None):
        some = [row for row in cells if verdict is None or row["verdict"] == verdict]
        if some:
            row = max(some, key=lambda row: abs(row["mean"]))
            beside = home.get((row["route"], row["exam"]))
            facts = {f"largest.{key}": row[key] for key in ("route", "exam", "mean", "seeds", "verdict")}
            return facts | {
                "largest.low": row["shown_low"],
                "largest.high": row["shown_high"],
                "largest.word": "gain" if row["mean"] > 0 else "loss",
                "largest.pivot": beside["mean"] if beside else None,
                "largest.pivot_lang": beside["lang"] if beside else None,
            }
    return {}
