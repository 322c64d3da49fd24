"""One family of errors. Each says what was found and names the way out; the command line prints it in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class XstiltsError(Exception):
    """Something the user can put right: what is wrong, and the way out."""

    def __init__(self, wrong: str, *, way_out: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.wrong} {self.way_out}".strip()


class UnknownName(XstiltsError):
    """A name that nothing carries."""


class BadInput(XstiltsError):
    """A file, row or value that cannot be used as it is."""

    def __init__(self, wrong: str, *, way_out: str = "", field: str = "") -> None:
        super().__init__(wrong, way_out=way_out)
        self.field = field
        """Which field of an example is wrong, where it is one."""


class Lacking(BadInput):
    """What this machine lacks: data behind a licence, a file, memory. Elsewhere the same step can be done."""


class Absent(Lacking):
    """Data that is not on this machine, and that nobody has been asked for."""


class BadStudy(XstiltsError):
    """A study file that cannot be planned."""


class BadEncoder(XstiltsError):
    """An encoder folder or id that cannot be loaded."""


class BadStore(XstiltsError):
    """A runs folder that cannot be read or written."""


class SickRun(XstiltsError):
    """A training that diverged or collapsed."""


def nearest(name: str, known: Iterable[str], *, most: int = 3, likeness: float = 0.5) -> list[str]:
    """The known names that look most like `name`, best first; `likeness` from 0 to 1 is the least that counts."""
    return difflib.get_close_matches(name, list(known), n=most, cutoff=likeness)


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for a name that is not among `known`; it names the nearest, else some of what there is."""
    names = sorted(known)
    close = nearest(name, names)
    if close:
        return UnknownName(f"There is no {kind} {name!r}.", way_out=f"Did you mean {' or '.join(map(repr, close))}?")
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return UnknownName(f"There is no {kind} {name!r}.", way_out=f"Known: {shown or 'none'}.")
