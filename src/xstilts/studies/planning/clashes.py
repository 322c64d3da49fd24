"""What a plan warns of: the same rows before and after, settings that do nothing, a benchmark with holes, one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xstilts.forms import Mask
from xstilts.studies.grid import Route, Study, reads_encoder
from xstilts.studies.planning.idle import idle
from xstilts.tasks import Exam, Task, suites
from xstilts.tasks.translated import AT

FEW = 3
"""Holes that are named one by one."""
MOST_OF_IT = 0.5
"""A study that sits so large a share of a suite's exams is taken to mean the suite."""


def warnings(study: Study, tasks: Mapping[str, Task], exams: Mapping[str, Exam]) -> Iterator[str]:
    """Each in one line."""
    yield from _clashes(study, tasks, exams)
    for route in study.routes:
        yield from _twice(route, tasks)
    yield from _alike(study)
    yield from taught(study, tasks, exams)
    yield from idle(study, tasks)
    retrieval = [name for name, sat in exams.items() if reads_encoder(sat)]
    if retrieval and study.encoder.retrieval_layer is None:
        yield (
            f"{', '.join(retrieval)}: no retrieval layer is set for {study.encoder.name}, so the one at the depth "
            "of layer 14 of 24 is read. `xstilts sweep` finds one; set it with `layer` in [retrieval]."
        )
    for name, sat in exams.items():
        if not sat.zero_shot:
            yield f"{name}: only its pivot {sat.pivot!r} is sat, so that nothing is zero-shot."
    yield from _holes(study, exams)
    if study.select == "oracle":
        yield "Oracle: development rows in target languages choose weights. Its scores are no zero-shot transfer."
    if len(study.seeds) == 1:
        yield "One seed: gains will have no interval."


def _clashes(study: Study, tasks: Mapping[str, Task], exams: Mapping[str, Exam]) -> Iterator[str]:
    """Overlaps, each with all the routes and exams it stands between."""
    routes: dict[tuple[str, str], list[str]] = {}
    for name, sat in exams.items():
        for route in study.routes:
            for says in _overlaps(route, sat, tasks):
                routes.setdefault((says, name), []).append(route.name)
    sat_after: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (says, name), after in routes.items():
        sat_after.setdefault((says, tuple(after)), []).append(name)
    for (says, before), names in sat_after.items():
        yield f"{', '.join(before)} → {', '.join(names)}: {says}."


def _overlaps(route: Route, sat: Exam, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Where an intermediate is the target task, a translation of it, or overlaps with it or with the exam."""
    for one in dict.fromkeys(one for stage in route.stages for one in stage.tasks):
        base, _, lang = one.partition(AT)
        if sat.of is not None and base == sat.of:
            yield f"the same task twice, {'a translation' if lang else one} before {sat.of}"
        elif sat.of in tasks[one].akin:
            yield f"{one} and the target {sat.of} overlap: {tasks[one].akin[sat.of]}"
        if base in sat.akin:
            yield f"{base} and the exam overlap: {sat.akin[base]}"


def _alike(study: Study) -> Iterator[str]:
    """Routes that are one under several names."""
    for place, route in enumerate(study.routes):
        same = [other.name for other in study.routes[:place] if other.stages == route.stages]
        if same:
            yield f"{same[0]} and {route.name} are the same stages: they have the same trainings and the same scores."


def _twice(route: Route, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Rows that one intermediate has twice: its tasks overlap."""
    names = dict.fromkeys(name for stage in route.stages for name in stage.tasks)
    for name in names:
        for other, why in tasks[name].akin.items():
            if other in names:
                yield f"{route.name}: {name} and {other} overlap: {why}."


def taught(study: Study, tasks: Mapping[str, Task], exams: Mapping[str, Exam]) -> Iterator[str]:
    """Languages that a route has labelled rows of, though means over zero-shot languages count them."""
    counted = {lang for sat in exams.values() for lang in sat.zero_shot}
    routes: dict[tuple[str, ...], list[str]] = {}
    for route in study.routes:
        labelled = (tasks[name] for stage in route.stages for name in stage.tasks)
        taught = {lang for one in labelled if not isinstance(one.form, Mask) for lang in one.spoken}
        if here := tuple(sorted(taught & counted)):
            routes.setdefault(here, []).append(route.name)
    if routes:
        told = (f"{', '.join(langs)} after {', '.join(names)}" for langs, names in routes.items())
        yield f"Zero-shot means count also languages with labelled rows in an intermediate stage: {'; '.join(told)}."


def _holes(study: Study, exams: Mapping[str, Exam]) -> Iterator[str]:
    there = {name: sat.languages for name, sat in exams.items()}
    for suite in suites().values():
        standing = suite.complete(there)
        sat = sum(name in there for name in suite.exams)
        if not standing.whole and sat >= MOST_OF_IT * len(suite.exams):
            missing = f"; missing: {'; '.join(standing.lines)}" if len(standing.lines) <= FEW else ""
            yield f"This is {standing.called}{missing}."
