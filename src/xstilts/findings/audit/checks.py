"""The checks: each says what is wrong with a synthesis, in which line, and how that was seen.

They read the document alone. None knows whether a claim is true: they show what a reader cannot check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from xstilts.findings.audit import signs
from xstilts.findings.audit.finding import Finding, at, plain
from xstilts.findings.audit.layout import Synthesis
from xstilts.findings.audit.question import answered, question_of, unanswered
from xstilts.findings.audit.references import never_used, unused
from xstilts.findings.audit.repeats import again

SURE = 0.5
"""A claim below this, were its confidence a probability, would more likely be wrong than right."""

MEANT = re.compile(r"\bcalibrat|\bprobabilit|\bbrier\b|\bece\b", re.IGNORECASE)
GRADE = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d+)?)\s*/\s*10\b")
CRITERIA = re.compile(r"\brubric|\bcriteri(?:a|on)\b|\binter-?rater|\bkrippendorff|\breviewer agreement", re.IGNORECASE)
FOUND = re.compile(r"\b(\d{1,6}) (?:papers|articles|documents|records|sources|studies)\b", re.IGNORECASE)


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one or several documents, and what they come to together."""

    files: tuple[str, ...]
    rows: int
    """Claims in tables."""
    distinct: int
    """Claims that differ in a word."""
    cut: int
    """Claims that stop before their end."""
    unclosed: int
    """Claims without a mark at their end; with the ones above, those that footnotes have spoilt."""
    ticked: int
    """Claims that are called verified."""
    confidence: float | None
    """The mean of the confidences, if there are any."""
    located: int
    references: int
    """Distinct ones."""
    never_used: int
    questions: int
    answered: int
    findings: tuple[Finding, ...]


Check = Callable[[Synthesis], Iterator[Finding]]


def audit(documents: Sequence[Synthesis]) -> Audit:
    """Check documents, each alone and all against each other."""
    found = [finding for one in documents for check in CHECKS for finding in check(one)]
    found += again(documents)
    never = never_used(documents)
    found += unused(documents, never)
    place = {one.name: number for number, one in enumerate(documents)}
    claims = [claim for one in documents for claim in one.claims]
    confidences = [claim.confidence for claim in claims if claim.confidence is not None]
    questions = [one for one in documents if question_of(one)]
    return Audit(
        files=tuple(one.name for one in documents),
        rows=len(claims),
        distinct=len({plain(claim.text) for claim in claims}),
        cut=sum(signs.cut(claim, one.claims) for one in documents for claim in one.claims),
        unclosed=sum(not signs.closes(claim.text) for claim in claims),
        ticked=sum(claim.ticked is True for claim in claims),
        confidence=sum(confidences) / len(confidences) if confidences else None,
        located=sum(signs.located(claim) for claim in claims),
        references=len({reference.id for one in documents for reference in one.references}),
        never_used=never.count,
        questions=len(questions),
        answered=sum(answered(one) for one in questions),
        findings=tuple(sorted(found, key=lambda one: (place[one.file], one.line))),
    )


def _cut(one: Synthesis) -> Iterator[Finding]:
    for claim in one.claims:
        if signs.cut(claim, one.claims):
            yield at(one, claim, "cut", f"it stops after {len(claim.text)} characters, before its sentence ends")
        elif signs.debris(claim.text):
            yield at(one, claim, "debris", "a footnote's number was taken for text")
    abstract = one.section("abstract")
    if abstract and abstract.text.strip() and not signs.closes(abstract.text):
        text = plain(abstract.text)
        says = f"the abstract stops after {len(text)} characters, before its sentence ends"
        yield Finding(file=one.name, line=abstract.line, kind="cut", says=says, text=text[-60:])


def _unlocated(one: Synthesis) -> Iterator[Finding]:
    without = [claim for claim in one.claims if not signs.located(claim)]
    if without and len(without) == len(one.claims):
        says = f"none of {len(without)} claims says where it stands: no section, page, table or quote"
        yield Finding(file=one.name, line=without[0].line, kind="unlocated", says=says)
        return
    for claim in without:
        yield at(one, claim, "unlocated", "no section, page, table or quote")


def _confidence(one: Synthesis) -> Iterator[Finding]:
    told = [claim for claim in one.claims if claim.confidence is not None]
    if not told:
        return
    if MEANT.search(_prose(one)) is None:
        values = [claim.confidence or 0.0 for claim in told]
        says = (
            f"{len(told)} confidences from {min(values):.2f} to {max(values):.2f}, and nothing says what they are of "
            "or on which data they were calibrated"
        )
        yield Finding(file=one.name, line=told[0].line, kind="confidence", says=says)
    doubtful = [claim for claim in told if claim.ticked and (claim.confidence or 0.0) < SURE]
    if doubtful:
        right = sum(claim.confidence or 0.0 for claim in told if claim.ticked)
        ticks = sum(claim.ticked is True for claim in told)
        says = (
            f"{len(doubtful)} claims are ticked at a confidence below {SURE}: were these probabilities, "
            f"{right:.1f} of {ticks} ticks would be right"
        )
        yield Finding(file=one.name, line=doubtful[0].line, kind="confidence", says=says)


def _verified(one: Synthesis) -> Iterator[Finding]:
    told = [claim for claim in one.claims if claim.ticked is not None]
    if len(told) > 2 and all(claim.ticked for claim in told):
        says = f"all {len(told)} claims are called verified; what was refuted or dropped is not shown"
        yield Finding(file=one.name, line=told[0].line, kind="verified", says=says)


def _score(one: Synthesis) -> Iterator[Finding]:
    graded = next((section for section in one.sections if GRADE.search(section.text)), None)
    if graded is not None and CRITERIA.search(_prose(one)) is None:
        grade = GRADE.search(graded.text)
        says = f"a score of {grade[0] if grade else ''} without criteria, reviewers' ratings or their agreement"
        yield Finding(file=one.name, line=graded.line, kind="score", says=says)


def _counts(one: Synthesis) -> Iterator[Finding]:
    for claim in one.claims:
        off = None if signs.cut(claim, one.claims) else signs.miscounted(claim.text)
        if off is not None:
            yield at(one, claim, "count", f"it announces {off[0]} and lists {off[1]}")
    said = [int(found[1]) for section in one.sections for found in FOUND.finditer(section.text)]
    if said and one.references and max(said) > len(one.references):
        says = f"{max(said)} papers are said to have been found, and {len(one.references)} are listed"
        yield Finding(file=one.name, line=one.references[0].line, kind="unlisted", says=says)


def _prose(one: Synthesis) -> str:
    """What the document says itself, without the rows of its tables."""
    lines = (line for section in one.sections for line in section.text.splitlines())
    return " ".join(line for line in lines if "\t" not in line and "|" not in line)


CHECKS: tuple[Check, ...] = (_cut, _unlocated, _confidence, _verified, _score, _counts, unanswered)
"""What is checked of a document alone."""
