"""A part of a source: some of its documents held out, where the data has no development part of its own."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import Lines, Question
from xstilts.sources.table import Reading, reading


class HeldOut(msgspec.Struct, frozen=True, tag="held-out"):
    """The questions of some documents, or of all the others; or the lines of a text. The same ones everywhere and for
    ever: a document goes by the checksum of its title, or of the context where there is no title; a line by its own."""

    source: Any
    keep: Literal["train", "dev"]
    share: float = 0.1
    """Of the documents that are held out."""
    may_be_empty: bool = False
    """Whether a part may have nothing: of little text, nothing may be held out."""
    __later__: ClassVar[tuple[str, ...]] = ("may_be_empty",)

    def pin(self, langs: Sequence[str]) -> HeldOut:
        """The same, from pinned files."""
        return msgspec.structs.replace(
            self, source=self.source.pin(langs) if hasattr(self.source, "pin") else self.source
        )

    def reading(self, lang: str) -> Reading:
        """The questions of the part; the others count as not meant."""
        whole = reading(self.source, lang)
        kept = tuple(one for one in whole.examples if self.takes(one))
        if not kept and not self.may_be_empty:
            raise BadInput(f"No document in {lang!r} is {self.keep}.", way_out="Change `share`, or get more data.")
        dropped = {**whole.dropped, "where": whole.dropped.get("where", 0) + len(whole.examples) - len(kept)}
        return msgspec.structs.replace(whole, examples=kept, dropped=dropped)

    def read(self, lang: str) -> Sequence[Any]:
        """The questions of the part."""
        return self.reading(lang).examples

    def takes(self, one: Question | Lines) -> bool:
        """Whether an example belongs to the part."""
        document = one.text if isinstance(one, Lines) else one.title or one.context
        return (zlib.crc32(document.encode()) / 2**32 < self.share) == (self.keep == "dev")
