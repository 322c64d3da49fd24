"""A finding: one thing that is wrong with a document, where, and how that was seen."""

from __future__ import annotations

import msgspec

from xstilts.findings.audit.layout import Claim, Synthesis

KINDS = {
    "cut": "a claim or the abstract stops before its end",
    "debris": "a footnote's number hangs on a claim",
    "duplicate": "the same claim or abstract again",
    "unlocated": "nothing says where in a source a claim stands",
    "unused": "a reference that nothing rests on",
    "unlisted": "fewer papers are listed than are said to have been found",
    "confidence": "a confidence without meaning",
    "verified": "every claim is ticked, so that the tick says nothing",
    "score": "a quality score without criteria",
    "count": "a claim announces another number of things than it lists",
    "question": "the question is not answered",
}
"""What can be wrong."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong."""

    file: str
    line: int
    kind: str
    """A key of KINDS."""
    says: str
    text: str = ""
    """What stands there."""


def at(one: Synthesis, claim: Claim, kind: str, says: str) -> Finding:
    """Of a claim."""
    return Finding(file=one.name, line=claim.line, kind=kind, says=says, text=claim.text)


def plain(text: str) -> str:
    """The words, without line breaks."""
    return " ".join(text.split())
