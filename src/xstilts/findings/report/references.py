"""The references of a report: only what the study used, each with what it was used for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from xstilts.tasks import Exam, Task

METHOD = (
    "Phang et al. (2020), English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, "
    "arXiv:2005.13013"
)
HOLM = "Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6(2)"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A source and what it stands for in this report."""

    text: str
    """Words for a paper, an address for data."""
    used: str
    licence: str = ""


def references(tasks: Mapping[str, Task], exams: Mapping[str, Exam], *, lab: bool) -> tuple[Reference, ...]:
    """What a study used: the method, the test, and where its data is described."""
    found = [Reference(text=METHOD, used="the method"), Reference(text=HOLM, used="the correction of verdicts")]
    if lab:
        return tuple(found)
    return (*found, *_data(tasks.values(), "training"), *_data(exams.values(), "testing"))


def published_references(tables: Iterable[tuple[str, str, str]]) -> tuple[Reference, ...]:
    """What published scores rest on: the test, and the tables, each as (name, source, licence)."""
    return (
        Reference(text=HOLM, used="the correction of verdicts"),
        *(
            Reference(text=source or name, used=f"published scores: {name}", licence=licence or "licence not known")
            for name, source, licence in tables
        ),
    )


def _data(declared: Iterable[Task | Exam], use: str) -> list[Reference]:
    by_place: dict[tuple[str, str], list[str]] = {}
    for one in declared:
        if one.about:
            by_place.setdefault((one.about, one.licence), []).append(one.name)
    return [
        Reference(text=about, used=f"{use}: {', '.join(names)}", licence=licence)
        for (about, licence), names in by_place.items()
    ]
