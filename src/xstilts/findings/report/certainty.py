"""How certain a report's answer is: a word with its reasons, never a score.

It begins at *high* and falls one step for each reason not to rely on the answer; where no pair has an interval, and so
nothing was told from chance, it falls to the bottom. The rule was fixed for all reports; no study can set it.
"""

from __future__ import annotations

from collections.abc import Iterator

from xstilts.findings.report.facts import Facts

WORDS = ("very low", "low", "moderate", "high")

FEW_SEEDS = 5
"""With fewer, only large and steady gains can be told from chance."""

MATTERS = 5
"""Points that an answer must be able to see: about what the best intermediate of each target was published to give."""


def reasons(facts: Facts) -> Iterator[str]:
    """Why the answer cannot be relied on more: a template for each step down."""
    if facts["published"]:
        yield "the scores are published, and neither predictions nor trainings behind them were seen"
    if not facts["pairs.interval"]:
        yield _without_intervals(facts)
    else:
        if facts["seeds.most"] < FEW_SEEDS:
            yield "{seeds.most:count seed tells,seeds tell} only large, steady effects from chance"
        if blind(facts):
            yield _missed(facts)
            if facts["pairs.open"] == facts["pairs"]:
                yield "that nothing is sure is no sign, then, that there is no effect"
    if facts["missing"]:
        yield "{missing:count planned result is,planned results are} missing"
    if facts["sick"]:
        yield "{sick:count run,runs} did not train soundly"
    if facts["skipped"]:
        yield "{skipped:count step was,steps were} skipped"


def certainty(facts: Facts, why: int) -> str:
    """The word for so many reasons."""
    return WORDS[max(0, len(WORDS) - 1 - why)] if facts["pairs.interval"] else WORDS[0]


def blind(facts: Facts) -> bool:
    """Whether most pairs are unsure and would mostly have been so had there been an effect that matters."""
    return bool(2 * facts["pairs.blind"] > facts["pairs"])


def _without_intervals(facts: Facts) -> str:
    match facts["seeds.most"]:
        case 0:
            return "there are no seeds to tell an effect from chance"
        case 1:
            return "{seeds.most:count seed,seeds} cannot tell an effect from chance"
    return "the gains of all seeds are equal, which proves nothing of scores that coarse"


def _missed(facts: Facts) -> str:
    where = "in {pairs.blind:number} of {pairs:count pair,pairs} " if facts["pairs"] > 1 else ""
    typical = "in the typical one even any" if facts["pairs"] > 1 else "even any"
    return (
        f"{where}a true effect of {{matters:count point,points}} would have been missed more often than one time in "
        f"five, {typical} below {{mde:plain}}"
    )
