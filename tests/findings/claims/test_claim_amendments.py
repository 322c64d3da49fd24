"""What was fixed before the runs stays visible: every change of a ledger is told, and a late one is called late."""

from __future__ import annotations

import tomllib

from claims_made_up import TOP, claim, ledger

from xstilts.findings.claims.amendments import standing
from xstilts.studies.ledgers import Fixed, Ledger, Written

GOOD = claim("direction", 'routes = ["a"], exams = ["qa"]')


def fixed(text: str, *, finished: int = 0, when: str = "2026-11-21T10:00:00+00:00", top: str = TOP) -> Fixed:
    raw = tomllib.loads(top + text)
    digest = Written(name="small", where="", ledger=raw).digest
    return Fixed(name="small", digest=digest, when=when, finished=finished, ledger=raw)


def changes(now: Ledger, *then: Fixed) -> tuple[str, ...]:
    return standing(now, then).amendments


def test_nothing_changed() -> None:
    found = standing(ledger(GOOD), [fixed(GOOD)])
    assert (found.amendments, found.results) == ((), 0)
    assert found.words == "Fixed on 2026-11-21, before the first result."
    assert "12 results were there already" in standing(ledger(GOOD), [fixed(GOOD, finished=12)]).words


def test_never_fixed() -> None:
    other = Fixed(name="other", digest="", when="2026-11-21", finished=0, ledger={})
    assert "nothing shows that its claims stood before" in standing(ledger(GOOD), [other]).words


def test_every_change_is_told() -> None:
    then = fixed(GOOD)
    assert changes(ledger(GOOD.replace("points = 1", "points = 0.2")), then) == ("C1: margin.points was 1.0, is 0.2",)
    assert changes(ledger(GOOD + "min_seeds = 2\n"), then) == ("C1: min_seeds was 3, is 2",)
    more = ledger(GOOD + GOOD.replace("C1", "C2"))
    assert changes(more, then) == ("C2 is new",)
    assert changes(ledger(GOOD.replace("C1", "C2")), then) == ("C1 is gone", "C2 is new")
    assert changes(ledger(GOOD, top=TOP.replace('"b", "c"]\nmine', '"b"]\nmine')), then) == (
        'groups was {"singles":["a","b","c"],"mine":[]}, is {"singles":["a","b"],"mine":[]}',
    )
    assert changes(ledger(GOOD, top='fidelity = "close"\n' + TOP), then) == ("fidelity was same, is close",)


def test_a_remark_is_no_amendment() -> None:
    assert changes(ledger(GOOD + 'note = "so"\nlocator = "page 1"\n'), fixed(GOOD)) == ()


def test_there_and_back_again_counts_from_the_first() -> None:
    changed = fixed(GOOD.replace("points = 1", "points = 0.2"), when="2026-11-22T10:00:00+00:00", finished=5)
    found = standing(ledger(GOOD), [fixed(GOOD), changed])
    assert (found.fixed[:10], found.amendments) == ("2026-11-21", ())


def test_what_cannot_be_read_any_more_is_told() -> None:
    old = Fixed(name="small", digest="x", when="2026-11-21", finished=0, ledger={"name": "small", "rules": 1})
    (told,) = changes(ledger(GOOD), old)
    assert "cannot be read any more" in told and "rules" in told
