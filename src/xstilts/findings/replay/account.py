"""How a published study came about: from which tables, under which licence, and what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from xstilts.findings.account import Account
from xstilts.findings.replay.records import published_of
from xstilts.studies.records.record import Run

NOT_RUN = "Published scores: nothing here was run by xstilts, and each number is as its source gives it."


def published_account(runs: Sequence[Run]) -> Account:
    """The account of one encoder's published runs."""
    told = [published_of(run) for run in runs]
    encoders = tuple(dict.fromkeys(one.model for one in told))
    files = tuple(dict.fromkeys(file for one in told for file in one.files))
    return Account(
        study=told[0].study,
        encoder=", ".join(encoders),
        about_encoder="as the tables name it; published scores",
        seeds=tuple(sorted({one.seed for one in told if one.seed is not None})),
        published=tuple((file.name, file.source, file.licence) for file in files),
        started=min(run.started for run in runs),
        ended=max(run.ended for run in runs),
        planned=len(runs),
        cells=len(runs),
        warnings=tuple(doubts(runs)),
    )


def doubts(runs: Sequence[Run]) -> list[str]:
    """What to bear in mind of published scores; nothing where there are none."""
    if not runs:
        return []
    told, found = [published_of(run) for run in runs], [NOT_RUN]
    seedless = sum(one.seed is None for one in told)
    if seedless:
        how = "is published without a seed, as a single run or as a mean"
        if seedless > 1:
            how = "are published without a seed, as single runs or as means"
        found.append(
            f"{seedless:,} of {len(told):,} {'runs' if len(told) > 1 else 'run'} {how}: such a score has no interval."
        )
    notes: dict[str, int] = {}
    for one in told:
        for cell in one.cells:
            notes[cell.note] = notes.get(cell.note, 0) + 1
    suspect = sum(count for note, count in notes.items() if note.lower().startswith("suspect"))
    if suspect:
        which = "1 score is suspect by its note" if suspect == 1 else f"{suspect:,} scores are suspect by their notes"
        found.append(f"{which} and counted in: a column map can [drop] such rows.")
    for name in sorted({file.name for one in told for file in one.files if not file.licence}):
        found.append(f"Nothing says under which licence {name} stands.")
    return found
