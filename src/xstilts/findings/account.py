"""How the numbers came about: what the report says of a study besides its scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from xstilts.findings.holes import absent, missing
from xstilts.findings.pairs import HEALTHY
from xstilts.findings.ways import BEFORE
from xstilts.studies.grid import target_tasks
from xstilts.studies.records.pins import known
from xstilts.studies.records.provenance import ABSENT
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store
from xstilts.studies.study import Stage, Study
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Recipe

BEGUN_AGAIN = (
    "Begun again by the rule of their recipe (attempts), because the optimisation had failed. No exam took part in "
    "that; what failed is kept in the record and counts in no score:"
)


class RunNote(msgspec.Struct, frozen=True, kw_only=True):
    """One finished step, as the report lists it."""

    digest: str
    kind: str
    label: str
    """For people: `mnli → lab-xquad`."""
    seed: int | None = None
    health: str = HEALTHY
    why: str = ""
    steps: int | None = None
    loss: float | None = None
    """The last training loss."""
    dev: str = ""
    """Scores on the training language's development data, in words."""
    seconds: float = 0.0
    abandoned: tuple[str, ...] = ()
    """Attempts before the one that counts, each in words: their optimisation had failed."""

    @property
    def history(self) -> str:
        """Which training was begun again, after what, and what counts."""
        return f"{self.label}, seed {self.seed}: {'; '.join(self.abandoned)}. The next attempt counts: {self.health}."


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything around the scores. All of it is text or numbers; the report escapes it."""

    study: str
    encoder: str
    seeds: tuple[int, ...]
    question: str = ""
    about_encoder: str = ""
    """Its source and revision."""
    lab: bool = False
    """Whether a task is one of the lab's: then languages are invented and scores say nothing about real ones."""
    baseline: str = "none"
    recipes: tuple[tuple[str, str], ...] = ()
    """What is trained, and how: (stage, the recipe in words)."""
    packages: dict[str, str] = {}
    """Name → version, or all versions if the runs differ."""
    commits: tuple[str, ...] = ()
    """Of the checkout that was run, if it was one."""
    machines: tuple[str, ...] = ()
    """Platform, Python and device, each combination once."""
    started: str = ""
    ended: str = ""
    seconds: float = 0.0
    """Computing time of all steps together."""
    runs: tuple[RunNote, ...] = ()
    planned: int = 0
    """Steps that the study asks for."""
    missing: tuple[str, ...] = ()
    """Planned results that are not there: `route → exam, seed 2`."""
    absent: tuple[str, ...] = ()
    """Planned exams of which there is no result at all."""
    warnings: tuple[str, ...] = ()
    """What the plan warned of, what the runs found in their data, and what trainings noted on their way."""
    select: str = "last"
    """Which checkpoint of a training was kept."""
    scoring: str = ""
    """The arithmetic that exams were sat in; empty where that is not known."""
    targets: tuple[str, ...] = ()
    """The tasks that exams are trained on before they are sat."""
    cells: int = 0
    """Results that the study asks for: route, exam and seed."""
    skipped: tuple[str, ...] = ()
    """Steps that could not be done here, and why: `label: why`."""
    reproduce: tuple[str, ...] = ()
    """The command that makes the report again."""
    ways: dict[str, str] = {}
    """Route → how it stands to its target, in a word (`ways.py`); a route that is not here: nothing is known."""
    published: tuple[tuple[str, str, str], ...] = ()
    """Of scores that were not run but replayed: each table, its source and its licence."""

    @property
    def sick(self) -> tuple[RunNote, ...]:
        """Runs that are not healthy."""
        return tuple(run for run in self.runs if run.health != HEALTHY)

    @property
    def begun_again(self) -> tuple[RunNote, ...]:
        """Trainings that are not their first attempt."""
        return tuple(run for run in self.runs if run.abandoned)

    @property
    def sound(self) -> str:
        """What can be said of health where no run is sick."""
        if self.published:
            return "Whether the published runs were healthy is not known: only their scores were seen."
        return "Every run is healthy: none diverged, collapsed or stayed flat."


def account(store: Store, study: Study) -> Account:
    """The account of a study, from its plan and the records in the store."""
    planned = known(study, store)
    runs = [store.read(step.digest) for step in planned.steps if store.has(step.digest)]
    commits = (run.provenance.commit + (" with changes" if run.provenance.dirty else "") for run in runs)
    return Account(
        study=study.name,
        question=study.question,
        encoder=study.encoder.name,
        about_encoder=f"{study.encoder.source} {study.encoder.revision}".strip(),
        seeds=study.seeds,
        lab=any(run.lab for run in runs),
        recipes=tuple(_recipes(study)),
        packages=_packages(runs),
        commits=_distinct(commits),
        machines=_distinct(_machine(run) for run in runs),
        started=min((run.started for run in runs), default=""),
        ended=max((run.ended for run in runs), default=""),
        seconds=sum(run.seconds for run in runs),
        runs=tuple(map(_note, runs)),
        planned=len(planned.steps),
        missing=tuple(missing(planned, store)),
        absent=tuple(absent(planned, store)),
        warnings=(*planned.warnings, *_leaks(runs), *_noted(runs)),
        select=study.select,
        scoring=study.scoring,
        targets=target_tasks(study.exams),
        cells=len(planned.cells),
        ways={route.name: BEFORE for route in study.routes},
    )


def _leaks(runs: Iterable[Run]) -> Iterator[str]:
    """Test rows that were trained on before, each pair of task and exam in one line."""
    found: dict[tuple[str, str], dict[str, tuple[int, int | None]]] = {}
    for run in runs:
        for name, by_lang in run.data.items():
            for lang, one in by_lang.items():
                for task, count in one.leaks.items():
                    found.setdefault((task, name.removesuffix(", test")), {})[lang] = count, run.n.get(lang)
    for (task, exam), langs in found.items():
        rows = ", ".join(
            f"{count} of {n} in {lang}" if n else f"{count} in {lang}" for lang, (count, n) in langs.items()
        )
        yield f"{exam}: test rows that stand in the training data of {task}: {rows}."


def _noted(runs: Iterable[Run]) -> Iterator[str]:
    """What trainings have to tell, each thing once: rows cut short, a checkpoint that was broken."""
    found: dict[str, list[str]] = {}
    for run in runs:
        for note in run.training.get("notes", ()):
            found.setdefault(str(note), []).append(f"{run.label}, seed {run.seed}")
    for note, labels in found.items():
        more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
        yield f"{labels[0]}{more}: {note}."


def _note(run: Run) -> RunNote:
    losses = run.training.get("losses") or [(0, None)]
    dev = (
        f"{name} {metric} {value:.1f}"
        for name, scores in run.training.get("dev", {}).items()
        for metric, value in list(scores.items())[:1]
    )
    return RunNote(
        digest=run.digest,
        kind=run.kind,
        label=run.label,
        seed=run.seed,
        health=str(run.health.get("state", HEALTHY)),
        why=str(run.health.get("why", "")),
        steps=run.training.get("steps"),
        loss=losses[-1][1],
        dev=", ".join(dev),
        seconds=run.seconds,
        abandoned=tuple(_abandoned(one) for one in run.training.get("abandoned", ())),
    )


def _abandoned(attempt: dict[str, Any]) -> str:
    health = attempt.get("health", {})
    return f"at rate {attempt['rate']:g}, {health.get('state')} after {attempt['steps']} steps: {health.get('why')}"


def _machine(run: Run) -> str:
    where = run.provenance
    python = f"Python {where.python}" if where.python else ""
    return ", ".join(part for part in (where.platform, python, where.device) if part)


def _packages(runs: Iterable[Run]) -> dict[str, str]:
    versions: dict[str, list[str]] = {}
    for run in runs:
        for name, version in run.provenance.packages.items():
            # A record says of each package that could have changed a number, also that it was not there.
            if version != ABSENT:
                versions.setdefault(name, []).append(version)
    return {name: " and ".join(_distinct(found)) for name, found in versions.items()}


def _recipes(study: Study) -> Iterator[tuple[str, str]]:
    for route in study.routes:
        for stage in route.stages:
            yield f"{route.name} (before the target)", _words(stage)
    for name in target_tasks(study.exams):
        yield f"{name} (target)", _words(study.target_stage(name))


def _words(stage: Stage) -> str:
    recipe = stage.recipe
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.epochs:g} epochs"
    parts = [
        " + ".join(stage.tasks) + (f", {stage.mixture.rule} mixture" if stage.mixture else ""),
        f"AdamW to {recipe.rate:g}, {length} of {recipe.batch} examples",
        f"warm-up {recipe.warmup:.0%}, weight decay {recipe.weight_decay:g}, clip {recipe.clip:g}",
        f"rows of {recipe.max_length} tokens at most, {recipe.precision}",
    ]
    if recipe.examples is not None:
        parts.append(f"the first {recipe.examples} examples of each seed's shuffle")
    if recipe.dropout is not None:
        parts.append(f"dropout {recipe.dropout:g}")
    parts += _set(recipe)
    parts += [] if stage.mixture is None else _set(stage.mixture)
    return "; ".join(parts)


def _set(one: Recipe | Mixture) -> Iterator[str]:
    """What is set of the fields that most studies leave alone, as a study file says it."""
    for field in msgspec.structs.fields(one):
        value = getattr(one, field.encode_name)
        unset = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if field.name in one.__later__ and value != unset:
            said = msgspec.json.encode(value).decode().replace('"', "").replace(",", ", ").replace(":", " ")
            yield f"{field.name.replace('_', ' ')} {said}"


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
