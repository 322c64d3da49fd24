"""Text that was read in the wrong encoding once, before it came here: it is UTF-8 now, and its letters are wrong."""

from __future__ import annotations

import re

HIGH = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in b"\x81\x8d\x8f\x90\x9d"}
"""What Windows made of bytes that are no letters in Latin-1: € for 0x80."""
_REST = f"[\x80-\xbf{''.join(map(chr, HIGH))}]"
_BEGUN = re.compile(f"[\xc2-\xf4]{_REST}")
_LETTER = re.compile(f"[\xc2-\xdf]{_REST}|[\xe0-\xef]{_REST}{{2}}|[\xf0-\xf4]{_REST}{{3}}")
_CONTROL = re.compile("[\x80-\x9f]")
USUAL = "ÂÃâ"
"""What accented letters, and quotation marks, begin with in such text."""


def garbled(text: str) -> str:
    """What is wrong with the text, in words; empty where nothing is.

    Sure of what it says rather than complete: all that is not ASCII must be UTF-8 read as Latin-1 or Windows-1252. In
    German „Spaß“ and in «CAFÉ» two letters look so, and nothing is wrong with them.
    """
    if "\0" in text:
        return "it holds NUL characters, as UTF-16 does that is read as UTF-8"
    if text.isascii():
        return ""
    if "\ufffd" in text:
        return "it holds U+FFFD, which stands for letters that were lost"
    if not _BEGUN.search(text):
        return ""
    try:
        meant = text.translate(HIGH).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return ""
    letters = _LETTER.findall(text)
    if len(letters) == 1 and letters[0][0] not in USUAL and not _CONTROL.search(letters[0]):
        return ""
    place = next(place for place, (one, other) in enumerate(zip(text, meant, strict=False)) if one != other)
    return f"{text[place : place + 12]!r} stands where {meant[place : place + 8]!r} was meant: UTF-8 read as Latin-1"
