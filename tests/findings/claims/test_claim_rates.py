"""How often verdicts are wrong: simulated afresh, held to what is promised, and compared with the table of the docs."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import verdicts

from xstilts.findings.claims import rules
from xstilts.findings.statistics import estimate

PAGE = Path(__file__).parents[3] / "docs" / "claims.md"
ONE_SIDE = 0.025
CASES = {f"{case.kind}: {case.truth}": case for case in verdicts.cases()}
WRONG = [name for name, case in CASES.items() if case.false]
FAST = ("direction", "absence", "no difference", "magnitude", "slope")


def draws_for(name: str) -> int:
    return 1500 if name.startswith(FAST) else 120 if name.startswith("rank correlation") else 300


def far(rate: float, draws: int) -> float:
    """Beyond this a simulated rate is not that one: four standard errors, and a hit to spare."""
    return 4 * math.sqrt(max(rate * (1 - rate), 1e-4) / draws) + 1 / draws


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_verdict_is_rare(name: str) -> None:
    case, draws = CASES[name], draws_for(name)
    for seeds in (3, 5):
        shown, refuted = verdicts.rates(case.draw, seeds, draws=draws, start=1)
        wrong = shown if case.false == "reproduced" else refuted
        assert wrong <= ONE_SIDE + far(ONE_SIDE, draws), f"{seeds} seeds: {wrong:.1%} {case.false}"


def test_a_bad_rule_would_be_caught() -> None:
    """A margin taken from the very seeds lets too much in at its edge: this is why it must be declared."""

    def own_margin(values: list[float]) -> rules.Evidence:
        return rules.magnitude(values, 5.0, max(1.0, 1.96 * math.sqrt(2) * (estimate(values).sd or 0.0)))

    shown, _ = verdicts.rates(verdicts.one(own_margin, 5 - 1.96 * math.sqrt(2)), 10, draws=1500)
    assert shown > ONE_SIDE + far(ONE_SIDE, 1500)


@pytest.mark.parametrize(("family", "true"), [("primary", 0), ("primary", 6), ("secondary", 0), ("secondary", 6)])
def test_a_ledger_is_corrected(family: str, true: int) -> None:
    any_wrong, share = verdicts.ledger_rates(family, 5, draws=600, true=true)
    promised = any_wrong if family == "primary" else share
    assert promised <= 0.05 + far(0.05, 600)
    assert share <= any_wrong


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_page_says_what_comes_out(seeds: int) -> None:
    place = verdicts.SEEDS.index(seeds)
    told = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.match(r"[\d.]+% / [\d.]+% / [\d.]+%$", cells[2]):
            told[f"{cells[0]}: {cells[1]}"] = [float(part.rstrip("%")) / 100 for part in cells[2 + place].split(" / ")]
    assert list(told) == list(CASES), "the page has the cases of bench/verdicts.py, in their order"
    for name in ("direction, margin 0.5: gain 1", "absence, margin 0.5: gain -1", "most of 9, direction: all gain 2"):
        for rate, found in zip(told[name], verdicts.rates(CASES[name].draw, seeds, draws=1000, start=2), strict=False):
            assert abs(rate - found) <= far(rate, 1000), name
