"""The question that a document asks, and whether anything in it answers that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xstilts.findings.audit import signs
from xstilts.findings.audit.finding import Finding, plain
from xstilts.findings.audit.layout import Synthesis

ANSWERS = ("answer", "answers", "conclusion", "conclusions", "discussion", "synthesis", "summary", "findings")
"""Headings under which an answer may stand."""

ASKED = re.compile(r"(?:research )?questions?\s*:\s*(.+?\?)", re.IGNORECASE | re.DOTALL)


def question_of(one: Synthesis) -> str:
    """The question that the document asks; empty for none."""
    for section in one.sections:
        if found := ASKED.search(section.text):
            return found[1]
        if "question" in section.name.split() and section.text.strip().endswith("?"):
            return plain(section.text)
    return ""


def answered(one: Synthesis) -> bool:
    """Whether prose under a heading of answers speaks of at least half of what the question is about.

    An abstract, claims in a table, counts of papers and boilerplate are no answer.
    """
    wanted = signs.terms(question_of(one))
    prose = " ".join(
        section.text for section in one.sections if any(word in section.name.split() for word in (*ANSWERS, "results"))
    )
    prose = " ".join(line for line in prose.splitlines() if "\t" not in line and "|" not in line)
    spoken = sum(signs.speaks_of(prose, term) for term in wanted)
    return bool(wanted) and spoken >= max(1, len(wanted) / 2)


def unanswered(one: Synthesis) -> Iterator[Finding]:
    """Say that the question is not answered, or that there is none."""
    asked = question_of(one)
    if not asked:
        yield Finding(file=one.name, line=1, kind="question", says="no question is asked, so nothing can be answered")
        return
    if answered(one):
        return
    line = next((section.line for section in one.sections if ASKED.search(section.text)), 1)
    spoken = " ".join(claim.text for claim in one.claims)
    silent = [term for term in signs.terms(asked) if not signs.speaks_of(spoken, term)]
    says = "no sentence answers the question"
    if silent:
        says += f"; no claim speaks of {', '.join(silent[:8])}"
    yield Finding(file=one.name, line=line, kind="question", says=says, text=plain(asked))
