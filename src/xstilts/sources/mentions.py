"""Mewsli-X: mentions of entities, and the entities' descriptions in many languages, in its own JSON.

A mention is read in its sentence, marked there, and put before it so that nothing cuts it off:
`Smith: The verdict came back for { Smith } in February.`
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import AnyForm, Line, Pair
from xstilts.sources.columns import Made, Tables
from xstilts.sources.found import Row
from xstilts.sources.values import identifier, value

MARKED = re.compile(r"\{(.*?)\}")
"""Text that looks as if it were a mention is put into round brackets."""


def linked_pair(values: Mapping[str, Any]) -> Pair:
    """A mention of Wikipedia and the entity it means: a row of the training data."""
    mention = value(values, "contextual_mention.mention")
    said = mention_text(value(values, "contextual_mention.context"), mention)
    return Pair(identifier(mention, "example_id", 0), said, entity_text(value(values, "entity")))


class Linked(msgspec.Struct, frozen=True, tag="linked", forbid_unknown_fields=True):
    """Mentions of one language, and one pool of entities described in any."""

    mentions: str = "mentions"
    candidates: str = "candidates"
    """What the files are called: the `part` of their names."""
    pool: str = "all"
    """What stands for the language in the name of the pool's file."""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """The mentions, and the pool of all languages."""
        return (lang, self.mentions), (self.pool, self.candidates)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """The mentions, of which a row may hold one or, sharing a context, several; then the pool."""
        for row in tables[lang, self.mentions]:
            try:
                context, mentions = value(row.values, "context"), _mentions(row)
            except BadInput as error:
                yield row, error
                continue
            for mention in mentions:
                try:
                    said, gold = mention_text(context, mention), identifier(mention, "entity_id", 0)
                    yield row, Line(identifier(mention, "example_id", 0), said, "query", gold=(gold,))
                except BadInput as error:
                    yield row, error
        for row in tables[self.pool, self.candidates]:
            try:
                yield row, Line(identifier(row.values, "entity_id", 0), entity_text(row.values), "index")
            except BadInput as error:
                yield row, error


def mention_text(context: Mapping[str, Any], mention: Mapping[str, Any]) -> str:
    """The mention, a colon, and the sentence it stands in with the mention marked."""
    text, (begin, end) = _text(context, "text"), _span(value(mention, "mention_span"))
    held = (span for span in map(_span, value(context, "sentence_spans")) if span[0] <= begin and end <= span[1])
    first, last = next(held, (0, 0))
    if not begin < end or not last:
        raise BadInput("the mention stands in no sentence of its context.", field="mention")
    left, right = (MARKED.sub(r"(\1)", side) for side in (text[first:begin], text[end:last]))
    return _one_line(f"{text[begin:end]}: {left} {{ {text[begin:end]} }} {right}")


def entity_text(entity: Mapping[str, Any]) -> str:
    """The sentences of an entity's description."""
    text = _text(entity, "description")
    return _one_line(" ".join(text[begin:end] for begin, end in map(_span, value(entity, "sentence_spans"))))


def _mentions(row: Row) -> Iterable[Mapping[str, Any]]:
    return [value(row.values, "mention")] if "mention" in row.values else value(row.values, "mentions")


def _text(values: Mapping[str, Any], name: str) -> str:
    found = value(values, name)
    if not isinstance(found, str):
        raise BadInput(f"{name} must be text, not {type(found).__name__}.", field=name)
    return found


def _span(found: Mapping[str, Any]) -> tuple[int, int]:
    begin, end = value(found, "start"), value(found, "end")
    if not isinstance(begin, int) or not isinstance(end, int):
        raise BadInput(f"a span goes from {begin!r} to {end!r}.", field="spans")
    return begin, end


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()).replace("  ", " ").strip()
