"""Only some rows of a file that holds more, and how many went by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from xstilts.errors import BadInput
from xstilts.sources.found import Row
from xstilts.sources.values import plain, value


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only some rows of a file that holds more: all languages, or several splits."""

    column: str
    equals: str = "{lang}"
    """What must stand there; `{lang}` is filled in. Empty: anything."""
    starts: str = ""
    """How it must begin."""
    codes: dict[str, str] = {}
    """Languages that the column calls otherwise: ours → theirs."""

    def keeps(self, row: Row, lang: str) -> bool:
        """Whether the row is one of them."""
        try:
            found, code = plain(value(row.values, self.column)), self.codes.get(lang, lang)
        except BadInput as error:
            raise row.wrong(error) from error
        if self.starts:
            return found.startswith(self.starts.replace("{lang}", code))
        return not self.equals or found == self.equals.replace("{lang}", code)


class Counts:
    """How many rows went by, and how many of them were not asked for."""

    def __init__(self) -> None:
        self.rows = 0
        self.elsewhere = 0

    def passing(self, found: Iterable[Row], where: Where | None, lang: str) -> Iterator[Row]:
        """The rows that are asked for."""
        for row in found:
            self.rows += 1
            if where is None or where.keeps(row, lang):
                yield row
            else:
                self.elsewhere += 1
