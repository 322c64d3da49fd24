"""Signs that steer are told from signs that stand for themselves."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from xstilts.signs import blanked, shown, steers

STEER = {
    "escape": "\x1b", "bell": "\x07", "line end": "\n", "delete": "\x7f", "next line": "\x85", "csi": "\x9b",
    "right-to-left override": "\u202e", "isolate": "\u2066", "mark": "\u200f", "arabic mark": "\u061c",
    "line separator": "\u2028", "zero width space": "\u200b", "byte order mark": "\ufeff", "tag": "\U000e0041",
    "lone surrogate": "\udc9b",
}  # fmt: skip


@pytest.mark.parametrize("name", STEER)
def test_what_steers_is_written_out(name: str) -> None:
    told = shown(f"a{STEER[name]}b")
    assert told.isascii() and told.isprintable() and told[0] == "a" and "\\" in told and told[-1] == "b"
    assert blanked(f"a{STEER[name]}b") == "a b"


@pytest.mark.parametrize(
    "text",
    ["plain − text", "می‌خواهم", "क्‍ष", "العربية \u0600", "עברית", "汉字 ＝", "e\u0301", "👩‍🔬", "a\N{NO-BREAK SPACE}b"],
)
def test_writing_stays_as_it_is(text: str) -> None:
    assert shown(text) == blanked(text) == text


def test_no_sign_of_control_or_direction_is_forgotten() -> None:
    """By Unicode's own tables, sign by sign."""
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        turns = unicodedata.bidirectional(sign) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        if turns or unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs"):
            assert steers(sign), hex(code)
        elif unicodedata.category(sign)[0] in "LMNPS":
            assert not steers(sign), hex(code)
