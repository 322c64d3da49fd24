"""Table: examples from the files of one place. Pinned: the same with the very files it reads, which is its identity.

What a declaration says (this split of this task in the mirror) does not determine rows, for the mirror's file can
change. So a Table refuses to be hashed; `pin` looks up what would be read now, and gives a source that reads exactly
that and nothing else:

- of a local file (a mirror's or one's own), the SHA-256 of its content;
- of the Hub, repository, commit and path, a tag having been looked up.

A pinned source bears the identity of its files, its column map, its form and its rules for rows that are wrong: two
that differ in a row differ in identity. Where a file lies is none of it, nor is where else the rows could have come
from: a task that was read from the mirror keeps its runs when the Hub is added as a second place. The same rows from
the mirror and from the Hub are two identities, since nobody has compared them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from xstilts.errors import Absent, BadInput
from xstilts.forms import AnyForm, Choose, Classify, Mask, Match, Retrieve, Span, Tag
from xstilts.identity import NoStableForm, digest
from xstilts.sources.ccgbank import CcgBank
from xstilts.sources.check import check_rows, checked, withheld
from xstilts.sources.columns import Made, Odd, Options, Questions, Running, Texts, Words
from xstilts.sources.found import Found, Row
from xstilts.sources.hub import Hub
from xstilts.sources.lines import Asked, Mined, Parallel
from xstilts.sources.matches import Answering, Matched
from xstilts.sources.memory import Memory, Tally
from xstilts.sources.mentions import Linked
from xstilts.sources.mirror import Mirror
from xstilts.sources.opening import rows_of
from xstilts.sources.own import Own
from xstilts.sources.where import Counts, Where

log = logging.getLogger(__name__)

AnyPlace = Mirror | Hub | Own | CcgBank
AnyColumns = Texts | Options | Questions | Words | Running | Parallel | Mined | Asked | Linked | Matched | Answering
FITTING: dict[type, tuple[type, ...]] = {
    Classify: (Texts, Odd), Choose: (Options, Odd), Span: (Questions, Odd), Tag: (Words, Odd),
    Retrieve: (Parallel, Mined, Asked, Linked, Odd), Match: (Matched, Answering, Odd), Mask: (Running, Odd),
}  # fmt: skip
"""Form → the column maps that make its examples."""


class Reading(msgspec.Struct, frozen=True):
    """The examples of one language, and what had to be done to get them."""

    examples: tuple[Any, ...]
    files: tuple[Found, ...]
    rows: int
    """Rows in the files."""
    dropped: dict[str, int] = {}
    """Rows left out because the declaration says so: by the field that is wrong; `none`, `where`: not meant at all."""
    repaired: dict[str, int] = {}
    garbled: tuple[str, ...] = ()
    """Where rows stand whose text is garbled: what is published is read and scored as it is, and told of."""


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """Examples from the files of one place: where they lie, what their columns mean, what is done with wrong rows."""

    form: AnyForm
    """Checks the examples: the form of the task."""
    place: AnyPlace
    columns: AnyColumns | Odd
    where: Where | None = None
    drop: tuple[str, ...] = ()
    """Fields: a row that is wrong in one of them is left out and counted. Without this the first one is an error."""
    repair: tuple[Literal["starts"], ...] = ()
    """starts: an answer that does not stand where it is said to is looked for nearby, and counted."""
    blank: bool = False
    """Whether texts may be blank."""
    garbled: bool = False
    """Whether files of one's own may hold garbled text, read in the wrong encoding once. Published ones may: all score
    them as they are. It changes no row, so it is no part of the identity."""
    rows: dict[str, int] = {}
    """How many rows a language must have, those that `where` keeps: another number is an error."""

    def __post_init__(self) -> None:
        fitting = FITTING.get(type(self.form), ())
        if not isinstance(self.columns, fitting):
            raise BadInput(
                f"{type(self.columns).__name__} columns do not make examples of {type(self.form).__name__}.",
                way_out=f"Use {' or '.join(kind.__name__ for kind in fitting) or 'another form'}.",
            )

    def __str__(self) -> str:
        rules = [f"{name} {' '.join(getattr(self, name))}" for name in ("drop", "repair") if getattr(self, name)]
        return ", ".join([str(self.place), *rules])

    def __identity__(self) -> Any:
        """Refused: what it reads can change."""
        raise NoStableForm("A table does not say which files it reads.", way_out="Pin it first: pin(source, langs).")

    def has(self, lang: str) -> bool:
        """Whether its place has every file that one language needs."""
        return all(self.place.find(code, part) for code, part in self.columns.wanted(lang))

    def absent(self, lang: str) -> Absent | None:
        """The error to raise where a file of one language is not in its place; it names the first of them."""
        missing = [wanted for wanted in self.columns.wanted(lang) if not self.place.find(*wanted)]
        if not missing:
            return None
        error = self.place.absent(*missing[0])
        others = f" ({len(missing) - 1} more of its files are not here.)" if len(missing) > 1 else ""
        return Absent(f"{error.wrong}{others}", way_out=error.way_out)

    def lacking(self, lang: str) -> Absent | None:
        """Why the rows of one language cannot be had, although nothing is wrong: files or answers are not here.

        Whether a file withholds its answers, its first row says. Only files on this machine are looked into.
        """
        error = self.absent(lang)
        if error is not None or not isinstance(self.form, Span):
            return error
        pinned = self.pin([lang])
        if not all(found.path for files in pinned.files.values() for found in files):
            return None
        try:
            row, example = next(pinned.made(lang), (None, None))
        except BadInput:
            return None
        if row is None or not withheld(example):
            return None
        return Absent(f"{row.file} is here without its answers.", way_out="Get a copy that has them.")

    def pin(self, langs: Sequence[str]) -> Pinned:
        """The same, with the files that would be read now."""
        found: dict[str, tuple[Found, ...]] = {}
        for lang in langs:
            error = self.absent(lang)
            if error is not None:
                raise error
            found |= {f"{code}/{part}": self.place.find(code, part) for code, part in self.columns.wanted(lang)}
        return Pinned(table=self, files=found)

    def reading(self, lang: str) -> Reading:
        """The examples of one language and what had to be done to get them."""
        return self.pin([lang]).reading(lang)

    def read(self, lang: str) -> Sequence[Any]:
        """The checked examples of one language."""
        return self.reading(lang).examples


class Pinned(msgspec.Struct, frozen=True, kw_only=True, tag="pinned"):
    """A table and the very files it reads. It reads them or refuses."""

    table: Table
    files: dict[str, tuple[Found, ...]]
    """By `language/part`."""

    def __str__(self) -> str:
        return str(self.table)

    def __identity__(self) -> dict[str, Any]:
        """Everything but the place: form, columns and rules, and what the files are."""
        names = [name for name in Table.__struct_fields__ if name not in ("place", "garbled")]
        return {"table": {name: getattr(self.table, name) for name in names}, "files": self.files}

    def pin(self, langs: Sequence[str]) -> Pinned:
        """Itself: it is pinned."""
        return self

    def reading(self, lang: str) -> Reading:
        """The examples of one language, from memory if they were read just now."""
        key = self._key(lang)
        return _memory.get(key) or _memory.keep(key, self._read(lang))

    def _key(self, lang: str) -> str:
        return digest([self.only(lang), lang], length=64)

    def read(self, lang: str) -> Sequence[Any]:
        """The checked examples of one language."""
        return self.reading(lang).examples

    def only(self, lang: str) -> Pinned:
        """What one language needs of it."""
        wanted = [f"{code}/{part}" for code, part in self.table.columns.wanted(lang)]
        missing = [name for name in wanted if name not in self.files]
        if missing:
            raise BadInput(f"The source was pinned without {lang!r}.", way_out="Plan the study again.")
        return msgspec.structs.replace(self, files={name: self.files[name] for name in wanted})

    def made(self, lang: str, count: Counts | None = None) -> Made:
        """The rows of one language, each with its example or what is wrong with it, as the files are read."""
        table, count = self.table, count or Counts()
        tables = {
            (code, part): count.passing(rows_of(self.only(lang).files[f"{code}/{part}"]), table.where, code)
            for code, part in table.columns.wanted(lang)
        }
        return table.columns.examples(tables, table.form, lang)

    def _read(self, lang: str) -> Reading:
        table = self.table
        wanted = table.columns.wanted(lang)
        count = Counts()
        made = self.made(lang, count)
        bears = table.garbled or not isinstance(table.place, Own)
        done = checked(made, table.form, drop=table.drop, repair=table.repair, blank=table.blank, garbled=bears)
        check_rows(
            table.rows.get(lang), count.rows - count.elsewhere, self.files[f"{wanted[0][0]}/{wanted[0][1]}"], lang
        )
        dropped = dict(done.dropped) | ({"where": count.elsewhere} if count.elsewhere else {})
        repaired = {name: n for name, n in done.repaired.items() if n}
        files = tuple(one for name in (f"{code}/{part}" for code, part in wanted) for one in self.files[name])
        if dropped or repaired:
            log.info("%s: dropped %s, repaired %s", files[0].name, dropped or "none", repaired or "none")
        if not done.examples:
            raise BadInput(
                f"{files[0].name} has no rows in {lang!r}: of {count.rows:,}, {_left_out(dropped)}.",
                way_out="Check `drop` and `where`, or get the right file.",
            )
        return Reading(tuple(done.examples), files, count.rows, dropped, repaired, tuple(done.garbled))


def _left_out(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} are left out ({field})" for field, count in dropped.items()) or "none makes an example"


_memory: Memory[Reading] = Memory()


def recall(source: Pinned, lang: str) -> Tally | None:
    """What is known of an earlier reading of a source, also when its examples are no longer in memory."""
    return _memory.tallies.get(source._key(lang))


def pin(source: Any, langs: Sequence[str]) -> Any:
    """What the source reads now in these languages, as a source that reads exactly that. One without files: itself."""
    return source.pin(tuple(langs)) if hasattr(source, "pin") else source


def raw(pinned: Pinned, lang: str) -> Iterator[Row]:
    """The rows of one language as they stand in the files, before any column is looked at."""
    for files in pinned.only(lang).files.values():
        yield from rows_of(files)


def reading(source: Any, lang: str) -> Reading:
    """The examples of one language and what had to be done to get them."""
    if hasattr(source, "reading"):
        found: Reading = source.reading(lang)
        return found
    examples = tuple(source.read(lang))
    return Reading(examples, (), len(examples))
