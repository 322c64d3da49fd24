"""Scores from predictions and right answers. Pure: they can be computed again at any time, without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from xstilts.errors import BadStore, UnknownName
from xstilts.forms import Retrieve
from xstilts.sources.lookups import Lookups, looking
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.pins import pins
from xstilts.studies.records.store import Store
from xstilts.tasks import Exam, exam, pinned


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A score that is not what the record says."""

    digest: str
    label: str
    lang: str
    metric: str
    old: float | None
    new: float


def score(exam: Exam, predictions: Mapping[str, Sequence[Any]]) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Scores and counts of one sitting: language → metric → value, and language → examples."""
    scores, n = {}, {}
    for lang, answers in predictions.items():
        examples = exam.test.read(lang)
        if len(answers) != len(examples):
            raise BadStore(
                f"{exam.name} has {len(examples)} examples in {lang}, but there are {len(answers)} predictions.",
                way_out="The data changed since: remove this run's folder and run the study again.",
            )
        scores[lang] = {name: float(value) for name, value in exam.form.score(answers, examples).items()}
        n[lang] = counted(exam, examples)
    return scores, n


def counted(exam: Exam, examples: Sequence[Any]) -> int:
    """How many examples a score is a mean over: in retrieval, the queries that are tested."""
    if isinstance(exam.form, Retrieve):
        return sum(line.side == "query" and line.part == "test" for line in examples)
    return len(examples)


def rescore(store: Store, plan: Plan) -> tuple[Change, ...]:
    """Score every finished test of a plan again from its predictions, correct its record, say what changed."""
    tests = [step for step in plan.steps if step.exam is not None and store.has(step.digest)]
    return tuple(
        change
        for step in tests
        for change in rescore_run(store, step.digest, step.languages, sat=plan.exams[step.exam or ""])
    )


def rescore_run(
    store: Store, digest: str, languages: Sequence[str] = (), *, sat: Exam | None = None
) -> tuple[Change, ...]:
    """Score one finished test again; without `languages`, in those of its record. `sat`: its exam, if it is at hand."""
    run = store.read(digest)
    if run.kind != "test" or not run.exams:
        raise BadStore(f"The run {digest} is no exam.", way_out="Give a run that was tested.")
    predictions = {lang: store.read_predictions(digest, lang) for lang in languages or run.scores}
    scores, n = score(sat or _as_it_was(store, run.exams[0], tuple(predictions)), predictions)
    found = tuple(
        Change(digest=digest, label=run.label, lang=lang, metric=metric, old=old, new=new)
        for lang, metrics in scores.items()
        for metric, new in metrics.items()
        if (old := run.scores.get(lang, {}).get(metric)) != new
    )
    if found or n != run.n:
        store.write(msgspec.structs.replace(run, scores=scores, n=n))
    return found


def _as_it_was(store: Store, name: str, languages: tuple[str, ...]) -> Exam:
    """An exam in these languages, with the rows that the store's runs were done on."""
    try:
        sat = exam(name)
    except UnknownName as error:
        # A record says what a task of one's own is, and not where its file lies.
        raise UnknownName(
            error.wrong,
            way_out="If it is of one's own, score the study that names its file (xstilts score STUDY.toml), or let "
            "XSTILTS_TASKS name the folder of that file.",
        ) from None
    with looking(Lookups(pins(store))):
        return pinned(msgspec.structs.replace(sat, languages=languages))
