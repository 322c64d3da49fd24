"""What `xstilts score` shows of runs that are scored again."""

from __future__ import annotations

from collections.abc import Sequence

from xstilts.cli import screen
from xstilts.cli.scored import print_json
from xstilts.errors import BadStore
from xstilts.studies.reading import words
from xstilts.studies.records.scores import Change, rescore_run
from xstilts.studies.records.store import Store

MOST = 40
"""Changes that are listed."""


def show(store: Store, digests: Sequence[str], *, as_json: bool) -> None:
    """Score the tests among some runs again, correct their records, say what changed."""
    sat = [digest for digest in digests if store.read(digest).kind == "test"]
    if not sat:
        raise BadStore(f"There is no finished exam in {store.root}.", way_out="Runs that only train have no scores.")
    changes: list[Change] = []
    for digest in sat:
        found = rescore_run(store, digest)
        changes += found
        if as_json:
            _print(store, digest, found)
    if as_json:
        return
    if not changes:
        screen.say(f"{screen.several(len(sat), 'exam')} scored again: every score is as it was recorded.")
        return
    read_at = {digest: words(store.read(digest).declaration.get("reading", {})) for digest in sat}
    rows = (
        (one.label, one.lang, _metric(one.metric, read_at[one.digest]), _number(one.old), _number(one.new))
        for one in changes[:MOST]
    )
    screen.table(["step", "language", "metric", "was", "is"], rows, right=["was", "is"])
    if len(changes) > MOST:
        screen.say(f"and {len(changes) - MOST} more")
    screen.say(f"{screen.several(len(sat), 'exam')} scored again: {screen.several(len(changes), 'score')} changed.")


def _print(store: Store, digest: str, changes: Sequence[Change]) -> None:
    """One object a language; it agrees if the record said the same."""
    run = store.read(digest)
    changed = {change.lang for change in changes}
    for lang, metrics in run.scores.items():
        told = {"case": f"{run.label} {digest}", "task": run.exams[0], "language": lang, "metrics": metrics}
        if "reading" in run.declaration:
            told["reading"] = run.declaration["reading"]
        print_json(told | {"agrees": lang not in changed, "error": None})


def _metric(metric: str, reading: str) -> str:
    return f"{metric} ({reading})" if reading else metric


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
