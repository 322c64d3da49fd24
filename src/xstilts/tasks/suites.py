"""Suites: which exams, in which languages, make up a benchmark. What they average to is computed where scores are.

A suite is whole or it has holes; one with holes is never called by the full name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

import msgspec

from xstilts.languages import benchmarks


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One exam of a suite, under the name that the benchmark gives it."""

    task: str
    """The benchmark's own name: the folder of a submission."""
    exam: str
    """Ours."""
    group: str
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    """Those that the score of this part is the mean of."""
    rows: int | None = None
    """How many examples every language has, where it is the same number."""


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark: its parts. Its score is the mean over the parts of the mean over their languages, the pivot too."""

    name: str
    title: str
    """What a whole suite is called."""
    parts: tuple[Part, ...]
    pivot: str = "en"
    """The transfer gap: the score in this language less the mean of the others; where a part has it."""
    about: str = ""
    notes: str = ""
    __notes__: ClassVar[tuple[str, ...]] = ("about", "notes")

    @property
    def exams(self) -> tuple[str, ...]:
        """Our names of its exams."""
        return tuple(part.exam for part in self.parts)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group → the benchmark's names of its parts."""
        names = dict.fromkeys(part.group for part in self.parts)
        return {name: tuple(part.task for part in self.parts if part.group == name) for name in names}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language of any part, by code."""
        return tuple(sorted({lang for part in self.parts for lang in part.languages}))

    def complete(self, there: Mapping[str, Collection[str]]) -> Standing:
        """How whole it is. `there`: exam → the languages that have been scored, or a mapping by language."""
        holes = {
            part.exam: tuple(lang for lang in part.languages if lang not in there.get(part.exam, ()))
            for part in self.parts
        }
        return Standing(suite=self, holes={exam: missing for exam, missing in holes.items() if missing})


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A suite and what is not there of it."""

    suite: Suite
    holes: dict[str, tuple[str, ...]]
    """Exam → the languages without a score; an exam that is whole is not here."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.holes

    @property
    def called(self) -> str:
        """What it may be called."""
        if self.whole:
            return self.suite.title
        parts = self.suite.parts
        done = sum(part.exam not in self.holes for part in parts)
        pairs = sum(len(part.languages) for part in parts)
        missing = sum(map(len, self.holes.values()))
        return (
            f"a part of {self.suite.title}: {done} of {len(parts)} exams, {pairs - missing} of {pairs} pairs of exam "
            "and language"
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """Each hole in one line."""
        found = []
        for part in self.suite.parts:
            missing = self.holes.get(part.exam, ())
            if missing:
                what = "nothing" if len(missing) == len(part.languages) else f"not {' '.join(missing)}"
                found.append(f"{part.task}: {what}")
        return tuple(found)


F1, ACCURACY, ANSWERS = ("f1",), ("accuracy",), ("exact", "f1")


def _part(
    task: str, group: str, metrics: tuple[str, ...], *, rows: int | None = None, exam: str = "", grown: bool = False
) -> Part:
    lists = benchmarks.XTREME_R if grown else benchmarks.XTREME
    return Part(task=task, exam=exam or task, group=group, languages=lists[task], metrics=metrics, rows=rows)


XTREME = Suite(
    name="xtreme",
    title="XTREME",
    parts=(
        _part("xnli", "classification", ACCURACY, rows=5_010),
        _part("pawsx", "classification", ACCURACY, rows=2_000),
        _part("udpos", "tagging", F1),
        _part("panx", "tagging", F1),
        _part("xquad", "qa", ANSWERS, rows=1_190),
        _part("mlqa", "qa", ANSWERS),
        _part("tydiqa", "qa", ANSWERS),
        _part("bucc2018", "retrieval", F1),
        _part("tatoeba", "retrieval", ACCURACY),
    ),
    about="Hu et al. 2020, https://github.com/google-research/xtreme",
)

XTREME_R = Suite(
    name="xtreme-r",
    title="XTREME-R",
    parts=(
        _part("xnli", "classification", ACCURACY, rows=5_010, grown=True),
        _part("xcopa", "classification", ACCURACY, rows=500, grown=True),
        _part("udpos", "tagging", F1, exam="udpos-xr", grown=True),
        _part("panx", "tagging", F1, exam="panx-xr", grown=True),
        _part("xquad", "qa", ANSWERS, rows=1_190, exam="xquad-xr", grown=True),
        _part("mlqa", "qa", ANSWERS, grown=True),
        _part("tydiqa", "qa", ANSWERS, grown=True),
        _part("mewslix", "retrieval", ("map@20",), grown=True),
        _part("lareqa", "retrieval", ("map@20",), grown=True),
        _part("tatoeba", "retrieval", ACCURACY, exam="tatoeba-xr", grown=True),
    ),
    about="Ruder et al. 2021, https://github.com/google-research/xtreme",
    notes="Its own program never scores lareqa, so it has no official score of the whole.",
)
