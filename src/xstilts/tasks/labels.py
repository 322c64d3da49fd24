"""Labels that only the data know: a tagging task declared without any gets all that occur in its training and
development files, in alphabetical order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from xstilts.errors import Absent, BadInput
from xstilts.forms import Tag
from xstilts.identity import digest
from xstilts.sources import FirstOf, Pinned, Table, Words
from xstilts.sources.lookups import labels_are, labels_of
from xstilts.sources.table import raw
from xstilts.sources.values import listed, value
from xstilts.sources.walk import choices, leaves, rewritten
from xstilts.tasks.task import Task

_known: dict[str, tuple[str, ...]] = {}
"""Labels by a digest of the contents of the files they were collected from."""


def labelled(task: Task) -> Task:
    """The task with its labels, if they can be read now; as it is if it has them or its files are not here."""
    form = task.form
    if not isinstance(form, Tag) or form.labels:
        return task
    tables = [one for source in (task.train, task.dev) for one in leaves(source)]
    if not tables or not all(_here(one, task.lang) for one in tables):
        return task
    pinned = [_chosen(one, task.lang).pin([task.lang]) for one in tables]
    key = digest([found.content for one in pinned for files in one.files.values() for found in files], length=40)
    try:
        labels = _known.get(key) or labels_of(key) or _collected(pinned, task.lang)
    except Absent:
        return task
    _known[key] = labels
    labels_are(key, labels)
    form = replace(form, labels=labels)
    return replace(task, form=form, train=_with(task.train, form), dev=_with(task.dev, form))


def agreed(tasks: Sequence[Task]) -> list[Task]:
    """One task in several languages, with the labels of all where only the data know them."""
    forms = [task.form for task in tasks if isinstance(task.form, Tag)]
    labels = {form.labels for form in forms}
    if len(labels) < 2:
        return list(tasks)
    form = replace(forms[0], labels=tuple(sorted({one for some in labels for one in some})))
    return [replace(task, form=form, train=_with(task.train, form), dev=_with(task.dev, form)) for task in tasks]


def _collected(tables: list[Pinned], lang: str) -> tuple[str, ...]:
    found: set[str] = set()
    for table in tables:
        columns = table.table.columns
        if not isinstance(columns, Words):
            raise BadInput("Only columns of words can go without labels.", way_out="Give the form its labels.")
        for row in raw(table, lang):
            try:
                tags = listed(value(row.values, columns.tags), columns.tags)
            except BadInput as error:
                raise row.wrong(error) from error
            found.update(columns.spelt.get(str(tag), str(tag)) for tag in tags)
    return tuple(sorted(found))


def _here(one: Table | FirstOf, lang: str) -> bool:
    return any(table.has(lang) for table in choices(one))


def _chosen(one: Table | FirstOf, lang: str) -> Table:
    return one.chosen(lang) if isinstance(one, FirstOf) else one


def _with(source: Any, form: Tag) -> Any:
    return rewritten(source, lambda table: replace(table, form=form))
