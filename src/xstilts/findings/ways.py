"""How routes stand to their targets, in words: before them, with them, as a prompt for them.

The words come from what was declared: a study's stages stand before the target; a published table says `regime`. Of a
table that says nothing of it, nothing is claimed: `squad1 on xquad`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from xstilts.findings.pairs import BASELINE

BEFORE, ON = "before", "on"

INTERMEDIATE, ROUTE = "intermediate", "route"
"""What routes are called together."""

REGIMES = {
    # The column `route` is defined as what was trained before the target; a regime that says nothing leaves it so.
    "": BEFORE,
    "sequential": BEFORE,
    "joint": "together with",
    "prompt-transfer": "as a prompt for",
}
"""Regime → the word between a route and its exam. A regime that is not here gets the word that says least."""


def ways_of(table: pl.DataFrame) -> dict[str, str]:
    """Route → its word, from the columns of published scores; a table without them says nothing."""
    if not {"route", "regime"} <= set(table.columns):
        return {}
    found: dict[str, str] = {}
    for route, regime in table.select("route", "regime").unique(maintain_order=True).iter_rows():
        # `none (64, each)` was told apart by a condition: nothing was trained before its target.
        straight = route.split(" ")[0] == BASELINE
        word = ON if straight else REGIMES.get(regime, ON)
        found[route] = word if found.get(route, word) == word else ON
    return found


def way(ways: Mapping[str, str], route: str) -> str:
    """The word between this route and an exam."""
    return ways.get(route, ON)


def staged(ways: Mapping[str, str], routes: Collection[str], baseline: str) -> bool:
    """Whether every route is a stage before the target, held against none: then it may be called so."""
    return baseline == BASELINE and bool(routes) and all(way(ways, route) == BEFORE for route in routes)


def kind(ways: Mapping[str, str], routes: Collection[str]) -> str:
    """What routes are called together: intermediates, if all of them stand before their targets."""
    return INTERMEDIATE if routes and all(way(ways, route) == BEFORE for route in routes) else ROUTE
