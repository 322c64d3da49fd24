"""Oracles: target-language development rows that choose among a target's weights, and the proof that no exam's do.

An oracle is a bound to report beside the zero-shot score, as Keung et al. (arXiv 2004.15001) propose: still trained in
one language, but the checkpoint chosen in the others. One checkpoint is chosen for all of them, by the mean over their
development sets, because one network sits the exams. Rows of a test set never choose, also not where a data set has no
other rows in a language: then there is no oracle for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xstilts.errors import BadStudy
from xstilts.sources import Pinned
from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each, Joined
from xstilts.studies.grid import LOOKS, Study, guide_of, target_tasks
from xstilts.tasks import Exam, Task, task
from xstilts.tasks.translated import watched


def guides(study: Study) -> dict[str, Task]:
    """The tasks that only look, for the targets of a study whose weights an oracle chooses."""
    found = {}
    for name in target_tasks(study.exams):
        stage = study.target_stage(name)
        if guide := guide_of(stage):
            if not stage.recipe.oracle:
                raise BadStudy(
                    f"An oracle for {name} has no language: its exams are sat in the language of training alone.",
                    way_out="Add languages, or choose otherwise.",
                )
            found[guide] = watched(task(name), stage.recipe.oracle)
    return found


def keep_apart(tasks: Mapping[str, Task], exams: Mapping[str, Exam]) -> None:
    """Refuse an oracle, of a plan's pinned tasks, that would read a file which an exam is sat from."""
    tested = {
        content: sat.name for sat in exams.values() for lang in sat.languages for content in files(sat.test, lang)
    }
    for guide in (one for name, one in tasks.items() if LOOKS in name):
        for lang in guide.spoken:
            for content in files(guide.dev, lang):
                if content in tested:
                    raise BadStudy(
                        f"The development rows of {guide.name} in {lang!r} are the test rows of {tested[content]}.",
                        way_out="Leave that language out of `oracle`: no test row may choose weights.",
                    )


def files(source: Any, lang: str) -> Iterator[str]:
    """What the files are that a pinned source reads in one language: their contents, or their place on the Hub."""
    match source:
        case Pinned():
            for found in source.only(lang).files.values():
                yield from (one.content for one in found)
        case Each():
            if lang in source.sources:
                yield from files(source.sources[lang], lang)
        case Joined():
            for one in source.sources.values():
                yield from files(one, lang)
        case HeldOut():
            yield from files(source.source, lang)
