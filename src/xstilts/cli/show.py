"""`xstilts show`: the facts about whatever carries a name, with example rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from xstilts.cli import screen
from xstilts.encoders.catalogue import encoder, encoders
from xstilts.encoders.encoder import Encoder
from xstilts.errors import UnknownName, unknown
from xstilts.forms.form import Form
from xstilts.languages import Language, all_languages, language
from xstilts.sources import Reading, reading
from xstilts.studies.study import Study, load_study, shipped_studies
from xstilts.tasks import Exam, Source, Task, exam, exams, task, tasks

ROWS = 2
LONGEST = 400
"""Characters of a value in an example row."""


def show(
    name: Annotated[str, typer.Argument(help="A task, exam, language, encoder or study, or a study file or folder.")],
    lang: Annotated[str, typer.Option("--lang", help="The language of the example rows.")] = "",
) -> None:
    """Show the facts about a task, exam, language, encoder or study."""
    found = False
    for show_one in _finders(name, lang):
        show_one()
        found = True
    if not found:
        known = {*tasks(), *exams(), *encoders(), *shipped_studies()}
        for one in all_languages():
            known |= {one.code, one.name}
        raise unknown("task, exam, language, encoder or study", name, known)


def _finders(name: str, lang: str) -> Iterator[Callable[[], None]]:
    """A printer for each thing of that name: an encoder and a study, or a task and an exam, may share it."""
    if (one := _find(task, name)) is not None:
        yield lambda: _task(one, lang)
    if (sat := _find(exam, name)) is not None:
        yield lambda: _exam(sat, lang)
    if (spoken := _find(language, _code(name))) is not None:
        yield lambda: _language(spoken)
    if name in encoders() or Path(name).is_dir() or ("/" in name and not name.endswith(".toml")):
        yield lambda: _encoder(encoder(name))
    if name in shipped_studies() or name.endswith(".toml"):
        yield lambda: _study(load_study(name))


def _find(finder: Callable[[str], Any], name: str) -> Any:
    try:
        return finder(name)
    except UnknownName:
        return None


def _code(name: str) -> str:
    """A language may be asked for by its name."""
    return next((one.code for one in all_languages() if one.name.casefold() == name.casefold()), name)


def _task(one: Task, lang: str) -> None:
    rows = _rows(one.dev, lang or one.lang)
    screen.head(f"Task {one.name}")
    sat = ", ".join(found.name for found in exams().values() if found.of == one.name)
    screen.facts(
        [
            ("form", _form(one.form)),
            ("trained in", _spoken(one.lang)),
            ("training", _source(one.train)),
            ("development", _source(one.dev)),
            ("exams of it", sat or "none: an intermediate task only"),
            ("licence", one.licence),
            ("about", one.about),
            ("notes", one.notes),
        ]
    )
    _examples(rows, lang or one.lang, "development")


def _exam(one: Exam, lang: str) -> None:
    if lang and lang not in one.languages:
        raise unknown(f"language in the exam {one.name}:", lang, one.languages)
    rows = _rows(one.test, lang or one.zero_shot[0])
    screen.head(f"Exam {one.name}")
    screen.facts(
        [
            ("form", _form(one.form)),
            ("after training on", one.of or "nothing: the encoder sits it as it is"),
            ("languages", " ".join(one.languages)),
            ("pivot", one.pivot),
            ("metric", one.main_metric + _others(one)),
            ("parallel", "yes: the examples are translations of each other" if one.parallel else "no"),
            ("rows", _source(one.test)),
            ("licence", one.licence),
            ("about", one.about),
            ("notes", one.notes),
        ]
    )
    _examples(rows, lang or one.zero_shot[0], "test")


def _others(one: Exam) -> str:
    rest = [metric for metric in one.form.metrics if metric != one.main_metric]
    return f" (also {', '.join(rest)})" if rest else ""


def _language(one: Language) -> None:
    screen.head(f"Language {one.code}")
    told = msgspec.structs.asdict(one)
    units = {
        "distance": "share of the vocabulary that is not the pivot's",
        "pretraining": "binary logarithm of the sentences seen; 0 is none",
    }
    if one.invented:
        units["pretraining"] = "share of the pivot's lines; 0 is none"
    pairs = [(name, f"{value} ({units[name]})" if name in units else value) for name, value in told.items() if value]
    if one.pretraining == 0:
        pairs.append(("pretraining", "none"))
    pairs.append(
        ("exams", ", ".join(found.name for found in exams().values() if one.code in found.languages) or "none")
    )
    screen.facts((name, "yes" if value is True else value) for name, value in pairs if name != "code")
    if one.invented:
        screen.say(screen.LAB, style="yellow")


def _encoder(one: Encoder) -> None:
    screen.head(f"Encoder {one.name}")
    layer = one.retrieval_layer
    screen.facts(
        [
            ("from", one.source),
            ("revision", one.revision),
            ("retrieval layer", "at the depth of layer 14 of 24" if layer is None else layer),
            ("pooling", one.pooling),
        ]
    )


def _study(one: Study) -> None:
    screen.head(f"Study {one.name}")
    ways = (f"{route.name} ({', then '.join(' + '.join(at.tasks) for at in route.stages)})" for route in one.routes)
    screen.facts(
        [
            ("question", one.question),
            ("encoder", one.encoder.name),
            ("intermediates", "; ".join(["none", *ways])),
            ("exams", ", ".join(one.exams)),
            ("seeds", ", ".join(map(str, one.seeds))),
            ("languages", " ".join(one.languages) or "all of each exam"),
            ("more", f"xstilts plan {one.name}" if one.name in shipped_studies() else "xstilts plan shows every step"),
        ]
    )


def _form(form: Form) -> str:
    told = msgspec.structs.asdict(form)  # type: ignore[arg-type]
    said = ", ".join(f"{name}: {_value(value)}" for name, value in told.items())
    return f"{type(form).__name__.lower()} ({said})" if said else type(form).__name__.lower()


def _source(source: Source) -> str:
    if not isinstance(source, msgspec.Struct):
        return type(source).__name__
    if type(source).__str__ is not object.__str__:
        return str(source)
    return ", ".join(f"{name} {_value(value)}" for name, value in msgspec.structs.asdict(source).items())


def _spoken(code: str) -> str:
    found = _find(language, code)
    return f"{code} ({found.name})" if found is not None else code


def _rows(source: Source, lang: str) -> Reading:
    return reading(source, language(lang).code)


def _examples(found: Reading, lang: str, what: str) -> None:
    rows = found.examples
    screen.gap()
    screen.say(f"The first {ROWS} of {len(rows):,} {what} examples in {_spoken(lang)}")
    for done, counts in (("Left out", found.dropped), ("Repaired", found.repaired)):
        if counts:
            screen.say(f"{done}: {', '.join(f'{n:,} ({why})' for why, n in counts.items())}")
    for row in rows[:ROWS]:
        screen.gap()
        screen.facts((name, _value(value)) for name, value in msgspec.structs.asdict(row).items())
    if screen.invented([lang]):
        screen.gap()
        screen.say(screen.LAB, style="yellow")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        said = " · ".join(str(part) for part in value)
    else:
        said = "none" if value is None else str(value)
    return said if len(said) <= LONGEST else said[:LONGEST] + "…"
