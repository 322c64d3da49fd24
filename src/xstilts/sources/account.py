"""Account: what became of the rows of a source on their way in: which files, how many, what was left out or mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each, Joined
from xstilts.sources.table import Pinned, recall


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one language of one source, as it was read in this process."""

    files: dict[str, str] = {}
    """Name → what it is: `sha256:…` of a local file, `hub:…@commit/…` of one of the Hub."""
    rows: int | None = None
    """Rows in the files; None: they were not read here, but taken from the cache of tokenised rows."""
    examples: int | None = None
    """Rows that became examples; None as well for a part of a source."""
    dropped: dict[str, int] = {}
    """Rows left out because the declaration says so, by the field that is wrong."""
    repaired: dict[str, int] = {}
    leaks: dict[str, int] = {}
    """Of test rows: how many also stand in what was trained on before, by task; see `tasks/leaks.py`."""


def account(source: Any, lang: str) -> Account | None:
    """The account of a pinned source; nothing is read for it. None for a source without files."""
    match source:
        case Pinned():
            return _of(source, lang)
        case Each():
            return account(source.sources.get(lang), lang)
        case Joined():
            return _sum(account(one, lang) for one in source.sources.values())
        case HeldOut():
            whole = account(source.source, lang)
            return None if whole is None else msgspec.structs.replace(whole, examples=None)
    return None


def _of(source: Pinned, lang: str) -> Account:
    found = recall(source, lang)
    only = source.only(lang)
    files = {one.name: one.content for several in only.files.values() for one in several}
    if found is None:
        return Account(files=files)
    return Account(
        files=files, rows=found.rows, examples=found.examples, dropped=found.dropped, repaired=found.repaired
    )


def _sum(parts: Iterable[Account | None]) -> Account | None:
    known = [one for one in parts if one is not None]
    if not known:
        return None
    dropped: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    for one in known:
        dropped.update(one.dropped)
        repaired.update(one.repaired)
    return Account(
        files={name: content for one in known for name, content in one.files.items()},
        rows=_all(one.rows for one in known),
        examples=_all(one.examples for one in known),
        dropped=dict(dropped),
        repaired=dict(repaired),
    )


def _all(counts: Iterable[int | None]) -> int | None:
    found = list(counts)
    return None if None in found else sum(one for one in found if one is not None)
