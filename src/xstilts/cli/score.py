"""`xstilts score`: scores again, from predictions and right answers."""

from __future__ import annotations

from xstilts.cli import screen
from xstilts.cli.options import STORE, StoreFolder, StudyName
from xstilts.errors import BadStore
from xstilts.studies.plan import plan
from xstilts.studies.scores import rescore
from xstilts.studies.store import Store
from xstilts.studies.study import load_study

MOST = 40
"""Changes that are listed."""


def score(study: StudyName, store: StoreFolder = STORE) -> None:
    """Compute a study's scores again from its predictions, and correct its records. No network is needed."""
    planned, kept = plan(load_study(study)), Store(store)
    sat = [step for step in planned.steps if step.kind == "test" and kept.has(step.digest)]
    if not sat:
        raise BadStore(f"No exam of {planned.study.name} is finished in {store}.", way_out="Run the study first.")
    changes = rescore(kept, planned)
    screen.own_up(lang for step in sat for lang in step.languages)
    if not changes:
        screen.say(f"{screen.several(len(sat), 'exam')} scored again: every score is as it was recorded.")
        return
    rows = (
        (
            change.label,
            change.lang,
            change.metric,
            "" if change.old is None else f"{change.old:.2f}",
            f"{change.new:.2f}",
        )
        for change in changes[:MOST]
    )
    screen.table(["step", "language", "metric", "was", "is"], rows, right=["was", "is"])
    if len(changes) > MOST:
        screen.say(f"and {len(changes) - MOST} more")
    screen.say(f"{screen.several(len(sat), 'exam')} scored again: {screen.several(len(changes), 'score')} changed.")
