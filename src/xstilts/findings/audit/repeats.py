"""What a document says again: its own claims, and those of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xstilts.findings.audit.finding import Finding, at, plain
from xstilts.findings.audit.layout import Synthesis
from xstilts.findings.audit.question import question_of

HALF = 0.5
"""More of a document's claims than this in an earlier one: it is that one again."""


def again(documents: Sequence[Synthesis]) -> Iterator[Finding]:
    """The same claim twice in a document, and documents that say what an earlier one said."""
    for number, one in enumerate(documents):
        first: dict[str, int] = {}
        for claim in one.claims:
            known = first.setdefault(plain(claim.text), claim.line)
            if known != claim.line:
                yield at(one, claim, "duplicate", f"the same claim as in line {known}")
        for other in documents[:number]:
            theirs, mine = ({plain(claim.text) for claim in each.claims} for each in (other, one))
            shared = len(mine & theirs)
            if mine and shared > HALF * len(mine):
                line = one.claims[0].line
                says = f"{shared} of {len(mine)} claims stand in {other.name} too"
                yield Finding(file=one.name, line=line, kind="duplicate", says=says)
                break
        yield from _abstract_again(one, documents[:number])


def _abstract_again(one: Synthesis, earlier: Sequence[Synthesis]) -> Iterator[Finding]:
    mine = one.section("abstract")
    if mine is None or not mine.text.strip():
        return
    for other in earlier:
        theirs = other.section("abstract")
        if theirs and plain(theirs.text) == plain(mine.text) and question_of(other) != question_of(one):
            says = f"the abstract is that of {other.name}, which asks another question"
            yield Finding(file=one.name, line=mine.line, kind="duplicate", says=says)
            return
