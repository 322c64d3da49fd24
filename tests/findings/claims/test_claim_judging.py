"""Judging: every kind on a table whose truth is known; what is missing is named and never tested."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl
import pytest
from claims_made_up import GAINS, TOP, claim, ledger, made_up, toml

from xstilts.findings.claims import Verdict, judge_table
from xstilts.findings.claims.judging import testable as can_be_tested
from xstilts.findings.claims.looking import Gathered

ONE = 'routes = ["a"], exams = ["qa"]'


def judged(text: str, scores: pl.DataFrame, **more: str) -> Verdict:
    (verdict,) = judge_table(scores, ledger(text, **more)).verdicts
    return verdict


KINDS = {
    "gains": (claim("direction", ONE), "reproduced"),
    "gains-too-little": (claim("direction", 'routes = ["b"], exams = ["qa"]', margin=5), "contradicted"),
    "loses-instead": (claim("direction", 'routes = ["a"], exams = ["search"]'), "contradicted"),
    "a-loss-as-claimed": (claim("direction", 'routes = ["a"], exams = ["search"]', down=True), "reproduced"),
    "no-benefit": (claim("absence", 'routes = ["a"], exams = ["nli"]'), "reproduced"),
    "no-benefit-but-a-loss": (claim("absence", 'routes = ["a"], exams = ["search"]'), "reproduced"),
    "no-difference-but-a-loss": (claim("absence", 'routes = ["a"], exams = ["search"]', equal=True), "contradicted"),
    "a-benefit": (claim("absence", ONE), "contradicted"),
    "the-size": (claim("magnitude", ONE, value=6.0), "reproduced"),
    "another-size": (claim("magnitude", ONE, value=9.0), "contradicted"),
    "the-best": (claim("ranking", 'routes = ["singles"], exams = ["qa"]', best=["a"], margin=None), "reproduced"),
    "the-best-two": (claim("ranking", 'routes = ["singles"], exams = ["qa"]', best=["a", "b"]), "reproduced"),
    "not-the-best": (claim("ranking", 'routes = ["singles"], exams = ["qa"]', best=["c"]), "contradicted"),
    "the-best-of-each": (claim("selection", 'routes = ["singles"], exams = ["qa", "nli"]'), "reproduced"),
    "all": (claim("quantified", 'routes = ["a", "b"], exams = ["qa"]', quantifier="all"), "reproduced"),
    "not-all": (claim("quantified", 'routes = ["a", "b", "c"], exams = ["qa"]', quantifier="all"), "contradicted"),
    "most": (claim("quantified", 'routes = ["singles"], exams = ["qa"]', quantifier="most"), "reproduced"),
    "any": (claim("quantified", 'routes = ["singles"], exams = ["nli"]', quantifier="any"), "reproduced"),
    "none-in-most": (
        claim("quantified", 'routes = ["singles"], exams = ["search"]', quantifier="most", each="absence"),
        "reproduced",
    ),
    "over-another": (claim("direction", 'routes = ["a"], exams = ["qa"], against = "b"'), "reproduced"),
    "over-its-own": (claim("direction", 'routes = ["a"], exams = ["qa"], versus = { a = "b" }'), "reproduced"),
    "over-the-best": (claim("direction", 'routes = ["a"], exams = ["qa"], against = "singles"', least=2), "reproduced"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_finds_what_is_there(name: str, scores: pl.DataFrame) -> None:
    text, expected = KINDS[name]
    found = judged(text, scores)
    assert (found.status, found.unit, found.n) == (expected, "seed", 5), found.reason
    assert found.low is not None and found.high is not None and found.estimate is not None
    assert found.low < found.estimate < found.high
    assert found.reason.endswith(".")


def test_the_estimate_is_the_mean_gain(scores: pl.DataFrame) -> None:
    found = judged(claim("direction", 'routes = ["a"], exams = ["qa", "search"]'), scores)
    assert found.estimate == pytest.approx((6 - 4) / 2, abs=0.5)
    assert found.cells == ("a → qa", "a → search")
    lost = judged(claim("direction", 'routes = ["a"], exams = ["search"]', down=True), scores)
    assert lost.estimate == pytest.approx(-4, abs=0.5)
    assert lost.high is not None and lost.high < 0, "a loss is shown as one"


def test_the_closest_contrast_of_a_ranking_is_shown(scores: pl.DataFrame) -> None:
    found = judged(KINDS["the-best"][0], scores)
    assert "a against b" in found.reason
    assert found.estimate == pytest.approx(4, abs=0.5)


def test_the_best_of_a_group_is_never_compared_with_itself_alone(scores: pl.DataFrame) -> None:
    alone = judged(claim("direction", 'routes = ["a"], exams = ["nli"], against = "singles"', least=2), scores)
    assert alone.status == "contradicted", "b gains 3 there, a nothing"


def test_what_is_missing_is_named(scores: pl.DataFrame) -> None:
    found = judged(claim("direction", 'routes = ["singles", "all"], exams = ["qa"]'), scores)
    assert (found.status, found.missing) == ("not tested", ("route all",))
    assert "3 of 4 cells are there: missing route all" in found.reason
    without = scores.filter((pl.col("exam") != "qa") | (pl.col("route") != "b"))
    assert judged(claim("direction", 'routes = ["singles"], exams = ["qa"]'), without).missing == ("b → qa",)
    slip = scores.with_columns(exam=pl.col("exam").replace("search", "searchs"))
    assert judged(claim("direction", 'routes = ["a"], exams = ["search"]'), slip).missing == (
        "exam search (is it 'searchs'?)",
    )


@pytest.mark.parametrize("route", ["a", "c"], ids=["gains", "gains-nothing"])
@pytest.mark.parametrize(
    "more", [{"kind": "direction"}, {"kind": "absence"}, {"kind": "selection"}, {"kind": "magnitude", "value": 6.0}],
    ids=lambda more: more["kind"],
)  # fmt: skip
def test_a_part_of_a_mean_decides_nothing_and_its_estimate_is_told(
    scores: pl.DataFrame, route: str, more: dict[str, Any]
) -> None:
    kind, *_ = more.values()
    rest = {key: value for key, value in more.items() if key != "kind"}
    cells = f'routes = ["{route}", "all"], exams = ["qa"]'
    found = judged(claim(kind, cells, least=1, **rest), scores)
    assert (found.status, found.said) == ("inconclusive", "inconclusive (1 of 2 cells only)")
    assert found.reason.startswith("1 of 2 cells are there, and a mean over all cannot be judged on a part; in these")
    assert "Missing route all" in found.reason
    assert found.estimate == pytest.approx(6 if route == "a" else 0, abs=0.5) and found.level == 0.95
    assert found.tested == 0, "it takes no part in its family"
    assert judged(claim(kind, cells, **rest), scores).status == "not tested", "without least, all must be there"


QUANTIFIED = {
    "any-of-one": (["a", "all", "a-mlm"], "any", "reproduced"),
    "any-of-none": (["c", "all", "a-mlm"], "any", "inconclusive"),
    "all-of-one": (["a", "all", "a-mlm"], "all", "inconclusive"),
    "all-but-one": (["a", "c", "all", "a-mlm"], "all", "contradicted"),
    "most-of-two-of-four": (["a", "b", "all", "a-mlm"], "most", "inconclusive"),
    "most-of-three-of-five": (["a", "b", "d", "all", "a-mlm"], "most", "reproduced"),
    "most-of-none-of-three-of-five": (["c", "e", "f", "all", "a-mlm"], "most", "contradicted"),
    "most-of-none-of-two-of-five": (["c", "e", "all", "a-mlm", "x"], "most", "inconclusive"),
}


@pytest.mark.parametrize("name", QUANTIFIED)
def test_what_is_missing_may_be_either_way(name: str) -> None:
    """A count is decided only where nothing that the missing cells could say would change it."""
    routes, quantifier, expected = QUANTIFIED[name]
    gains = {**GAINS, "d": {"qa": 4.0}, "e": {"qa": 0.0}, "f": {"qa": -1.0}}
    cells = f"routes = {toml(routes)}, exams = ['qa']"
    top = TOP.replace('"a-mlm"]', '"a-mlm", "d", "e", "f", "x"]')
    found = judged(claim("quantified", cells, quantifier=quantifier, least=1), made_up(gains), top=top)
    assert found.status == expected, found.reason
    there = len([route for route in routes if route in gains])
    assert f"of {len(routes)} cells" in found.reason and found.missing
    assert found.said == (
        f"inconclusive ({there} of {len(routes)} cells only)" if expected == "inconclusive" else expected
    )


def test_a_cell_with_too_few_seeds_is_neither_for_nor_against(scores: pl.DataFrame) -> None:
    text = claim("quantified", 'routes = ["singles"], exams = ["qa"]', quantifier="all")
    assert judged(text, scores).status == "contradicted", "c gains nothing"
    few = scores.filter((pl.col("route") != "c") | (pl.col("seed") < 3))
    found = judged(text, few)
    assert found.status == "inconclusive", found.reason
    assert "in 2 of the 2 that can be tested" in found.reason
    assert found.n == 5, "two seeds of one cell do not take the others' away"


def test_a_ranking_with_a_contrast_missing_can_only_fall(scores: pl.DataFrame) -> None:
    ahead = claim("ranking", 'routes = ["singles", "all"], exams = ["qa"]', best=["a"], least=1, margin=None)
    assert judged(ahead, scores).status == "inconclusive"
    behind = claim("ranking", 'routes = ["singles", "all"], exams = ["qa"]', best=["c"], least=1)
    assert judged(behind, scores).said == "contradicted"


def test_two_encoders_are_compared_on_the_cells_that_both_have() -> None:
    text = claim(
        "absence", 'routes = ["a", "b"], exams = ["qa"], encoders = ["dense", "experts"]', statistic="gain-difference",
        least=1,
    )  # fmt: skip
    experts = made_up(encoder="experts", draws=4).filter(pl.col("route") != "b")
    found = judged(text, pl.concat([made_up(), experts]))
    assert found.estimate == pytest.approx(0, abs=0.6), "not a's gain less the mean of a's and b's"
    assert (found.status, found.missing) == ("inconclusive", ("b → qa",))


def test_an_empty_group_is_for_the_study_to_fill(scores: pl.DataFrame) -> None:
    text = claim("direction", 'routes = ["a"], exams = ["qa"], languages = "mine"')
    assert judged(text, scores).status == "not tested"
    mapped = ledger(text, of='name = "mapped"\nof = "small"\n[groups]\nmine = ["xx"]\n')
    (found,) = judge_table(scores, mapped).verdicts
    assert found.status == "reproduced"


@pytest.mark.parametrize(("asked", "present"), [(6, 5), (3, 2), (2, 1)])
def test_too_few_seeds_are_inconclusive(asked: int, present: int) -> None:
    scores = made_up(seeds=tuple(range(present)))
    found = judged(claim("direction", ONE, min_seeds=asked), scores)
    assert found.status == "inconclusive"
    assert f"where the claim asks for {asked}" in found.reason
    assert found.tested == 0, "it takes no part in its family"


def test_scores_without_seeds_are_one_seed() -> None:
    scores = made_up(seeds=(1,)).with_columns(seed=pl.lit(None, dtype=pl.Int64))
    found = judged(claim("direction", ONE), scores)
    assert (found.status, found.n) == ("inconclusive", 1)


def test_a_size_is_tested_only_where_the_experiment_is_the_same(scores: pl.DataFrame) -> None:
    text = claim("magnitude", ONE, value=6.0)
    close = judged(text, scores, top='fidelity = "close"\n' + TOP)
    assert close.status == "not tested"
    assert "this one is close; the gain is +6" in close.reason
    other = judged(text, scores, top=TOP.replace("[names]", '[same]\nencoders = ["dense"]\n[names]'))
    assert other.status == "reproduced"
    found = judge_table(
        made_up(encoder="small"), ledger(text, top=TOP.replace("[names]", '[same]\nencoders = ["dense"]\n[names]'))
    )
    assert found.fidelity == "close"
    assert "the encoder is small" in found.differs
    chosen = claim("selection", 'routes = ["singles"], exams = ["qa"]', value=60.0)
    assert judged(chosen, scores).status == "contradicted"
    analogue = judged(chosen, scores, top='fidelity = "analogue"\n' + TOP)
    assert (analogue.status, analogue.only) == ("reproduced", "direction")
    assert "+60.0, is not tested: the experiment is an analogue" in analogue.reason


def test_a_study_in_other_names(scores: pl.DataFrame) -> None:
    renamed = scores.with_columns(
        exam=pl.concat_str(pl.lit("lab-"), "exam"), route=pl.col("route").replace("a", "alpha")
    )
    text = claim("direction", 'routes = ["a"], exams = ["qa"]')
    assert judged(text, renamed).status == "not tested"
    mapped = 'name = "m"\nof = "small"\nfidelity = "analogue"\n[as.routes]\na = "alpha"\n[as.exams]\nqa = "lab-qa"\n'
    found = judged(text, renamed, of=mapped)
    assert (found.status, found.fidelity, found.cells) == ("reproduced", "analogue", ("alpha → lab-qa",))


def test_a_claim_may_be_about_the_pivot_or_about_single_languages() -> None:
    scores = made_up({"a": {"qa": 3.0}}, slope={"en": 4.0, "xx": -6.0})
    sizes = {}
    for languages in ('"pivot"', '"zero-shot"', '"all"', '["xx"]'):
        found = judged(claim("direction", f"{ONE}, languages = {languages}"), scores)
        assert found.estimate is not None
        sizes[languages] = found.estimate - 3
    assert sizes['"pivot"'] == pytest.approx(4, abs=0.5)
    assert sizes['["xx"]'] == pytest.approx(-6, abs=0.5)
    assert sizes['"zero-shot"'] == pytest.approx(-2, abs=0.5)
    assert sizes['"all"'] == pytest.approx(-0.5, abs=0.5)


def test_a_hole_leaves_its_language_out_and_is_told(scores: pl.DataFrame) -> None:
    hole = (pl.col("route") == "a") & (pl.col("lang") == "yy") & (pl.col("seed") == 2)
    assert judged(claim("direction", ONE), scores.filter(~hole)).left_out == ("yy",)


def test_sick_runs_count_in_and_the_verdict_without_them_stands_beside() -> None:
    scores = made_up({"a": {"qa": 2.0}})
    sick = (pl.col("route") == "a") & (pl.col("exam") == "qa") & pl.col("seed").is_in([1, 2])
    ill = scores.with_columns(
        health=pl.when(sick).then(pl.lit("collapsed")).otherwise("health"),
        value=pl.when(sick).then(pl.col("value") - 40).otherwise("value"),
    )
    found = judged(claim("direction", ONE), ill)
    assert (found.status, found.sick, found.n) == ("inconclusive", 2, 5)
    assert found.without is not None
    assert (found.without.status, found.without.n, found.without.sick) == ("reproduced", 3, 0)
    assert judged(claim("direction", ONE), scores).without is None


def test_the_number_of_claims_is_corrected_for() -> None:
    weak = made_up({"a": {"qa": 1.0}}, spread=0.75)
    alone = judged(claim("direction", ONE, family="primary", margin=0.1), weak)
    assert alone.status == "reproduced"
    many = claim("direction", ONE, family="primary", margin=0.1)
    for number in range(2, 9):
        more = claim("direction", 'routes = ["a"], exams = ["search"]', family="primary", margin=0.1)
        many += more.replace("claim.C1", f"claim.C{number}")
    found = judge_table(weak, ledger(many)).verdicts[0]
    assert (found.status, found.tested) == ("inconclusive", 8)
    assert found.p == alone.p
    assert found.corrected == pytest.approx(8 * (alone.p or 0))
    assert found.level is not None and found.level > 0.99
    assert found.low is not None and alone.low is not None and found.low < 0 < alone.low


def test_two_encoders() -> None:
    both = pl.concat([made_up(), made_up({**GAINS, "a": {"qa": 1.0}}, encoder="experts", draws=4)])
    text = claim("absence", f'{ONE}, encoders = ["dense", "experts"]', statistic="gain-difference", equal=True)
    found = judged(text, both)
    assert found.status == "contradicted"
    assert found.estimate == pytest.approx(-5, abs=0.6)
    assert judged(text, made_up()).missing == ("encoder experts",)
    same = judged(text, pl.concat([made_up(), made_up(encoder="experts")]))
    assert same.reason.startswith("Every seed gave the same number")


TASKS = [f"t{place}" for place in range(9)]
SIMILAR = (
    'name = "small"\n[names]\nroutes = [' + ", ".join(f'"{task}"' for task in TASKS) + ']\nexams = ["qa"]\n'
    "[similarity]\nqa = { " + ", ".join(f"{task} = {place / 8}" for place, task in enumerate(TASKS)) + " }\n"
)


def test_likeness_and_gain() -> None:
    text = claim("direction", 'routes = ["*"], exams = ["qa"]', statistic="rank-correlation", margin=0.3)
    rising = made_up({task: {"qa": place * 0.5} for place, task in enumerate(TASKS)}, seeds=(1, 2, 3))
    found = judged(text, rising, top=SIMILAR)
    assert (found.status, found.n, found.unit, found.low) == ("reproduced", 9, "task", None)
    falling = made_up({task: {"qa": -place * 0.5} for place, task in enumerate(TASKS)}, seeds=(1, 2, 3))
    assert judged(text, falling, top=SIMILAR).status == "contradicted"
    few = judged(text, rising.filter(pl.col("route") != "t3").filter(pl.col("route") != "t4"), top=SIMILAR)
    assert few.status == "not tested"
    assert "7 tasks with a likeness and a gain are there, 8 are needed" in few.reason


LAB = ("lab-piv", "lab-near", "lab-mid", "lab-near-lex", "lab-far-vso", "lab-far-sov", "lab-far-new")


def test_gain_and_distance() -> None:
    text = claim("direction", 'routes = ["a"], exams = ["qa"]', statistic="slope", down=True)
    near = {"lab-near": 3.0, "lab-mid": 3.4, "lab-near-lex": -3.0, "lab-far-vso": -3.2, "lab-far-sov": -2.9}
    falls = made_up({"a": {}}, languages=LAB, slope=near | {"lab-far-new": -3.1})
    found = judged(text, falls)
    assert (found.status, found.n, found.unit) == ("reproduced", 5, "family")
    assert found.estimate is not None and found.estimate < -8
    unknown = judged(text, made_up())
    assert unknown.status == "not tested"
    assert "0 families with a distance" in unknown.reason


@pytest.mark.parametrize(
    ("facts", "encoder", "fidelity", "expected"),
    [
        ('{ encoder = "dense", routes = ["singles"] }', "dense", "same", "reproduced"),
        ('{ encoder = "dense", routes = ["singles"] }', "other", "same", "contradicted"),
        ('{ encoder = "dense", routes = ["singles"] }', "other", "analogue", "not tested"),
        ('{ exams = ["qa"], routes = ["all"] }', "dense", "same", "contradicted"),
        ("{}", "dense", "same", "not tested"),
    ],
    ids=["as-described", "otherwise", "an-analogue", "routes-lack", "nothing-to-test"],
)
def test_a_description(facts: str, encoder: str, fidelity: str, expected: str) -> None:
    text = f'[claim.C1]\nstatement = "s"\nprovenance = "ours"\nkind = "descriptive"\nfacts = {facts}\n'
    found = judged(text, made_up(encoder=encoder), top=f'fidelity = "{fidelity}"\n{TOP}')
    assert found.status == expected, found.reason


def test_a_claim_without_evidence_takes_no_part(scores: pl.DataFrame) -> None:
    (one,) = ledger(claim("direction", ONE)).claims
    assert not can_be_tested(one, Gathered(), "same")
    judgement = judge_table(scores, ledger(claim("direction", ONE)))
    assert judgement.counts == {"reproduced": 1, "contradicted": 0, "inconclusive": 0, "not tested": 0}
    assert msgspec.json.decode(msgspec.json.encode(judgement))["verdicts"][0]["status"] == "reproduced"
