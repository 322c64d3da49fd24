"""Rows that a setting may be chosen on: of a retrieval exam, and never one that the exam, or its twin, is scored on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from xstilts.errors import BadInput
from xstilts.forms import Line, Retrieve
from xstilts.lab import LabSource
from xstilts.languages import all_languages, language
from xstilts.sources import Joined
from xstilts.tasks.catalogue import exams
from xstilts.tasks.task import Exam
from xstilts.tasks.whereabouts import here


@dataclass(frozen=True, slots=True)
class Development:
    """Rows that no score comes from."""

    examples: Sequence[Line]
    what: str
    """Which rows they are, for people."""


def development(one: Exam, lang: str) -> Development:
    """The rows of an exam in one language that settings may be chosen on. Refused where all of them are test rows.

    The lab draws development rows of their own. Others have lines of part "dev", or rows in a language that no exam
    with this source is sat in.
    """
    spoken = language(lang)
    if not isinstance(one.form, Retrieve):
        raise BadInput(f"{one.name} is no retrieval exam: nothing is read at a layer.", way_out=_others())
    if isinstance(one.test, LabSource):
        if lang == one.pivot:
            raise BadInput(f"{one.name} searches between {lang} and another language.", way_out="Name another one.")
        drawn = replace(one.test, split="dev")
        return Development(drawn.read(lang), "development rows that the lab draws, none of them an exam's")
    # A part of its own is read alone: its files may be here without those that are tested.
    apart = one.test.sources.get("dev") if isinstance(one.test, Joined) else None
    examples = (apart or one.test).read(lang)
    dev = [line for line in examples if line.part == "dev"]
    if any(line.side == "query" for line in dev):
        return Development(dev, 'the lines of part "dev" alone')
    sat = [other.name for other in exams().values() if other.test == one.test and lang in other.languages]
    if sat or lang in one.languages:
        raise BadInput(
            f"All rows of {one.name} in {lang} are test rows: a layer chosen on them would flatter {spoken.name}.",
            way_out=f"{_elsewhere(one)}{_others()}",
        )
    return Development(examples, f"rows in a language that {one.name} is not sat in")


def _elsewhere(one: Exam) -> str:
    """Languages of the exam's source in which nothing is tested, as far as they are on this machine."""
    taken = {lang for other in exams().values() if other.test == one.test for lang in other.languages}
    codes = (spoken.code for spoken in all_languages() if not spoken.invented and spoken.code != one.pivot)
    there = [code for code in codes if code not in taken and here(one.test, code)]
    return f"Name a language that is not tested ({' '.join(there[:12])}), or sweep another exam. " if there else ""


def _others() -> str:
    return "Exams with development lines: bucc2018, ntrex-mining; in the lab, lab-tatoeba and lab-bucc2018."
