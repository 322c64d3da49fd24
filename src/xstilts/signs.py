"""Signs that nobody sees and that steer what shows them: terminal codes, line ends, turned direction of writing.

Names and texts come from anybody's tables and data sets. `shown` is how the terminal prints them, `blanked` how a page
for a paper does.
"""

from __future__ import annotations

import unicodedata

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Part of how Persian, Hindi and others are spelt; they join letters and move nothing."""

DIRECTIONS = "\N{ARABIC LETTER MARK}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
"""Letters of no width, as far as Unicode's classes of direction tell."""


def steers(sign: str) -> bool:
    """Whether a sign does something to others instead of standing for itself."""
    if sign < "\x7f":
        return sign < " "
    kind = unicodedata.category(sign)
    if kind == "Cf":
        # Format signs that are seen, as Arabic's number signs, have the class of what they look like.
        return sign in DIRECTIONS or (unicodedata.bidirectional(sign) not in ("AL", "AN", "L") and sign not in JOINERS)
    return kind in ("Cc", "Cs", "Zl", "Zp")


def shown(text: str) -> str:
    """The text with each such sign written out: `\\x1b`, `\\u202e`."""
    return "".join(repr(sign)[1:-1] if steers(sign) else sign for sign in text)


def blanked(text: str) -> str:
    """The text with a blank for each such sign."""
    return "".join(" " if steers(sign) else sign for sign in text)
