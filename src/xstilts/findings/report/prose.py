"""The report's own sentences: templates over facts. No number is written here; `facts.say` looks each one up."""

from __future__ import annotations

from collections.abc import Iterator

from xstilts.findings.report.certainty import blind
from xstilts.findings.report.facts import Facts, Said, say


def answer(facts: Facts) -> list[Said]:
    """The answer in three sentences, and no more: how many, the largest, how certain."""
    if not facts["pairs"]:
        return [
            say(
                "There is no answer yet: no zero-shot language was scored both by the route {baseline} and by another.",
                facts,
            )
        ]
    return [say(_count(facts), facts), say(_largest(facts), facts), say(_certain(facts), facts)]


def _count(facts: Facts) -> str:
    if facts["pairs"] == facts["pairs.one_seed"] and not facts["seeds.most"]:
        return (
            "Without seeds nothing can be sure: what these tables hold is {pairs:count zero-shot gain,zero-shot gains} "
            "without an interval."
        )
    if facts["pairs"] == facts["pairs.one_seed"]:
        return (
            "With one seed nothing can be sure: what this study holds is {pairs:count zero-shot gain,zero-shot gains} "
            "without an interval."
        )
    if facts["pairs"] == 1:
        found = "gain" if facts["pairs.up"] else "loss" if facts["pairs.down"] else ""
        told = f"a sure zero-shot {found}" if found else "no sure zero-shot gain and no sure loss"
        return f"The one pair of {{kind}} and exam shows {told}."
    return (
        "Of {pairs:count pair,pairs} of {kind} and exam, a sure zero-shot gain stands in {pairs.up:some}, a sure "
        "loss in {pairs.down:some}, with {pairs.open:some} left unsure."
    )


def _largest(facts: Facts) -> str:
    if facts["largest.verdict"] in ("up", "down"):
        told = (
            "The largest sure {largest.word} is {largest.route} {largest.way} {largest.exam}: {largest.mean:points} "
            "points ({largest.low:end} to {largest.high:end}, "
            + ("corrected for {family:count pair,pairs}, " if facts["family"] > 1 else "")
            + "over {largest.seeds:count seed,seeds})"
        )
    else:
        told = (
            "No pair is sure; the largest difference is {largest.route} {largest.way} {largest.exam}, "
            "{largest.mean:points} points"
        )
        if facts["largest.low"] is not None:
            told += " ({largest.low:end} to {largest.high:end})"
    if facts["largest.pivot"] is not None:
        told += ", where {largest.pivot_lang} itself moves by {largest.pivot:points}"
    return f"{told}."


def _certain(facts: Facts) -> str:
    told = "Certainty is {certainty}" + (": {certainty.reasons:clauses}" if facts["certainty.reasons"] else "")
    if facts["mde"] is not None and not blind(facts):
        told += "; " if facts["certainty.reasons"] else ", though "
        told += (
            "for the typical pair here a true effect below {mde:plain} points would have been missed more often than "
            "one time in five"
        )
    return f"{told}."


def question(facts: Facts) -> Iterator[Said]:
    """What was asked, and what would count as an answer."""
    unit = (
        "The unit is the paired gain: the score with the stage less the score without it, "
        if facts["staged"]
        else "The unit is the paired gain: the score of a route less the score of the route {baseline}, "
    )
    yield say(
        unit
        + ("in the same language, exam and metric, " if facts["published"] else "on the same examples, ")
        + ("at the same seed." if facts["seeds.most"] else "each a single number."),
        facts,
    )
    yield say(
        "A pair of {kind} and exam is called a gain or a loss when the {level} % interval of its mean over "
        "{languages.zero_shot:count zero-shot language,zero-shot languages} leaves out zero, by a t distribution over "
        "seeds" + (", corrected after Holm for {family:count such pair,such pairs}." if facts["family"] > 1 else "."),
        facts,
    )
    yield say(
        "Anything else is unsure, which is not the same as no effect: that would need an equivalence test against a "
        "margin declared beforehand.",
        facts,
    )
    if not facts["published"]:
        yield say("The study plans {seeds:count seed,seeds} and {cells:count result,results}.", facts)
    if facts["claims"]:
        yield say("{claims:count claim was,claims were} written down to be judged; the ledger below has each.", facts)


def methods(facts: Facts) -> Iterator[Said]:
    """What was done, from the study and its records."""
    if facts["published"]:
        yield say(
            "Nothing was run: the scores are those of published tables ({published:list}), as their sources give them, "
            "for the encoder {encoder}.",
            facts,
        )
        yield say(
            "Gains are paired by seed, language, exam and metric over the route {baseline}; a score without a seed is "
            "paired with another without one.",
            facts,
        )
        yield say("Exams: {exams:list}. Scores run from zero to a hundred.", facts)
        return
    stages = (
        "{stages:count intermediate stage,intermediate stages} ({stages.names:list}) and on none, then on "
        if facts["stages"]
        else ""
    )
    yield say(
        "The encoder {encoder} ({encoder.about}) was trained on "
        + stages
        + "each exam's target task where it has one"
        + (" ({targets:list})." if facts["targets"] else "."),
        facts,
    )
    yield say(
        "Each training was done with {seeds:count seed,seeds}; a seed decides the order of examples, new heads, "
        "dropout and the mixture, the same with and without the stage, so that gains are paired.",
        facts,
    )
    if facts["untrained"]:
        yield say(
            "Nothing was trained for {untrained:list}: there is one result, and every seed of another route is "
            "compared with it.",
            facts,
        )
    yield say(
        "{trainings:count training was,trainings were} done and {sittings:count exam sat,exams sat} in {spent:time} of "
        "computing time; routes share their common beginnings.",
        facts,
    )
    yield say("Exams: {exams:list}. Scores run from zero to a hundred.", facts)
    if facts["oracle"]:
        yield say("Development rows in target languages chose checkpoints ({select}); no exam's rows did.", facts)
    else:
        yield say("No exam's data chose a checkpoint ({select}).", facts)
    if facts["scoring"]:
        yield say("Exams were sat in {scoring} arithmetic; each training's is in its recipe.", facts)
    if facts["readings"]:
        yield say("Sentences were compared at: {readings:list}.", facts)


def limits(facts: Facts) -> Iterator[Said]:
    """What this run cannot say; every line is a fact of this run."""
    if facts["lab"]:
        yield say(
            "Every language here is made by rules: the scores say nothing about a language that somebody speaks.", facts
        )
    yield say("One encoder, {encoder}: nothing here tells whether another would gain alike.", facts)
    yield say(
        "An interval tells what other seeds would give in {languages.zero_shot:these language,languages} and on "
        "these test sets, not in others.",
        facts,
    )
    if facts["seeds.least"] < facts["seeds.most"]:
        yield say("Some pairs stand on {seeds.least:count seed,seeds} only, others on {seeds.most:number}.", facts)
    if facts["no_pivot"]:
        yield say(
            "In {no_pivot:list} there is no score in the language of training, so a gain there "
            "cannot be held beside the pivot's own.",
            facts,
        )
    if facts["dirty"]:
        yield say("Some runs were made from a checkout with uncommitted changes.", facts)
    if facts["versions.mixed"]:
        yield say("The runs were made with more than one version of {versions.mixed:list}.", facts)
    if facts["left_out"]:
        yield say("Left out on both sides because a score is missing: {left_out:list}.", facts)
    if facts["oracle"]:
        yield say("Checkpoints were chosen with labels that a zero-shot user would not have ({select}).", facts)
