"""Where the rows of a task or exam are: in the mirror, in files of one's own, on the Hub, or nowhere.

The network is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from xstilts.sources import FirstOf, Hub, Mirror, Table
from xstilts.sources.commits import last_commit
from xstilts.sources.hub import COMMIT
from xstilts.sources.walk import choices, leaves

Kind = Literal["mirror", "files", "hub", "withheld", "nowhere"]
"""withheld: its questions are here without their answers"""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of one table in one language."""

    kind: Kind
    name: str
    """The files, the repository with its revision, or why it is nowhere."""
    rows: int | None = None
    """How many rows the mirror's manifest says there are."""


def whereabouts(source: Any, lang: str) -> tuple[Whereabouts, ...]:
    """Of every table of the source, in order; nothing for one whose rows are drawn. The Hub is believed to have it."""
    return tuple(_one(leaf, lang) for leaf in leaves(source))


def here(source: Any, lang: str) -> bool:
    """Whether all its files are on this machine, or it needs none."""
    return all(one.kind in ("mirror", "files") for one in whereabouts(source, lang))


def described(source: Any) -> Iterator[str]:
    """Every place that rows may come from, in the order in which they are looked for."""
    for leaf in leaves(source):
        yield ", else ".join(str(table.place) for table in choices(leaf))


def _one(leaf: Table | FirstOf, lang: str) -> Whereabouts:
    for table in choices(leaf):
        place = table.place
        if isinstance(place, Hub):
            return Whereabouts("hub", _revision(place))
        if table.has(lang):
            if (error := table.lacking(lang)) is not None:
                return Whereabouts("withheld", str(error))
            found = [file for wanted in table.columns.wanted(lang) for file in place.find(*wanted)]
            known = [file.rows for file in found if file.rows is not None]
            rows = sum(known) if len(known) == len(found) else None
            return Whereabouts("mirror" if isinstance(place, Mirror) else "files", _names(found), rows)
    return Whereabouts("nowhere", _why(leaf, lang))


def _revision(place: Hub) -> str:
    """The repository and its commit; of a branch, the commit that it stood for when it was last looked up here."""
    if COMMIT.fullmatch(place.revision):
        return f"{place.repo}@{place.revision[:12]}"
    last = last_commit(place.kind, place.repo, place.revision)
    return f"{place.repo}@{place.revision}, {f'last seen at {last[:12]}' if last else 'commit not looked up yet'}"


def _names(found: list[Any]) -> str:
    first = found[0].name
    return first if len(found) == 1 else f"{first} and {len(found) - 1} more"


def _why(leaf: Table | FirstOf, lang: str) -> str:
    return str(choices(leaf)[0].absent(lang))
