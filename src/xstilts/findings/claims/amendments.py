"""Amendments: what was fixed before the runs, and what of it was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from xstilts.errors import XstiltsError
from xstilts.studies.ledgers import Fixed, Written
from xstilts.studies.ledgers.ledger import Ledger
from xstilts.studies.ledgers.reading import read_ledger

WORDS = ("note", "locator", "conflicts", "superseded_by")
"""Of a claim: may change without any consequence."""
WHOLE = ("fidelity", "same_encoders", "groups", "renamed", "similarity", "distances")
"""Of a ledger: what decides on claims without standing in one."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """When a ledger was fixed for a study, and how far it still is what was fixed."""

    fixed: str = ""
    """When the store first saw it, ISO 8601; empty: it never did."""
    results: int = 0
    """How many of the study's results there were by then."""
    amendments: tuple[str, ...] = ()
    """Each change since, in words."""

    @property
    def words(self) -> str:
        """One sentence for people."""
        if not self.fixed:
            return "The study was not run with this ledger: nothing shows that its claims stood before the results."
        day = self.fixed[:10]
        if self.results:
            return f"Fixed on {day}, when {self.results} results were there already."
        return f"Fixed on {day}, before the first result."


def standing(ledger: Ledger, known: Sequence[Fixed]) -> Standing:
    """How a ledger stands to what the store has of it."""
    own = [one for one in known if one.name == ledger.name]
    if not own:
        return Standing()
    first = own[0]
    changes: tuple[str, ...] = ()
    if any(one.digest != ledger.digest for one in own):
        changes = tuple(_changes(first, ledger))
    return Standing(fixed=first.when, results=first.finished, amendments=changes)


def _changes(first: Fixed, ledger: Ledger) -> Iterator[str]:
    try:
        then = read_ledger(Written(name=first.name, where="the ledger in the store", ledger=first.ledger, of=first.of))
    except XstiltsError as error:
        yield f"what was fixed cannot be read any more: {error.wrong}"
        return
    for name in WHOLE:
        yield from _field(name, getattr(then, name), getattr(ledger, name))
    before, now = ({claim.id: claim for claim in one.claims} for one in (then, ledger))
    yield from (f"{key} is gone" for key in before if key not in now)
    for key, claim in now.items():
        if key not in before:
            yield f"{key} is new"
            continue
        for name in claim.__struct_fields__:
            if name not in WORDS:
                yield from _field(f"{key}: {name}", getattr(before[key], name), getattr(claim, name))


def _field(name: str, then: Any, now: Any) -> Iterator[str]:
    if then == now:
        return
    if isinstance(then, msgspec.Struct) and isinstance(now, msgspec.Struct):
        for part in then.__struct_fields__:
            yield from _field(f"{name}.{part}", getattr(then, part), getattr(now, part))
        return
    yield f"{name} was {_brief(then)}, is {_brief(now)}"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}…"
