"""The certainty of an answer: a step down for each reason, and the bottom where nothing was told from chance."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from findings_synthetic import synthetic

from xstilts.findings.account import Account
from xstilts.findings.gains import gains
from xstilts.findings.report.certainty import FEW_SEEDS, MATTERS, WORDS, certainty, reasons
from xstilts.findings.report.facts import say
from xstilts.findings.report.record import Record, record

ENOUGH = tuple(range(1, FEW_SEEDS + 1))
SOUND: dict[str, Any] = {
    "published": [], "seeds.most": FEW_SEEDS, "missing": 0, "sick": 0, "skipped": 0, "mde": 2.0, "matters": MATTERS,
    "pairs": 12, "pairs.interval": 12, "pairs.open": 4, "pairs.blind": 0,
}  # fmt: skip


def judged(**changed: Any) -> tuple[str, list[str]]:
    """The word, and the reasons in words, for facts that differ from sound ones."""
    facts = SOUND | {key.replace("_", "."): value for key, value in changed.items()}
    why = [say(template, facts).text for template in reasons(facts)]
    return certainty(facts, len(why)), why


def answered(told: Account, **changed: Any) -> Record:
    table = synthetic(**changed)
    return record(table, gains(table), msgspec.structs.replace(told, runs=(), missing=(), skipped=(), published=()))


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "high"),
        # Nothing is sure, but what matters would have been seen: that is an answer.
        ({"pairs_open": 12}, "high"),
        ({"pairs_open": 6, "pairs_blind": 6}, "high"),
        ({"pairs_open": 7, "pairs_blind": 7}, "moderate"),
        ({"pairs_open": 12, "pairs_blind": 7}, "low"),
        ({"seeds_most": FEW_SEEDS - 1}, "moderate"),
        ({"seeds_most": FEW_SEEDS - 1, "pairs_open": 12, "pairs_blind": 12}, "very low"),
        ({"missing": 1}, "moderate"),
        ({"missing": 1, "sick": 2, "skipped": 3}, "very low"),
        ({"missing": 1, "sick": 2, "skipped": 3, "published": ["t"]}, "very low"),
        ({"published": ["t"]}, "moderate"),
    ],
)
def test_one_step_down_for_each_reason(changed: dict[str, Any], word: str) -> None:
    found, why = judged(**changed)
    assert found == word
    assert len(why) >= len(WORDS) - 1 - WORDS.index(word)


@pytest.mark.parametrize(
    ("seeds", "why"), [(0, "there are no seeds"), (1, "1 seed cannot tell"), (7, "the gains of all seeds are equal")]
)
def test_without_an_interval_nothing_was_told_from_chance(seeds: int, why: str) -> None:
    blind = {"pairs_interval": 0, "pairs_open": 12, "pairs_blind": 12, "mde": None}
    assert judged(seeds_most=seeds, **blind) == ("very low", [judged(seeds_most=seeds, **blind)[1][0]])
    assert judged(seeds_most=seeds, **blind)[1][0].startswith(why)


def test_how_much_would_have_been_missed_is_said() -> None:
    _, why = judged(pairs_open=12, pairs_blind=9, mde=45.04)
    assert why[0] == (
        "in 9 of 12 pairs a true effect of 5 points would have been missed more often than one time in five, "
        "in the typical one even any below 45.0"
    )
    assert "no sign" in why[1]
    _, alone = judged(pairs=1, pairs_interval=1, pairs_open=1, pairs_blind=1, mde=8.0)
    assert alone[0].startswith("a true effect of 5 points") and alone[0].endswith("even any below 8.0")


def test_steady_seeds_are_surer_than_noisy_ones(told: Account) -> None:
    steady, noisy = answered(told, seeds=ENOUGH), answered(told, seeds=ENOUGH, spread=25.0)
    assert steady.facts["pairs.blind"] == 0 and steady.facts["certainty"] == "high"
    assert "missed more often" in steady.answer[2].text and "though" in steady.answer[2].text
    assert noisy.facts["pairs.open"] == noisy.facts["pairs.blind"] == noisy.facts["pairs"] == 12
    assert noisy.facts["certainty"] == "low" and "in 12 of 12 pairs" in noisy.answer[2].text
    assert answered(told, spread=25.0).facts["certainty"] == "very low"
    # What would be missed is said once.
    assert noisy.answer[2].text.count("more often than one time in five") == 1


def test_one_seed_is_no_moderate_certainty(told: Account) -> None:
    alone = answered(told, seeds=(1,))
    assert alone.answer[2].text == "Certainty is very low: 1 seed cannot tell an effect from chance."
