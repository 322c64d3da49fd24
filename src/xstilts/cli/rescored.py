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
"""Lines that are listed."""
Told = Sequence[tuple[str, str, str, str]]
"""Step, language, scores as they are now, and what the record said otherwise."""


def show(store: Store, digests: Sequence[str], *, as_json: bool) -> None:
    """Score the tests among some runs again, correct their records, show the scores and what changed."""
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
    told = _told(store, sat, changes)
    # The last column is empty where nothing changed.
    columns = ["step", "language", "scores", *(["was"] if changes else [])]
    screen.table(columns, [line[: len(columns)] for line in told[:MOST]])
    if len(told) > MOST:
        screen.say(f"and {len(told) - MOST:,} more; --json prints them all")
    became = f"{screen.several(len(changes), 'score')} changed" if changes else "every score is as it was recorded"
    screen.say(f"{screen.several(len(sat), 'exam')} scored again: {became}.")


def _told(store: Store, digests: Sequence[str], changes: Sequence[Change]) -> Told:
    """A line for each exam and language, those that changed first."""
    was: dict[tuple[str, str], list[str]] = {}
    for one in changes:
        was.setdefault((one.digest, one.lang), []).append(f"{one.metric} {_number(one.old)}")
    told = []
    for digest in digests:
        run = store.read(digest)
        reading = words(run.declaration.get("reading", {}))
        seed = [f"seed {run.seed}"] if run.seed is not None else []
        step = ", ".join([run.label, *seed, *filter(None, [reading]), *(["oracle"] if run.select == "oracle" else [])])
        for lang, metrics in run.scores.items():
            scores = "  ".join(f"{name} {_number(value)}" for name, value in metrics.items())
            told.append((step, lang, scores, "  ".join(was.get((digest, lang), ()))))
    return sorted(told, key=lambda line: not line[3])


def _print(store: Store, digest: str, changes: Sequence[Change]) -> None:
    """One object a language; it agrees if the record said the same."""
    run = store.read(digest)
    changed = {change.lang for change in changes}
    for lang, metrics in run.scores.items():
        told = {"case": f"{run.label} {digest}", "task": run.exams[0], "language": lang, "metrics": metrics}
        if "reading" in run.declaration:
            told["reading"] = run.declaration["reading"]
        if run.select == "oracle":
            told["select"] = run.select
        print_json(told | {"agrees": lang not in changed, "error": None})


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
