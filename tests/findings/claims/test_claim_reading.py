"""Ledgers are read strictly: a slip is refused with its place and the nearest name, before anything is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims_made_up import TOP, claim, ledger

from xstilts.errors import BadInput, UnknownName, XstiltsError
from xstilts.studies.ledgers import load_ledger

ONE = 'routes = ["a"], exams = ["qa"]'
GOOD = claim("direction", ONE)
MAPPED = 'name = "m"\nof = "small"\n'


def test_a_good_one() -> None:
    found = ledger(GOOD)
    assert [one.id for one in found.claims] == ["C1"]
    assert found.claims[0].cells.languages == "zero-shot"
    assert (found.fidelity, len(found.digest)) == ("same", 16)


SLIPS = {
    "top": (GOOD, "flidelity = 'same'\n" + TOP, "unknown key 'flidelity'.*Did you mean 'fidelity'"),
    "claim": (GOOD.replace("kind", "knid"), TOP, r"unknown key 'knid' in \[claim.C1\].*'kind'"),
    "cells": (claim("direction", 'roots = ["a"], exams = ["qa"]'), TOP, r"'roots' in \[claim.C1.cells\]"),
    "margin": (GOOD.replace("points", "point"), TOP, r"'point' in \[claim.C1.margin\].*'points'"),
    "kind": (claim("directions", ONE), TOP, r"'directions'.*`claim.C1.kind`"),
    "route": (claim("direction", 'routes = ["al"], exams = ["qa"]'), TOP, "claim C1: There is no route 'al'.*'all'"),
    "exam": (claim("direction", 'routes = ["a"], exams = ["searh"]'), TOP, "no exam 'searh'.*'search'"),
    "against": (claim("direction", f'{ONE}, against = "single"'), TOP, "'single'.*'singles'"),
    "versus": (claim("direction", f'{ONE}, versus = {{ a = "bb" }}'), TOP, "for `versus` 'bb'"),
    "languages": (claim("direction", f'{ONE}, languages = "zeroshot"'), TOP, "'zeroshot'.*'zero-shot'"),
    "language": (claim("direction", f'{ONE}, languages = ["xy"]'), TOP, "no language 'xy'"),
    "encoder": (claim("direction", f'{ONE}, encoders = ["dens"]'), TOP, "no encoder 'dens'.*'dense'"),
    "group": (GOOD, TOP.replace('"b", "c"]\nmine', '"b", "d"]\nmine'), "the group 'singles' 'd'"),
    "source": (GOOD + 'source = "papre"\n', TOP, "no source 'papre'.*'paper'"),
    "source-key": (GOOD, TOP.replace("title =", "titel ="), r"'titel' in \[sources.paper\].*'title'"),
    "fact": (
        '[claim.C1]\nstatement = "s"\nprovenance = "ours"\nkind = "descriptive"\nfacts = { encodr = "x" }\n', TOP,
        "no fact 'encodr'.*'encoder'",
    ),
    "similarity": (GOOD, TOP + "[similarity]\nqaa = { a = 1 }\n", r"exam for \[similarity\] 'qaa'"),
    "similarity-route": (GOOD, TOP + "[similarity]\nqa = { z = 1 }\n", r"route for \[similarity.qa\] 'z'"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_with_the_nearest_name(slip: str) -> None:
    text, top, message = SLIPS[slip]
    with pytest.raises(XstiltsError, match=f"small.toml.*{message}"):
        ledger(text, top=top)


UNDECIDABLE = {
    "no-source": (GOOD.replace('"ours"', '"read"'), "it has no source"),
    "half-a-quote": (GOOD + 'quote = "It is so in many"\n', "does not end as a sentence does"),
    "no-margin": (claim("direction", ONE, margin=None), "it has no margin"),
    "no-reason": (GOOD.replace("a test", " "), "has no reason"),
    "below-zero": (claim("direction", ONE, margin=-1), "below zero"),
    "no-routes": (claim("direction", 'exams = ["qa"]'), "names no routes, or no exams"),
    "no-size": (claim("magnitude", ONE), "needs the published `value`"),
    "no-best": (claim("ranking", ONE), "`best` is what a ranking has"),
    "best-of-nothing": (claim("direction", ONE, best=["a"]), "`best` is what a ranking has"),
    "quantifier": (claim("direction", ONE, quantifier="most"), "a direction has no quantifier"),
    "no-quantifier": (claim("quantified", ONE), "of how many cells"),
    "one-encoder": (claim("absence", f'{ONE}, encoders = ["dense"]', statistic="gain-difference"), "two encoders"),
    "slope-of-a-ranking": (
        claim("ranking", ONE, best=["a"], statistic="slope"),
        "cannot be the statistic of a ranking",
    ),
    "one-seed": (claim("direction", ONE, min_seeds=1), "one seed shows nothing"),
    "facts": (GOOD + 'facts = { encoder = "x" }\n', "only a description has `facts`"),
}


@pytest.mark.parametrize("name", UNDECIDABLE)
def test_what_nothing_could_decide_is_refused(name: str) -> None:
    text, message = UNDECIDABLE[name]
    with pytest.raises(BadInput, match=f"claim C1: .*{message}"):
        ledger(text)


MISMAPPED = {
    "name": ('[as.exams]\nqaa = "x"\n', UnknownName, "among the exams of 'small' 'qaa'.*'qa'"),
    "claim": ("[claim.C2]\nleast = 1\n", UnknownName, "claim in 'small' 'C2'"),
    "key": ('[claim.C1]\nkind = "absence"\n', BadInput, r"unknown key 'kind' in \[claim.C1\]"),
    "names": ('[names]\nroutes = ["x"]\n', BadInput, "`names` belongs to 'small'"),
    "rows": ('[as.roots]\na = "x"\n', BadInput, r"'roots' in \[as\].*'routes'"),
}


@pytest.mark.parametrize("slip", MISMAPPED)
def test_a_map_of_names_is_read_as_strictly(slip: str) -> None:
    text, kind, message = MISMAPPED[slip]
    with pytest.raises(kind, match=message):
        ledger(GOOD, of=MAPPED + text)


def test_a_map_changes_how_a_claim_is_judged_and_never_what_it_is() -> None:
    change = (
        '[claim.C1]\nmin_seeds = 9\nleast = 1\nfidelity = "same"\nnote = "here"\nmargin = { points = 7, why = "w" }\n'
    )
    base = claim("direction", ONE, fidelity="close", note="there")
    (one,) = ledger(base, of=MAPPED + change).claims
    assert (one.min_seeds, one.least, one.note) == (9, 1, "there here")
    assert one.margin is not None and one.margin.points == 7
    assert one.fidelity == "close", "a map cannot make an experiment liker than it is"
    plain = ledger(GOOD)
    assert ledger(GOOD, of=MAPPED).claims == plain.claims
    assert ledger(GOOD, of=MAPPED + 'fidelity = "analogue"\n').fidelity == "analogue"
    assert ledger(GOOD, of=MAPPED).digest != plain.digest


def test_renaming_needs_another_ledger() -> None:
    with pytest.raises(BadInput, match="renames the claims of another"):
        ledger(GOOD, top=TOP + '[as.routes]\na = "x"\n')
    with pytest.raises(BadInput, match="has no claim"):
        ledger("")


def test_files_and_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no ledger of claims 'phang202'.*'phang2020'"):
        load_ledger("phang202")
    with pytest.raises(BadInput, match="There is no ledger of claims"):
        load_ledger("none.toml", tmp_path)
    path = tmp_path / "own.toml"
    path.write_text("name = \n")
    with pytest.raises(BadInput, match="not valid TOML"):
        load_ledger(path)
    path.write_text(TOP + GOOD)
    assert load_ledger("own.toml", tmp_path).name == "small"
    (tmp_path / "map.toml").write_text('name = "m"\nof = "own.toml"\n')
    assert load_ledger(tmp_path / "map.toml").of == "small"
    (tmp_path / "again.toml").write_text('name = "n"\nof = "map.toml"\n')
    with pytest.raises(BadInput, match="is itself of another ledger"):
        load_ledger(tmp_path / "again.toml")


@pytest.mark.parametrize("change", ["# a remark\n", "\n\n"], ids=["comment", "blank"])
def test_the_digest_is_of_what_is_said_and_not_how(change: str) -> None:
    plain = ledger(GOOD)
    assert ledger(GOOD + change).digest == plain.digest
    assert ledger(GOOD.replace("points = 1", "points = 1.0")).digest == plain.digest
    assert ledger(GOOD.replace("points = 1", "points = 2")).digest != plain.digest
