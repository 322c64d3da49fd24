"""What one route with one seed has predicted, as a leaderboard's submission folder; written, read again, compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from xstilts.errors import BadInput, BadStore, unknown
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.store import Store
from xstilts.tasks.submission import export, render, reread
from xstilts.tasks.suites import Part, Standing, Suite

ByLanguage = dict[str, dict[str, list[Any]]]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds."""

    standing: Standing
    odd: tuple[str, ...]
    """Files that are not what the leaderboard expects."""
    files: int

    @property
    def complete(self) -> bool:
        """Whether the leaderboard would take it."""
        return self.standing.whole and not self.odd


def submit(store: Store, plan: Plan, suite: Suite, folder: Path, *, route: str, seed: int) -> Submission:
    """Write the folder from stored predictions. What is not finished is a hole; nothing is predicted now."""
    predictions, examples = predicted(store, plan, suite, route=route, seed=seed)
    if not predictions:
        raise BadStore(
            f"No exam of {suite.title} is finished on route {route!r} with seed {seed} in {store.root}.",
            way_out="Run the study first, or name another route or seed.",
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise BadInput(f"{folder} is not empty.", way_out="Give a new folder: old files would pass for new ones.")
    standing, odd = export(folder, suite, predictions, examples)
    again = reread(folder, suite, examples)
    for part in suite.parts:
        for lang, said in again.get(part.exam, {}).items():
            _check_same(folder, part, lang, (said, predictions[part.exam][lang]), examples[part.exam][lang])
    return Submission(standing=standing, odd=tuple(odd), files=sum(map(len, again.values())))


def predicted(store: Store, plan: Plan, suite: Suite, *, route: str, seed: int) -> tuple[ByLanguage, ByLanguage]:
    """Stored predictions, and the examples they are of, by exam and language: what there is of the suite."""
    if route not in {cell.route for cell in plan.cells}:
        raise unknown("route of this study", route, dict.fromkeys(cell.route for cell in plan.cells))
    if seed not in plan.study.seeds:
        raise unknown("seed of this study", str(seed), map(str, plan.study.seeds))
    wanted = {part.exam: part for part in suite.parts}
    predictions: ByLanguage = {}
    examples: ByLanguage = {}
    for cell in plan.cells:
        if (cell.route, cell.seed) != (route, seed) or cell.exam not in wanted or not store.has(cell.digest):
            continue
        for lang in wanted[cell.exam].languages:
            if lang in plan.by_digest[cell.digest].languages:
                rows = list(plan.exams[cell.exam].test.read(lang))
                said = store.read_predictions(cell.digest, lang)
                predictions.setdefault(cell.exam, {})[lang] = said
                examples.setdefault(cell.exam, {})[lang] = rows
    return predictions, examples


def _check_same(folder: Path, part: Part, lang: str, both: tuple[Sequence[Any], ...], rows: Sequence[Any]) -> None:
    read, meant = (render(part, said, rows) for said in both)
    if read != meant:
        raise BadStore(f"{folder}: {part.task} {lang} does not read back as it was.", way_out="Export it again.")
