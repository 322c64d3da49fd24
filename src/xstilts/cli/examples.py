"""Example rows of a task or an exam, and how many tokens they are, for `xstilts show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from xstilts.cli import screen
from xstilts.encoders.catalogue import encoder, locate
from xstilts.encoders.encoder import Encoder
from xstilts.encoders.tokenizer import read_tokenizer
from xstilts.errors import UnknownName
from xstilts.forms.form import Form
from xstilts.languages import language
from xstilts.sources import Reading, reading
from xstilts.tasks import Exam, Source, Task
from xstilts.tasks.whereabouts import whereabouts

ROWS = 3
MEASURED = 500
"""Examples whose tokens are counted."""
INVENTED = "lab"
"""The encoder by which rows in invented languages are measured where none is named."""
LONGEST = 400
"""Characters of a value in an example row."""


def named(code: str) -> str:
    """A language's code with its name, if it has one here."""
    try:
        return f"{code} ({language(code).name})"
    except UnknownName:
        return code


def rows_of(source: Source, lang: str) -> Reading:
    """The rows of a source in a language."""
    return reading(source, language(lang).code)


def show_examples(one: Task | Exam, source: Source, lang: str, what: str, tokens: str) -> None:
    """Print the first rows, what became of the others, and their lengths for the encoder called `tokens`."""
    screen.gap()
    for at in whereabouts(source, lang):
        if at.kind in ("nowhere", "withheld"):
            screen.say(f"No examples: {at.name}")
            return
        if at.kind == "hub":
            screen.say(f"No examples: {named(lang)} is on the Hub ({at.name}), to be fetched when it is used.")
            return
    found = rows_of(source, lang)
    rows = found.examples
    first = f"The first {ROWS} of {len(rows):,} {what} examples" if len(rows) > ROWS else f"All {what} examples"
    screen.say(f"{first} in {named(lang)}")
    for done, counts in (("Left out", found.dropped), ("Repaired", found.repaired)):
        if counts:
            screen.say(f"{done}: {', '.join(f'{n:,} ({why})' for why, n in counts.items())}")
    if found.garbled:
        screen.say(f"Garbled, and read as published: {len(found.garbled):,} (the first: {found.garbled[0]})")
    for row in rows[:ROWS]:
        screen.gap()
        screen.facts((name, value_of(value)) for name, value in msgspec.structs.asdict(row).items())
    screen.gap()
    # Invented languages have an encoder that is always at hand; for others one is to be named, and perhaps fetched.
    tokens = tokens or (INVENTED if screen.invented([lang]) else "")
    if tokens:
        screen.say(_tokens(one.form, rows[:MEASURED], encoder(tokens)))
    else:
        screen.say("Their lengths in tokens: name an encoder, as in --encoder xlm-roberta-base.", style="dim")
    if screen.invented([lang]):
        screen.gap()
        screen.say(screen.LAB, style="yellow")


def _tokens(form: Form, rows: Sequence[Any], by: Encoder) -> str:
    """How long rows are for an encoder, before anything is cut off."""
    lengths = sorted(form.encode(rows, read_tokenizer(locate(by)), max_length=10**6).lengths.tolist())
    high = lengths[min(len(lengths) - 1, len(lengths) * 95 // 100)]
    return (
        f"Tokens a row for {by.name}, of the first {len(rows):,} examples: half have at most "
        f"{lengths[len(lengths) // 2]:,}, 95 of 100 at most {high:,}, the longest {lengths[-1]:,}."
    )


def value_of(value: object) -> str:
    """A value in one line, cut where it is long."""
    if isinstance(value, tuple):
        said = " · ".join(str(part) for part in value)
    else:
        said = "none" if value is None else str(value)
    return said if len(said) <= LONGEST else said[:LONGEST] + "…"
