"""Sources made of sources: the first that has the rows, or several one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from xstilts.errors import Absent, BadInput
from xstilts.forms import AnyForm, Line
from xstilts.identity import NoStableForm
from xstilts.sources.columns import Odd
from xstilts.sources.lookups import choice, chose
from xstilts.sources.table import AnyColumns, AnyPlace, Reading, Table, pin, reading


class FirstOf(msgspec.Struct, frozen=True, tag="first-of"):
    """Tables tried in order, language by language: the mirror if it is set and has the file, else the Hub.

    The Hub is believed to have what is asked of it, so nothing after it is tried.
    """

    tables: tuple[Table, ...]

    def __str__(self) -> str:
        return ", else ".join(map(str, self.tables))

    def __identity__(self) -> Any:
        """Refused: which of them is read, and what, depends on the machine."""
        raise NoStableForm("It is open which of these is read.", way_out="Pin it first: pin(source, langs).")

    def chosen(self, lang: str) -> Table:
        """The table that one language is read from."""
        places = [str(table.place) for table in self.tables]
        before = choice(places, lang)
        for place, table in zip(places, self.tables, strict=True):
            if before in (None, place) and table.has(lang):
                chose(places, lang, place)
                return table
        errors = [error for table in self.tables if (error := table.absent(lang)) is not None]
        if not errors:
            raise BadInput("A source with no table at all.", way_out="Name a mirror, the Hub or a file.")
        raise Absent(" ".join(error.wrong for error in errors), way_out=errors[0].way_out)

    def pin(self, langs: Sequence[str]) -> Each:
        """The chosen tables, pinned."""
        return Each({lang: self.chosen(lang).pin([lang]) for lang in langs})

    def reading(self, lang: str) -> Reading:
        """From the table that has the language."""
        return self.chosen(lang).reading(lang)

    def read(self, lang: str) -> Sequence[Any]:
        """The checked examples of one language."""
        return self.reading(lang).examples


class Each(msgspec.Struct, frozen=True, tag="each"):
    """A source for each language."""

    sources: dict[str, Any]

    def pin(self, langs: Sequence[str]) -> Each:
        """Each of them pinned for its own language; itself where they are."""
        return Each({lang: pin(one, [lang]) for lang, one in self.sources.items()})

    def reading(self, lang: str) -> Reading:
        """From the source of that language."""
        if lang not in self.sources:
            raise BadInput(f"The source was pinned without {lang!r}.", way_out="Plan the study again.")
        return reading(self.sources[lang], lang)

    def read(self, lang: str) -> Sequence[Any]:
        """The checked examples of one language."""
        return self.reading(lang).examples


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """Several sources one after the other (SNLI, MNLI and ANLI; a part to find a threshold on and one to test).

    Ids, and golds, carry the name of their source, so that no two are the same: `snli/17`.
    """

    sources: dict[str, Any]

    def __str__(self) -> str:
        return "; ".join(f"{name}: {one}" for name, one in self.sources.items())

    def pin(self, langs: Sequence[str]) -> Joined:
        """All of them pinned."""
        return Joined({name: one.pin(langs) if hasattr(one, "pin") else one for name, one in self.sources.items()})

    def reading(self, lang: str) -> Reading:
        """All examples, and the sum of what had to be done to get them."""
        parts = {name: reading(one, lang) for name, one in self.sources.items()}
        dropped: Counter[str] = Counter()
        repaired: Counter[str] = Counter()
        for part in parts.values():
            dropped.update(part.dropped)
            repaired.update(part.repaired)
        return Reading(
            examples=tuple(_renamed(one, name) for name, part in parts.items() for one in part.examples),
            files=tuple(file for part in parts.values() for file in part.files),
            rows=sum(part.rows for part in parts.values()),
            dropped=dict(dropped),
            repaired=dict(repaired),
            garbled=tuple(place for part in parts.values() for place in part.garbled),
        )

    def read(self, lang: str) -> Sequence[Any]:
        """The checked examples of one language."""
        return self.reading(lang).examples


def source(form: AnyForm, columns: AnyColumns | Odd, *places: AnyPlace, **rules: Any) -> Table | FirstOf:
    """Examples from the first of these places that has them; `rules` are those of Table."""
    tables = tuple(Table(form=form, place=place, columns=columns, **rules) for place in places)
    return tables[0] if len(tables) == 1 else FirstOf(tables)


def _renamed(example: Any, name: str) -> Any:
    changes: dict[str, Any] = {"id": f"{name}/{example.id}"}
    if isinstance(example, Line):
        changes["gold"] = tuple(f"{name}/{one}" for one in example.gold)
    return msgspec.structs.replace(example, **changes)
