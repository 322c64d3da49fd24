"""Ledger and Claim as values: what was said, by whom, and what in a long table would show it or contradict it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xstilts.studies.grid import BASELINE

Kind = Literal["direction", "absence", "magnitude", "ranking", "selection", "quantified", "descriptive"]
Statistic = Literal["gain", "gain-difference", "rank-correlation", "slope"]
Quantifier = Literal["mean", "all", "most", "any"]
Fidelity = Literal["same", "close", "analogue"]
Provenance = Literal["read", "relayed", "memory", "ours"]

FIDELITIES: tuple[Fidelity, ...] = ("same", "close", "analogue")
"""From the likest down: of several, the last one in this order counts."""

LANGUAGES = ("zero-shot", "pivot", "all")
"""What `languages` may say instead of names: those without training data, the one with, or both."""


EVERY = "*"
"""Among routes or exams: all that the study has."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where sentences were published."""

    title: str
    id: str = ""
    """`arXiv:2005.13013`, a DOI, an address."""
    version: str = ""
    read: str = ""
    """What of it was read, and where: nothing is quoted that was not."""


class Margin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The smallest effect that matters, fixed before the runs."""

    points: float
    """In the unit of the statistic: points of a gain, or of a correlation from −1 to 1."""
    why: str


class Cells(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the long table a claim is about. Names are the ledger's own; groups stand for their members."""

    routes: tuple[str, ...] = ()
    exams: tuple[str, ...] = ()
    languages: str | tuple[str, ...] = "zero-shot"
    """One of LANGUAGES, or names: only these."""
    against: str = BASELINE
    """The route that gains are counted from. A group: its best member, chosen on the other seeds."""
    versus: dict[str, str] = {}
    """Route → the route that its own gain counts from, where that is not `against`."""
    encoders: tuple[str, ...] = ()
    """For `gain-difference`: two, of which the second one's gain counts from the first one's."""
    metric: str = ""
    """Empty: each exam's main one."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence and what decides on it."""

    id: str = ""
    statement: str
    """Whole, in our words."""
    quote: str = ""
    """Whole, as published; empty where the whole sentence was never seen."""
    source: str = ""
    """A key of the ledger's sources."""
    locator: str = ""
    provenance: Provenance
    """read: the sentence was read in its source · relayed: in another text that reports it · memory: unverified ·
    ours: a hypothesis."""
    kind: Kind
    statistic: Statistic = "gain"
    cells: Cells = Cells()
    down: bool = False
    """The claim is of a loss: every sign is turned round."""
    value: float | None = None
    """The published size, where there is one."""
    margin: Margin | None = None
    quantifier: Quantifier = "mean"
    """mean: the cells are averaged first · all, most (more than half), any: so many cells, each by itself."""
    each: Literal["direction", "absence"] = "direction"
    """What a quantified claim says of each cell."""
    equal: bool = False
    """An absence of any difference, not only of a benefit."""
    best: tuple[str, ...] = ()
    """The routes that a ranking says are ahead of all its others."""
    facts: dict[str, Any] = {}
    """What a description says of the set-up: encoder, routes, exams."""
    family: Literal["primary", "secondary"] = "secondary"
    """Primary claims are corrected by Holm, secondary ones by Benjamini and Hochberg."""
    min_seeds: int = 3
    least: int = 0
    """How many cells (route, exam) there must be for an estimate; 0: every one. A part of a mean decides nothing."""
    fidelity: Fidelity = "same"
    """At best; a ledger, a map of names or another encoder can only lower it."""
    conflicts: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    note: str = ""


class Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words that a ledger's claims are written in. Anything else in a cell is a slip, and refused."""

    routes: tuple[str, ...] = ()
    exams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()


class Renaming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claim's name → the study's name. A name that is not here stays as it is."""

    routes: dict[str, str] = {}
    exams: dict[str, str] = {}
    languages: dict[str, str] = {}
    encoders: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the claim tables in the five briefs, and what of the ledger judges what it says."""

    briefs: tuple[int, ...]
    """In which of them it stands, by number."""
    opens: str
    """Its first words."""
    sha256: str
    """Of the row as it is printed there, cut or whole."""
    cut: bool
    claims: tuple[str, ...] = ()
    question: str
    """The one of the five questions that it bears on most."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of claims, resolved: with what it takes from another ledger, and every name checked."""

    name: str
    about: str = ""
    of: str = ""
    """The ledger whose claims these are, in other names."""
    fidelity: Fidelity = "same"
    differs: tuple[str, ...] = ()
    """What makes the fidelity less than `same`."""
    same_encoders: tuple[str, ...] = ()
    """With any other encoder the fidelity is `close` at best. Empty: any will do."""
    sources: dict[str, Source] = {}
    names: Names = Names()
    groups: dict[str, tuple[str, ...]] = {}
    renamed: Renaming = Renaming()
    similarity: dict[str, dict[str, float]] = {}
    """Exam → route → how like, for rank correlations."""
    distances: dict[str, float] = {}
    """Language → distance from the pivot; where empty, those of the language table."""
    claims: tuple[Claim, ...] = ()
    rows: tuple[Row, ...] = ()
    digest: str = ""
    """Of all that is written in the file and in the ledger that it is `of`."""


def worst(*levels: Fidelity) -> Fidelity:
    """The least alike of several."""
    return max(levels, key=FIDELITIES.index)
