"""What the columns of a file mean, for forms whose examples are single rows: column maps as frozen values."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, Protocol

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import AnyForm, Choice, Classify, Lines, Question, Sentence, Tag, Text
from xstilts.sources.found import Row
from xstilts.sources.values import identifier, label, listed, plain, text, texts, value

Tables = Mapping[tuple[str, str], Iterator[Row]]
"""Rows by language and part."""
Made = Iterator[tuple[Row, Any]]
"""A row and its example; BadInput in its place where it gives none, None where it is not meant to."""


class Columns(Protocol):
    """How rows become examples."""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """The languages and parts whose files are needed for one language."""
        ...

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """Examples in the order of their rows. The form checks them afterwards."""
        ...


class Texts(msgspec.Struct, frozen=True, tag="texts", forbid_unknown_fields=True):
    """For Classify: a text or a pair, and a label by name or number."""

    texts: tuple[str, ...] = ()
    """Columns or templates; empty: named as the form's fields are."""
    label: str = "label"
    numbers: tuple[str, ...] = ()
    """What 0, 1, 2, … mean; empty: the form's labels in their order."""
    spelt: dict[str, str] = {}
    """Labels that the data spells otherwise: theirs → the form's."""
    id: str = ""
    """The column of ids; empty: rows are numbered from 1."""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""
        assert isinstance(form, Classify)
        names = self.texts or form.fields

        def make(values: Mapping[str, Any], number: int) -> Text:
            given = tuple(text(values, name) for name in names)
            found = label(value(values, self.label), form.labels, self.numbers, self.spelt)
            return Text(identifier(values, self.id, number), given, found)

        return each(tables[lang, ""], make)


class Options(msgspec.Struct, frozen=True, tag="options", forbid_unknown_fields=True):
    """For Choose: a prompt, its options, and which is right."""

    prompt: str
    """A column, or a template: `{premise} {question}`."""
    options: tuple[str, ...]
    """Columns or templates; one with a column that holds a list makes an option of each item: `{ctx_b} {endings}`."""
    label: str = "label"
    counts: Literal["0", "1", "A", "text"] = "0"
    """How the right option is written: a number from 0 or from 1, a letter from A, or the option's own text."""
    words: dict[str, dict[str, str]] = {}
    """Values that are put otherwise before they come into a text: column → theirs → ours."""
    id: str = ""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""

        def make(given: Mapping[str, Any], number: int) -> Choice:
            values = dict(given)
            for column, put in self.words.items():
                found = plain(value(values, column))
                if found not in put:
                    raise BadInput(f"{column} is {found!r}.", way_out=f"Expected: {', '.join(put)}.", field=column)
                values[column] = put[found]
            options = tuple(option for what in self.options for option in texts(values, what))
            right = self._index(value(values, self.label), options)
            return Choice(identifier(values, self.id, number), text(values, self.prompt), options, right)

        return each(tables[lang, ""], make)

    def _index(self, found: Any, options: tuple[Any, ...]) -> int:
        given = plain(found)
        if self.counts == "text" and options.count(given) == 1:
            return options.index(given)
        if self.counts == "A" and len(given) == 1 and given.upper() in string.ascii_uppercase:
            return string.ascii_uppercase.index(given.upper())
        if self.counts in ("0", "1") and given.isascii() and given.isdigit():
            return int(given) - int(self.counts)
        means = {"0": "a number from 0", "1": "a number from 1", "A": "a letter", "text": "the text of one option"}
        raise BadInput(
            f"{self.label} is {found!r}, not {means[self.counts]}.", way_out="Check `counts`.", field="label"
        )


class Questions(msgspec.Struct, frozen=True, tag="questions", forbid_unknown_fields=True):
    """For Span: question, context, and answers with their places, in SQuAD's columns unless said otherwise."""

    question: str = "question"
    context: str = "context"
    answers: str = "answers.text"
    """A text or a list of them."""
    starts: str = "answers.answer_start"
    """Empty: the data has no places; `repair = ["starts"]` then finds the first place where each answer stands."""
    title: str = ""
    id: str = "id"

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""

        def make(values: Mapping[str, Any], number: int) -> Question:
            answers = listed(value(values, self.answers), self.answers)
            starts = listed(value(values, self.starts), self.starts) if self.starts else []
            return Question(
                id=identifier(values, self.id, number),
                question=text(values, self.question),
                context=text(values, self.context),
                answers=tuple(answers),
                starts=tuple(_whole(start) for start in starts),
                title=text(values, self.title) if self.title else "",
                lang=lang,
            )

        return each(tables[lang, ""], make)


class Words(msgspec.Struct, frozen=True, tag="words", forbid_unknown_fields=True):
    """For Tag: words and their tags, by name or number."""

    words: str = "tokens"
    tags: str = "tags"
    prefix: str = ""
    """Taken off the words that begin so, such as `{lang}:`."""
    numbers: tuple[str, ...] = ()
    """What 0, 1, 2, … mean; empty: the form's labels in their order."""
    spelt: dict[str, str] = {}
    """Tags that the data spells otherwise: theirs → the form's."""
    id: str = ""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""
        assert isinstance(form, Tag)
        prefix = self.prefix.replace("{lang}", lang)

        @cache
        def named(tag: Any) -> str:
            return label(tag, form.labels, self.numbers, self.spelt, "tags")

        def make(values: Mapping[str, Any], number: int) -> Sentence:
            words = listed(value(values, self.words), self.words)
            if prefix:
                words = [word.removeprefix(prefix) if isinstance(word, str) else word for word in words]
            tags = tuple(named(tag) for tag in listed(value(values, self.tags), self.tags))
            return Sentence(identifier(values, self.id, number), tuple(words), tags)

        return each(tables[lang, ""], make)


class Running(msgspec.Struct, frozen=True, tag="running", forbid_unknown_fields=True):
    """For Mask: running text, and beside it perhaps its translation."""

    text: str = "text"
    second: str = ""
    """A column with the translation; empty: none."""
    id: str = ""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row."""

        def make(values: Mapping[str, Any], number: int) -> Lines:
            second = text(values, self.second) if self.second else ""
            return Lines(identifier(values, self.id, number), text(values, self.text), second)

        return each(tables[lang, ""], make)


class Odd(msgspec.Struct, frozen=True):
    """For data that no map fits: a function from a row to an example, or to None for a row that is not meant to be one.

    It must be a plain function of a module. `behaviour` is raised by hand whenever it would give other examples: the
    function's name and this number stand for it in every identity. Rows that give None are counted as dropped.
    """

    read: Callable[[Mapping[str, Any]], Any]
    behaviour: int = 1

    def __post_init__(self) -> None:
        if not hasattr(self.read, "__qualname__") or "<" in self.read.__qualname__:
            raise BadInput(f"{self.read!r} has no name of its own.", way_out="Give a function defined with def.")

    def __identity__(self) -> dict[str, Any]:
        """The function by its name."""
        return {"function": f"{self.read.__module__}:{self.read.__qualname__}", "behaviour": self.behaviour}

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """One example a row, or none."""
        return each(tables[lang, ""], lambda values, number: self.read(values))


def each(rows: Iterator[Row], make: Callable[[Mapping[str, Any], int], Any]) -> Made:
    """Every row and what it makes; an error takes the example's place."""
    for number, row in enumerate(rows, 1):
        try:
            made = make(row.values, number)
        except BadInput as error:
            made = error
        yield row, made


def _whole(start: Any) -> Any:
    # CSV knows only text.
    return int(start) if isinstance(start, str) and start.isascii() and start.isdigit() else start
