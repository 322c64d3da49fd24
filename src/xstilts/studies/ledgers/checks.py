"""What makes a ledger unusable, found before anything is run: names nobody declared, claims nothing could decide."""

from __future__ import annotations

from collections.abc import Iterable

from xstilts.errors import BadInput, XstiltsError, unknown
from xstilts.studies.grid import BASELINE
from xstilts.studies.ledgers.ledger import EVERY, LANGUAGES, Claim, Ledger

FACTS = ("encoder", "routes", "exams")
"""What a description can be compared with: the long table has these."""


def check_names(ledger: Ledger) -> None:
    """Groups have members, and similarities and distances are of things that the ledger knows."""
    names = ledger.names
    known = {*names.routes, *names.exams, *names.languages, *names.encoders, *ledger.groups}
    # The groups of a ledger `of` another are filled with names of the study, which only its table knows.
    for group, members in () if ledger.of else ledger.groups.items():
        _known(f"name for the group {group!r}", members, known)
    for exam, likeness in ledger.similarity.items():
        _known("exam for [similarity]", [exam], names.exams)
        _known(f"route for [similarity.{exam}]", likeness, names.routes)


def check_claim(claim: Claim, ledger: Ledger) -> None:
    """Refuse a claim that could never be judged, or whose names are not the ledger's."""
    try:
        _check_source(claim, ledger)
        _check_cells(claim, ledger)
        _check_kind(claim)
    except XstiltsError as error:
        raise type(error)(f"claim {claim.id}: {error.wrong}", way_out=error.way_out) from error


def _check_source(claim: Claim, ledger: Ledger) -> None:
    if claim.source:
        _known("source", [claim.source], ledger.sources)
    elif claim.provenance != "ours":
        raise BadInput("it has no source.", way_out='Name one of [sources], or say provenance = "ours".')
    if claim.quote and claim.quote.rstrip()[-1:] not in ".?!”\"')":
        raise BadInput("its quote does not end as a sentence does.", way_out="Quote it whole, or leave `quote` out.")


def _check_cells(claim: Claim, ledger: Ledger) -> None:
    cells, names = claim.cells, ledger.names
    groups = list(ledger.groups)
    _known("route", (*cells.routes, *claim.best), (*names.routes, *groups, BASELINE, EVERY))
    _known("route for `against`", [cells.against], (*names.routes, *groups, BASELINE))
    _known("route for `versus`", (*cells.versus, *cells.versus.values()), (*names.routes, BASELINE))
    _known("exam", cells.exams, (*names.exams, *groups, EVERY))
    _known("encoder", cells.encoders, names.encoders)
    if isinstance(cells.languages, str):
        _known("choice of languages", [cells.languages], (*LANGUAGES, *groups))
    else:
        _known("language", cells.languages, (*names.languages, *groups))


def _check_kind(claim: Claim) -> None:
    wrong, way_out = "", ""
    if claim.kind == "descriptive":
        for key in claim.facts:
            _known("fact", [key], FACTS)
    elif not claim.cells.routes or not claim.cells.exams:
        wrong, way_out = "it names no routes, or no exams.", "Say in `cells` what the claim is about."
    elif claim.facts:
        wrong, way_out = "only a description has `facts`.", "Leave them out."
    elif claim.kind == "magnitude" and claim.value is None:
        wrong, way_out = "a magnitude needs the published `value`.", "Give it in points."
    elif claim.kind != "ranking" and claim.margin is None:
        wrong, way_out = (
            "it has no margin.",
            "Say which effect would matter, and why: margin = { points = 1, why = … }.",
        )
    elif (claim.kind == "ranking") != bool(claim.best):
        wrong, way_out = "`best` is what a ranking has, and only that.", "Name the routes that are said to be ahead."
    elif claim.quantifier != "mean" and claim.kind != "quantified":
        wrong, way_out = f"a {claim.kind} has no quantifier.", 'Say kind = "quantified" and what holds of `each` cell.'
    elif claim.kind == "quantified" and claim.quantifier == "mean":
        wrong, way_out = "it does not say of how many cells.", 'Give quantifier = "all", "most" or "any".'
    elif claim.statistic != "gain" and claim.kind not in ("direction", "absence"):
        wrong, way_out = f"a {claim.statistic} cannot be the statistic of a {claim.kind}.", "Claim a direction of it."
    elif claim.statistic == "gain-difference" and len(claim.cells.encoders) != 2:
        wrong, way_out = "a difference of gains needs two encoders.", 'Give encoders = ["…", "…"] in `cells`.'
    elif claim.min_seeds < 2:
        wrong, way_out = "one seed shows nothing.", "Ask for two or more."
    elif claim.margin is not None and (claim.margin.points < 0 or not claim.margin.why.strip()):
        wrong, way_out = "its margin is below zero, or has no reason.", "Say `why`."
    if wrong:
        raise BadInput(wrong, way_out=way_out)


def _known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    found = list(known)
    for name in names:
        if name not in found:
            raise unknown(kind, name, found)
