"""Where sentences begin and end in running text, by a few rules: LAReQA asks for sentences, and SQuAD has paragraphs.

A sentence ends with a full stop, a question or exclamation mark, and perhaps closing quotes or brackets, if white space
and then anything but a small letter follows; with the marks of Chinese, Japanese and Hindi wherever they stand; and at
the end of a line. A full stop ends none after an initial, an abbreviation, or a word with stops in it.
"""

from __future__ import annotations

import re

ENDS = re.compile(r"""[.!?؟]["'”’»)\]]*\s+|[。！？।]["”’」』）)]*\s*|\s*\n\s*""")
OPENING = "\"'“‘«(["
BEFORE = re.compile(r"[^\s(\[\"'“‘]*$")
SHORTENED = re.compile(
    r"mrs?|ms|dr|ste?|[js]r|prof|gen|col|lt|capt|sgt|maj|adm|rev|hon|gov|sen|rep|pres|nos?|vs|inc|ltd|corp?|co|bros|mt|ft"
    r"|vol|pp|fig|c[af]|al|approx|dept|univ|assn|ave|blvd|jan|feb|mar|apr|ju[nl]|aug|sept?|oct|nov|dec|[a-z]",
    re.IGNORECASE,
)
"""Words that a full stop belongs to."""


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Characters [begin, end) of every sentence, without the white space around it."""
    cuts = [found.end() for found in ENDS.finditer(text) if _ends(text, found)]
    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        said = text[begin:end]
        if said.strip():
            first = begin + len(said) - len(said.lstrip())
            found.append((first, begin + len(said.rstrip())))
    return tuple(found)


def sentence_at(text: str, place: int) -> str:
    """The sentence in which a character stands; the one before it, if it is the white space between two."""
    begun = [(begin, end) for begin, end in sentences(text) if begin <= place]
    if not 0 <= place < len(text) or not begun:
        return ""
    begin, end = begun[-1]
    return text[begin:end]


def _ends(text: str, found: re.Match[str]) -> bool:
    """Whether what looks like the end of a sentence is one."""
    mark = found[0][0]
    if mark not in ".!?؟" or "\n" in found[0]:
        return True
    after = text[found.end() :].lstrip(OPENING)[:1]
    return not after.islower() and not (mark == "." and _shortened(text[: found.start()]))


def _shortened(before: str) -> bool:
    """Whether the last word is one that a full stop belongs to."""
    last = BEFORE.search(before[-40:])
    word = last[0] if last else ""
    return "." in word or SHORTENED.fullmatch(word) is not None
