"""Cells: the part of the long table that a claim is about, as one paired gain a seed, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import msgspec
import polars as pl

from xstilts.errors import nearest
from xstilts.findings.gains import in_order as distinct
from xstilts.findings.pairs import BASELINE, in_every_seed, pairs
from xstilts.studies.ledgers.ledger import EVERY, LANGUAGES, Claim, Ledger

SLIP = 0.85
"""Names as like as this are probably the same one, written otherwise."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A route's gains over another in one exam: the mean over languages, seed by seed."""

    route: str
    against: str
    exam: str
    gains: dict[int, float]
    by_language: dict[str, float]
    """Mean over seeds."""
    left_out: tuple[str, ...] = ()
    """Languages that do not stand in every seed on both sides."""
    sick: frozenset[int] = frozenset()
    """Seeds in which a run, on either side, was not healthy."""

    @property
    def label(self) -> str:
        """For people: `mnli → lab-xnli`."""
        over = "" if self.against == BASELINE else f" over {self.against}"
        return f"{self.route}{over} → {self.exam}"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The cells that there are, and in words those that are not."""

    cells: tuple[Cell, ...] = ()
    missing: tuple[str, ...] = ()
    wanted: int = 0


class Scores:
    """A long table, asked for one pair of routes and one exam at a time.

    Claims are about `encoder`, else the table's first, unless they name others. `healthy` leaves sick seeds out.
    """

    def __init__(self, table: pl.DataFrame, *, encoder: str = "", healthy: bool = False) -> None:
        self.table = table.with_columns(seed=pl.col("seed").fill_null(0))
        self.healthy = healthy
        self.encoders = distinct(table["encoder"])
        self.encoder = encoder or self.encoders[0]
        own = table.filter(pl.col("encoder") == self.encoder)
        self.routes = distinct(own["route"])
        self.exams = distinct(own["exam"])
        self._parts = self.table.partition_by(["encoder", "route", "exam"], as_dict=True)
        self._cells: dict[tuple[object, ...], Cell | None] = {}

    def cell(
        self,
        route: str,
        exam: str,
        *,
        against: str = BASELINE,
        languages: str | tuple[str, ...] = "zero-shot",
        metric: str = "",
        encoder: str = "",
    ) -> Cell | None:
        """One cell, or None where either side has no score."""
        key = (route, exam, against, languages, metric, encoder)
        if key not in self._cells:
            self._cells[key] = self._cell(route, exam, against, languages, metric, encoder or self.encoder)
        return self._cells[key]

    def _cell(
        self, route: str, exam: str, against: str, languages: str | tuple[str, ...], metric: str, encoder: str
    ) -> Cell | None:
        sides = [self._parts[place] for side in (route, against) if (place := (encoder, side, exam)) in self._parts]
        if route == against or len(sides) < 2:
            return None
        rows = pl.concat(sides).filter(pl.col("metric") == metric if metric else pl.col("main"))
        rows = rows.filter(_languages(languages))
        if not {route, against} <= set(rows["route"]):
            return None
        both = pairs(rows, baseline=against)
        sick = frozenset(both.filter("sick")["seed"].to_list())
        if self.healthy:
            both, sick = both.filter(~pl.col("seed").is_in(list(sick))), frozenset()
        shared = in_every_seed(both)
        if not len(shared):
            return None
        by_seed = shared.group_by("seed").agg(pl.col("gain").mean()).sort("seed")
        by_language = shared.group_by("lang", maintain_order=True).agg(pl.col("gain").mean())
        known = dict(by_language.iter_rows())
        wanted = languages if isinstance(languages, tuple) else distinct(rows["lang"])
        return Cell(
            route=route,
            against=against,
            exam=exam,
            gains=dict(by_seed.iter_rows()),
            by_language=known,
            left_out=tuple(lang for lang in wanted if lang not in known),
            sick=sick,
        )


def _languages(languages: str | tuple[str, ...]) -> pl.Expr:
    if languages == "all":
        return pl.lit(True)
    if isinstance(languages, tuple):
        return pl.col("lang").is_in(list(languages))
    return pl.col("pivot") if languages == "pivot" else ~pl.col("pivot")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim asks for in the study's names: groups opened, `*` filled in."""

    routes: tuple[str, ...]
    exams: tuple[str, ...]
    best: tuple[str, ...]
    against: tuple[str, ...]
    """One route, or the members of a group: the best of them."""
    versus: dict[str, str]
    languages: str | tuple[str, ...]
    encoders: tuple[str, ...]
    metric: str
    empty: tuple[str, ...] = ()
    """Groups without a member: the study has not said what they are in it."""

    def find(self, scores: Scores, *, against: str | None = None, encoder: str = "") -> Found:
        """All routes in all exams. `against` and `encoder` stand in for what is asked."""
        usual = self.against[0] if against is None else against
        over = {route: self.versus.get(route, usual) if against is None else usual for route in self.routes}
        cells, missing = [], []
        wanted = [(route, exam) for route, exam in product(self.routes, self.exams) if route != over[route]]
        for route, exam in wanted:
            cell = scores.cell(
                route, exam, against=over[route], languages=self.languages, metric=self.metric, encoder=encoder
            )
            if cell is None:
                missing.append((over[route], route, exam))
            else:
                cells.append(cell)
        return Found(cells=tuple(cells), missing=_named(missing, scores), wanted=len(wanted))


def asked(claim: Claim, ledger: Ledger, scores: Scores) -> Asked:
    """What a claim asks for, in the names of the table."""
    cells, empty = claim.cells, []

    def opened(names: Sequence[str], kind: str, every: Sequence[str] = ()) -> tuple[str, ...]:
        found: list[str] = []
        renamed: dict[str, str] = getattr(ledger.renamed, kind)
        for name in names:
            if name == EVERY:
                found += every
            elif name in ledger.groups:
                inside = opened(ledger.groups[name], kind)
                found += inside
                empty.extend([] if inside else [name])
            else:
                found.append(renamed.get(name, name))
        return tuple(distinct(found))

    against = opened([cells.against], "routes")
    others = [route for route in scores.routes if route != BASELINE and route not in against]
    languages = cells.languages
    if isinstance(languages, tuple) or languages not in LANGUAGES:
        languages = opened([languages] if isinstance(languages, str) else languages, "languages")
    return Asked(
        routes=opened(cells.routes, "routes", others),
        exams=opened(cells.exams, "exams", scores.exams),
        best=opened(claim.best, "routes"),
        against=against,
        versus={opened([route], "routes")[0]: opened([over], "routes")[0] for route, over in cells.versus.items()},
        languages=languages,
        encoders=opened(cells.encoders, "encoders"),
        metric=cells.metric,
        empty=tuple(distinct(empty)),
    )


def _named(missing: Sequence[tuple[str, str, str]], scores: Scores) -> tuple[str, ...]:
    """What is missing in as few words as say it: whole routes and exams first, then single cells."""
    asked_for = [route for over, route, _ in missing for route in (over, route)]
    routes = [route for route in distinct(asked_for) if route not in scores.routes]
    exams = [exam for exam in distinct(exam for *_, exam in missing) if exam not in scores.exams]
    words = [_with_hint(f"route {route}", route, scores.routes) for route in routes]
    words += [_with_hint(f"exam {exam}", exam, scores.exams) for exam in exams]
    named = {*routes, *exams}
    return (*words, *(f"{route} → {exam}" for over, route, exam in missing if not {over, route, exam} & named))


def _with_hint(text: str, name: str, known: Iterable[str]) -> str:
    """With the name that the study may have meant, if one is so near that it looks like a slip."""
    close = nearest(name, known, most=1, likeness=SLIP)
    return f"{text} (is it {close[0]!r}?)" if close else text
