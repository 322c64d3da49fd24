"""A task of one's own, declared in a few lines of TOML: read into a Task and an Exam like the built-in ones.

name = "intents"
files = "data/{lang}.{split}.csv"       # splits: train, dev, test; or train = "…", dev = "…", test = "…"
lang = "en"
languages = ["en", "sw", "de"]

[form]
type = "classify"
labels = ["order", "question"]
fields = ["utterance"]

[columns]
label = "intent"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from xstilts.declared import check_keys, convert
from xstilts.errors import BadInput, unknown
from xstilts.forms import AnyForm, Choose, Classify, Mask, Match, Retrieve, Span, Tag
from xstilts.languages import langs
from xstilts.sources import (
    Answering,
    Asked,
    Matched,
    Mined,
    Options,
    Own,
    Parallel,
    Questions,
    Running,
    Table,
    Texts,
    Where,
    Words,
)
from xstilts.tasks.task import Exam, Task

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
FORMS: dict[str, Any] = {
    "classify": Classify,
    "choose": Choose,
    "span": Span,
    "tag": Tag,
    "retrieve": Retrieve,
    "match": Match,
    "mask": Mask,
}
COLUMNS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "classify": (Texts,), "choose": (Options,), "span": (Questions,), "tag": (Words,),
    "retrieve": (Parallel, Mined, Asked), "match": (Matched, Answering), "mask": (Running,),
}  # fmt: skip
"""Form → its column maps; where there are several, `type` names one, the first being the usual."""
SPLITS = ("train", "dev", "test")


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration file, key by key."""

    name: str
    form: dict[str, Any]
    files: str = ""
    """A pattern with `{lang}` and `{split}`, relative to the declaration; train, dev and test override it."""
    train: str = ""
    dev: str = ""
    test: str = ""
    lang: str = "en"
    """The language of training."""
    languages: tuple[str, ...] = ()
    """The languages of the exam; empty: no exam."""
    of: str = ""
    """The exam is one of another task, already known; nothing is trained on here."""
    columns: dict[str, Any] = {}
    where: Where | None = None
    codes: dict[str, str] = {}
    """Languages that the file names call otherwise: ours → theirs."""
    format: str = ""
    fields: tuple[str, ...] = ()
    """Names of the columns of files that do not name them."""
    drop: tuple[str, ...] = ()
    repair: tuple[Literal["starts"], ...] = ()
    blank: bool = False
    garbled: bool = False
    metric: str = ""
    parallel: bool = False
    licence: str = ""
    about: str = ""
    notes: str = ""


def is_study(path: Path) -> bool:
    """Whether a TOML file is a study, which may well lie beside the tasks it names."""
    try:
        return "seeds" in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def read_declaration(path: str | Path) -> tuple[Task | None, Exam | None]:
    """The task and the exam that a TOML file declares; either may be missing. Data files are not opened."""
    path = Path(path).expanduser()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"There is no task file {path}.", way_out="Check the path.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not valid TOML: {error}.", way_out="Mend that line.") from error
    check_keys(raw, Declaration.__struct_fields__, f"{path}")
    declared = convert(raw, Declaration, f"{path}")
    if not NAME.fullmatch(declared.name):
        raise BadInput(
            f"{path}: {declared.name!r} cannot name a task.",
            way_out="Use small letters, digits, '-', '_' and '.', a letter or digit first.",
        )
    form = _form(declared, path)
    columns = _columns(declared, path)
    patterns = {split: getattr(declared, split) or declared.files for split in SPLITS}
    tables = {split: _table(declared, path, form, columns, split, pattern) for split, pattern in patterns.items()}
    task = None if declared.of or isinstance(form, Retrieve) else _task(declared, form, tables, path)
    exam = _exam(declared, form, tables, path) if declared.languages else None
    if task is None and exam is None:
        raise BadInput(f"{path} declares neither a task nor an exam.", way_out='Give it languages = ["…"].')
    return task, exam


def _task(declared: Declaration, form: AnyForm, tables: Mapping[str, Table | None], path: Path) -> Task | None:
    train, dev = tables["train"], tables["dev"]
    if train is None or dev is None:
        missing = "dev" if train is not None else "train"
        raise BadInput(
            f"{path} says nothing about {missing} files.",
            way_out=f'Give files = "data/{{lang}}.{{split}}.jsonl", or {missing} = "…".',
        )
    (lang,) = _languages((declared.lang,), path)
    return Task(
        name=declared.name, form=form, lang=lang, train=train, dev=dev,
        licence=declared.licence, about=declared.about, notes=declared.notes,
    )  # fmt: skip


def _exam(declared: Declaration, form: AnyForm, tables: Mapping[str, Table | None], path: Path) -> Exam:
    test = tables["test"]
    if test is None:
        raise BadInput(f"{path} names languages but no test files.", way_out='Give test = "data/{lang}.test.jsonl".')
    if declared.metric and declared.metric not in form.metrics:
        raise unknown(f"metric of {declared.form['type']} ({path})", declared.metric, form.metrics)
    trained = declared.of or (None if isinstance(form, Retrieve) else declared.name)
    return Exam(
        name=declared.name, of=trained, form=form, test=test, languages=_languages(declared.languages, path),
        pivot=declared.lang, metric=declared.metric, parallel=declared.parallel,
        licence=declared.licence, about=declared.about, notes=declared.notes,
    )  # fmt: skip


def _table(declared: Declaration, path: Path, form: AnyForm, columns: Any, split: str, pattern: str) -> Table | None:
    if not pattern:
        return None
    place = Own(
        pattern, split, str(path.resolve().parent),
        codes=declared.codes, format=declared.format, fields=declared.fields,
    )  # fmt: skip
    return Table(
        form=form, place=place, columns=columns,
        where=declared.where, drop=declared.drop, repair=declared.repair, blank=declared.blank,
        garbled=declared.garbled,
    )  # fmt: skip


def _form(declared: Declaration, path: Path) -> AnyForm:
    kind = declared.form.get("type")
    if kind not in FORMS:
        raise unknown(f"form ({path}, [form] type)", str(kind), FORMS)
    check_keys(declared.form, ("type", *FORMS[kind].__struct_fields__), f"{path}, [form]")
    form: AnyForm = convert(declared.form, FORMS[kind], f"{path}, [form]")
    return form


def _columns(declared: Declaration, path: Path) -> Any:
    kinds = COLUMNS[declared.form["type"]]
    by_tag = {str(kind.__struct_config__.tag): kind for kind in kinds}
    wanted = declared.columns.get("type", next(iter(by_tag)))
    if wanted not in by_tag:
        raise unknown(f"kind of columns ({path}, [columns] type)", str(wanted), by_tag)
    check_keys(declared.columns, ("type", *by_tag[wanted].__struct_fields__), f"{path}, [columns]")
    return convert({"type": wanted, **declared.columns}, by_tag[wanted], f"{path}, [columns]")


def _languages(codes: tuple[str, ...], path: Path) -> tuple[str, ...]:
    try:
        return langs(codes)
    except BadInput as error:
        raise BadInput(f"{path}: {error.wrong}", way_out=error.way_out) from error
