"""Task, Exam and Source: what one can train on, what one is tested on, and where the rows come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from xstilts.errors import Absent
from xstilts.forms import AnyForm
from xstilts.sources.table import AnyPlace, pin
from xstilts.sources.walk import choices, leaves


class Source(Protocol):
    """Where examples come from. A frozen struct whose fields say everything that can change a row.

    One that reads files, which can change, has a method `pin(langs)` too: see `xstilts.sources.table`.
    """

    def read(self, lang: str) -> Sequence[Any]:
        """All examples of one language, checked, in a fixed order."""
        ...


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something one can train on: in one language (the pivot, English for real tasks), or in several at once."""

    name: str
    form: AnyForm
    lang: str
    """The language of the training data."""
    train: Source
    dev: Source
    """For selection and health checks; never an exam's test data."""
    examples: int | None = None
    """Training examples as published: what a plan counts with where the rows are not here to be counted."""
    akin: dict[str, str] = {}
    """Tasks whose rows overlap with these, and how: a plan warns where one is trained on before the other."""
    licence: str = ""
    about: str = ""
    notes: str = ""
    place_where: str = ""
    """What to get and where to put it, where no place on the Hub has the rows."""
    languages: tuple[str, ...] = ()
    """Of a task in several languages, all of them, `lang` the first; its examples are drawn from all."""
    alpha: float = 1.0
    """In several languages: each has its share of the examples in proportion to its size to this power."""
    __notes__: ClassVar[tuple[str, ...]] = ("examples", "akin", "licence", "about", "notes", "place_where")
    """Fields that bear no identity: see identity.py."""
    __later__: ClassVar[tuple[str, ...]] = ("languages", "alpha")

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages of its rows."""
        return self.languages or (self.lang,)


class Exam(msgspec.Struct, frozen=True, kw_only=True):
    """Something one is tested on, in many languages. It belongs to a task, or to none (retrieval)."""

    name: str
    of: str | None
    """The task to train on before sitting this exam; None: the encoder sits it as it is."""
    form: AnyForm
    test: Source
    languages: tuple[str, ...]
    pivot: str
    """The language of training: shown beside the zero-shot average, never in it."""
    metric: str = ""
    """The main metric; empty: the form's first."""
    parallel: bool = False
    """Whether the examples are translations of each other, so that languages can be compared item by item."""
    examples: int | None = None
    """About how many examples it has in all its languages: for estimates where the rows are not here to be counted."""
    akin: dict[str, str] = {}
    """Tasks whose rows overlap with the exam's, and how."""
    licence: str = ""
    about: str = ""
    notes: str = ""
    place_where: str = ""
    """What to get and where to put it, where no place on the Hub has the rows."""
    __notes__: ClassVar[tuple[str, ...]] = ("examples", "akin", "licence", "about", "notes", "place_where")

    @property
    def main_metric(self) -> str:
        """The metric that tables show when asked for one."""
        return self.metric or self.form.metrics[0]

    @property
    def zero_shot(self) -> tuple[str, ...]:
        """The languages without training data."""
        return tuple(lang for lang in self.languages if lang != self.pivot)


One = TypeVar("One", Task, Exam)


def pinned(one: One) -> One:
    """The same, its sources replaced by what they read now: what a plan hashes and its steps read."""
    if isinstance(one, Task):
        return replace(one, train=pin(one.train, one.spoken), dev=pin(one.dev, one.spoken))
    return replace(one, test=pin(one.test, one.languages))


class NotHere(msgspec.Struct, frozen=True, tag="not-here"):
    """Stands for rows that are nowhere to be found, so that what needs them can be planned and is refused when done."""

    places: tuple[AnyPlace, ...]
    """Where they were looked for."""
    why: str
    way_out: str = ""
    __notes__: ClassVar[tuple[str, ...]] = ("why", "way_out")

    def read(self, lang: str) -> Sequence[Any]:
        """Refused."""
        raise Absent(self.why, way_out=self.way_out)


def pinned_or_absent(one: One) -> tuple[One, str]:
    """The same as `pinned`; and where rows are not here, why, with a stand-in in their place."""
    if isinstance(one, Task):
        train, why = _pinned(one.train, one.spoken)
        dev, also = _pinned(one.dev, one.spoken)
        return replace(one, train=train, dev=dev), why or also
    test, why = _pinned(one.test, one.languages)
    return replace(one, test=test), why


def _pinned(source: Any, langs: Sequence[str]) -> tuple[Any, str]:
    try:
        return pin(source, langs), ""
    except Absent as error:
        places = tuple(table.place for leaf in leaves(source) for table in choices(leaf))
        return NotHere(places, error.wrong, error.way_out), str(error)
