"""Found: a file that a place has. Row: one row of it, with the place to name when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import msgspec

from xstilts.errors import Absent, BadInput


class Found(msgspec.Struct, frozen=True):
    """A file, by what determines its rows. Where it lies on this machine is no part of what it is."""

    content: str
    """`sha256:…` of a local file, or `hub:dataset/repo@commit/path`: a commit never changes."""
    name: str = ""
    """What errors call it."""
    path: str = ""
    """Where it lies; empty where it has yet to be fetched."""
    format: str = ""
    """How it is to be read; empty: its name says so."""
    fields: tuple[str, ...] = ()
    """Names of the columns of a file that does not name them."""
    rows: int | None = None
    """How many rows it is said to have, where somebody says so."""
    __notes__: ClassVar[tuple[str, ...]] = ("name", "path", "rows")


class Place(Protocol):
    """Somewhere files lie: a mirror, the Hub, one's own folder. A frozen struct."""

    def find(self, lang: str, part: str) -> tuple[Found, ...]:
        """The files of one language and part, or none if this place does not have them."""
        ...

    def absent(self, lang: str, part: str) -> Absent:
        """The error to raise when nobody has the files: what was looked for, and the way out."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one file."""

    values: Mapping[str, Any]
    file: str
    line: int | str
    """The line it begins on, or whatever else finds it in its kind of file."""

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}, {f'line {self.line}' if isinstance(self.line, int) else self.line}"

    def wrong(self, error: BadInput) -> BadInput:
        """The same error, saying where."""
        return type(error)(f"{self.place}: {error.wrong}", way_out=error.way_out, field=error.field)


def fill(template: str, **names: str) -> str:
    """`template` with `{lang}`, `{split}` and `{part}` filled in; another name in braces is refused."""
    try:
        return template.format_map(names)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise BadInput(
            f"The file name {template!r} cannot be filled in: {error}.",
            way_out=f"Between braces may stand {', '.join(sorted(names))}.",
        ) from None
