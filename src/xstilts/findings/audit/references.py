"""References that nothing rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from xstilts.findings.audit import signs
from xstilts.findings.audit.finding import Finding, plain
from xstilts.findings.audit.layout import Synthesis

ABOUT = re.compile(
    r"(?:examines|reviews|summari[sz]es|synthesi[sz]es)\s*:?\s*[\"“]?(.+?)[\"”]?(?:\.\s|\.$|\n|$)", re.IGNORECASE
)


class Unused(msgspec.Struct, frozen=True):
    """References that no claim and no sentence cites."""

    sure: frozenset[str]
    """By id."""
    among: tuple[tuple[str, frozenset[str]], ...] = ()
    """Document and ids of which one, nobody can tell which, may be the paper that the document examines."""

    @property
    def count(self) -> int:
        """How many are never used, at least."""
        maybe = frozenset[str]().union(*(ids for _, ids in self.among)) - self.sure
        return len(self.sure) + max(0, len(maybe) - len(self.among))


def never_used(documents: Sequence[Synthesis]) -> Unused:
    """What is never used.

    A document that says which paper it examines, and not which of its references that is, is granted one: the only one
    that all documents on that paper share, if there is only one; else any.
    """
    used: set[str] = set()
    subjects: dict[str, list[Synthesis]] = {}
    for one in documents:
        body = " ".join([*(f"{claim.text} {claim.cites}" for claim in one.claims), _prose(one)])
        numbers = signs.cited(body, one.references)
        used |= {reference.id for reference in one.references if reference.number in numbers}
        if subject := _subject(one):
            subjects.setdefault(subject, []).append(one)
    among = []
    for subject, group in subjects.items():
        ids = [{reference.id for reference in one.references} for one in group]
        titled = {
            one.id for each in group for one in each.references if subject in " ".join(one.text.casefold().split())
        }
        granted = frozenset(titled or set.intersection(*ids))
        if len(granted) == 1:
            used |= granted
        elif granted and not used & granted:
            among.append((group[0].name, granted))
    every = {reference.id for one in documents for reference in one.references}
    open_ones = frozenset[str]().union(*(ids for _, ids in among))
    return Unused(frozenset(every - used - open_ones), tuple(among))


def _subject(one: Synthesis) -> str:
    """The title of the paper that a document says it examines."""
    for section in one.sections:
        if found := ABOUT.search(section.text):
            return " ".join(found[1].casefold().split())
    return ""


def unused(documents: Sequence[Synthesis], never: Unused) -> Iterator[Finding]:
    """Say which references nothing rests on."""
    for one in documents:
        for reference in one.references:
            if reference.id in never.sure:
                says = "no claim rests on it, and no sentence cites it"
                text = plain(reference.text)[:120]
                yield Finding(file=one.name, line=reference.line, kind="unused", says=says, text=text)
        for name, ids in never.among:
            mine = [reference for reference in one.references if reference.id in ids]
            if name == one.name and len(mine) > 1:
                says = f"of these {len(mine)} none is cited, and one at most is the paper that is examined"
                text = ", ".join(reference.id for reference in mine)
                yield Finding(file=one.name, line=mine[0].line, kind="unused", says=says, text=text)


def _prose(one: Synthesis) -> str:
    """All sections but the list of references."""
    return " ".join(section.text for section in one.sections if section.name not in ("references", "bibliography"))
