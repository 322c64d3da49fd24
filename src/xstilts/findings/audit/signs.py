"""What single sentences show: whether they are cut, where they say they stand, what they cite, what they count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xstilts.findings.audit.layout import ARXIV, DOI, URL, Claim, Reference

CLOSED = re.compile(r"[.!?。！？؟।…]['\"”’»)\]*_]*")
FOOTNOTE = re.compile(r".*[^\W\d][)\"”’]*[.!?][)\"”’]*\d{1,3}", re.DOTALL)
"""A closing mark and a footnote's number: whole, but with debris."""

DANGLING = re.compile(
    r".*(?:[,;:(\[–—-]|\b(?:and|or|but|of|in|on|at|to|for|with|from|by|the|a|an|that|which|than|as|is|are|was|were))",
    re.IGNORECASE | re.DOTALL,
)
"""How no sentence ends."""

WALL = 60
"""Lengths pile up against a limit only where there is one; titles and short notes are not cut."""

PLACE = re.compile(
    r"§\s*\d|(?i:\b(?:section|sect?|table|tab|figure|fig|appendix|equation|eq|paragraph|par|chapter|footnote|column)s?)"
    r"\b\.?\s*\(?(?:\d|[A-Z]\b|[ivx]+\b)|(?i:\b(?:pages?|pp?|lines?|ll?)\b)\.?\s*\d"
)
NUMBERED = re.compile(r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]")
AUTHORS = re.compile(r"\b([A-Z][\w'’-]+)(?:\s+(?:et al\.?|and|&)[^()\d]{0,40})?,?\s*\(?((?:19|20)\d\d)[a-z]?\)?")

WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
WORDS |= {"eleven": 11, "twelve": 12}
COUNTED = re.compile(
    r"\b(" + "|".join(WORDS) + r"|\d{1,2})\b(?: [\w-]+){0,6} (?:include|are|were|namely|including|comprise)s?:? (.+)",
    re.IGNORECASE | re.DOTALL,
)


def cut(claim: Claim, beside: Sequence[Claim]) -> bool:
    """Whether a claim stops before its end. `beside`: the claims of its table, which show how whole ones end there."""
    text = claim.text.rstrip()
    if text.endswith(("...", "…")):
        return True
    if closes(text) or FOOTNOTE.fullmatch(text):
        return False
    if any(closes(other.text) for other in beside):
        return True
    # Nobody closes a sentence in this table: then a limit shows in lengths, or in how a sentence never ends.
    longest = max(len(other.text) for other in beside)
    at_wall = sum(len(other.text) >= longest - 2 for other in beside)
    return DANGLING.fullmatch(text) is not None or (longest >= WALL and at_wall > 1 and len(text) >= longest - 2)


def closes(text: str) -> bool:
    """Whether a text ends as sentences do."""
    text = text.rstrip()
    return bool(text) and any(CLOSED.fullmatch(text[-size:]) for size in range(1, min(4, len(text)) + 1))


def debris(text: str) -> bool:
    """Whether a footnote's number hangs on the end."""
    return not closes(text) and FOOTNOTE.fullmatch(text.rstrip()) is not None


def located(claim: Claim) -> bool:
    """Whether it is said where in a source the claim stands: section, page, table, lines, or its words in quotes."""
    return bool(claim.place) or PLACE.search(f"{claim.text} {claim.cites}") is not None


def cited(text: str, references: Sequence[Reference]) -> set[int]:
    """The numbers of the references that a text cites: by [number], arXiv number, DOI, address, or author and year."""
    found: set[int] = set()
    for numbers in NUMBERED.findall(text):
        found |= _spelt_out(numbers)
    ids = {f"arXiv:{number}" for number, _ in ARXIV.findall(text)}
    ids |= {f"doi:{doi.rstrip('.,;').casefold()}" for doi in DOI.findall(text)}
    ids |= {url.rstrip(".,;/").casefold() for url in URL.findall(text)}
    names = [(name.casefold(), year) for name, year in AUTHORS.findall(text)]
    known = {one.number for one in references}
    for one in references:
        words = one.text.casefold()
        if one.id in ids or any(name in words and year in words for name, year in names):
            found.add(one.number)
    return found & known


def _spelt_out(numbers: str) -> set[int]:
    """`2, 4-6` as the numbers that it means."""
    found: set[int] = set()
    for part in re.split(r"[,;]", numbers):
        ends = [int(one) for one in re.findall(r"\d+", part)]
        found |= set(range(ends[0], ends[-1] + 1)) if ends and ends[-1] - ends[0] < 100 else set(ends)
    return found


def miscounted(text: str) -> tuple[int, int] | None:
    """The number of things that a sentence announces and the number that it lists, where they differ."""
    found = COUNTED.search(text)
    if found is None:
        return None
    said = WORDS.get(found[1].casefold()) or int(found[1] if found[1].isdigit() else 0)
    items = [one for one in re.split(r",\s*(?:and\s+)?|\s+and\s+", found[2].rstrip(" .")) if one.strip()]
    # A list of names, not a clause: else nothing is counted.
    if len(items) < 3 or any(len(item.split()) > 4 for item in items):
        return None
    return (said, len(items)) if said > 1 and said != len(items) else None


COMMON = """
a about across after all also an and any are as at be been between by can compared do does during each effect effects
effectiveness extent for from gain gained gains has have how if impact improve improvement improvements in influence
into is it its language languages like model models modulate more most of on one or other performance study than that
their them these this those through to two under upon use used using vary varying versus was what when where whether
which while who why with within would
"""
STOP = frozenset(COMMON.split())
"""Words that a question of this kind has whatever it is about."""


def terms(text: str) -> list[str]:
    """The words of a question that an answer would speak of, once each, in order."""
    words = re.findall(r"[\w][\w.+-]*[\w+]|\w", text.casefold())
    return list(dict.fromkeys(word for word in words if word not in STOP and len(word) > 2))


def speaks_of(text: str, term: str) -> bool:
    """Whether a text has the word, or one that begins as it does."""
    stem = (term if len(term) < 6 else term[: max(5, len(term) - 3)]).replace("-", " ")
    return re.search(rf"(?<!\w){re.escape(stem)}", text.casefold().replace("-", " ")) is not None
