"""A task in another language, `mnli@de`: the same task, its training and development rows read in that language.
In several at once, `mnli@de+ru+sw`.

A translated file of a mirror (`mnli/de.train.jsonl.gz`), files of one's own with `{lang}` in their names, or the Hub
where it has the language in a file of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from xstilts.errors import BadInput
from xstilts.languages import all_languages, langs, language
from xstilts.sources import Each, FirstOf, Hub, Own, Table
from xstilts.sources.ccgbank import CcgBank
from xstilts.sources.walk import choices, leaves, rewritten
from xstilts.tasks.labels import agreed, labelled
from xstilts.tasks.task import Task

AT, AND = "@", "+"


def in_language(task: Task, lang: str) -> Task:
    """The task with its rows in another language, from the places that may have it; BadInput where none can.

    Whether one has it shows when the rows are looked for: a study of translations can be planned before they are made.
    """
    spoken = language(lang)
    if lang in task.languages:
        return replace(task, name=named(task.name, (lang,)), lang=lang, languages=(), alpha=1.0)
    if lang == task.lang:
        raise BadInput(f"{task.name} is in {lang!r} anyway.", way_out=f"Call it {task.name}.")
    try:
        train, dev = _only(task.train, lang), _only(task.dev, lang)
    except BadInput:
        there = ", ".join(languages_of(task))
        raise BadInput(
            f"The task {task.name} has no rows in {lang!r} ({spoken.name}).",
            way_out=f"It has {there or 'none at all here'}.",
        ) from None
    return replace(task, name=f"{task.name}{AT}{lang}", lang=lang, train=train, dev=dev)


def in_languages(task: Task, chosen: Sequence[str]) -> Task:
    """The task with its rows in several languages at once: `mnli@de+ru+sw`, its own language among them if it is named.

    Its examples are drawn from all of them, and one head learns from all.
    """
    codes = langs(chosen)
    if len(codes) == 1:
        return in_language(task, codes[0])
    if set(codes) <= set(task.languages):
        return replace(task, name=named(task.name, codes), lang=codes[0], languages=codes)
    parts = [task if lang == task.lang else in_language(task, lang) for lang in codes]
    parts = agreed([labelled(one) for one in parts])
    return replace(
        parts[0],
        name=named(task.name, codes),
        languages=codes,
        alpha=task.alpha,
        train=Each({one.lang: one.train for one in parts}),
        dev=Each({one.lang: one.dev for one in parts}),
    )


def watched(task: Task, chosen: Sequence[str]) -> Task:
    """A task that only looks: its development rows in some languages, and nothing to train on.

    Development rows alone. An exam's test rows cannot come in here: a task has none.
    """
    codes = langs(chosen)
    found = {}
    for lang in codes:
        try:
            found[lang] = task.dev if lang == task.lang else _only(task.dev, lang)
        except BadInput as error:
            raise BadInput(
                f"The task {task.name} has no development rows in {lang!r} ({language(lang).name}).",
                way_out="Name in `oracle` the languages that have some.",
            ) from error
    return replace(task, lang=codes[0], languages=codes, train=Each({}), dev=Each(found))


def named(name: str, codes: Sequence[str]) -> str:
    """What a task is called in some languages."""
    return f"{name}{AT}{AND.join(codes)}"


def languages_of(task: Task) -> tuple[str, ...]:
    """The languages whose training and development rows lie on this machine."""
    tables = [one for source in (task.train, task.dev) for one in leaves(source)]
    if not tables:
        return (task.lang,)
    return tuple(one.code for one in all_languages() if all(_local(table, one.code, task.lang) for table in tables))


def _only(source: Any, lang: str) -> Any:
    if not any(leaves(source)) and not language(lang).invented:
        raise BadInput("Drawn rows are in invented languages.", way_out="Ask for one of them.")
    return rewritten(source, lambda table: table if _speaks(table) else None)


def _speaks(table: Table) -> bool:
    """Whether a table may have rows in a language that is not its task's own."""
    return any("{lang}" in one for one in _patterns(table))


def _patterns(table: Table) -> tuple[str, ...]:
    where = () if table.where is None else (table.where.equals, table.where.starts)
    match table.place:
        case Hub(paths=paths):
            return (*paths, *where)
        case Own(files=files):
            return (files, *where)
        case CcgBank():
            return ()
    # A mirror has one file a language.
    return ("{lang}",)


def _local(one: Table | FirstOf, lang: str, own: str) -> bool:
    return any(
        table.has(lang)
        for table in choices(one)
        if not isinstance(table.place, Hub) and (lang == own or _speaks(table))
    )
