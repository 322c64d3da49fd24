"""`xstilts show`: the facts about whatever carries a name, with example rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from xstilts.cli import screen
from xstilts.cli.examples import named, show_examples, value_of
from xstilts.encoders.catalogue import encoder, encoders
from xstilts.encoders.encoder import Encoder
from xstilts.errors import UnknownName, unknown
from xstilts.forms import Retrieve
from xstilts.forms.form import Form
from xstilts.languages import Language, all_languages, language
from xstilts.studies.grid import reads_encoder
from xstilts.studies.study import Study, load_study, shipped_studies
from xstilts.tasks import Exam, Source, Suite, Task, exam, exams, suites, task, tasks
from xstilts.tasks.whereabouts import described, here, whereabouts

SHOWN = 3
"""Names that are suggested."""
RUNNING = ("mlm", "tlm")
OWN_TEXT = "Running text of one's own is declared in a study, as [corpora.NAME]: see docs/stages.md."


def show(
    name: Annotated[str, typer.Argument(help="A task, exam, language, encoder or study, or a study file or folder.")],
    lang: Annotated[str, typer.Option("--lang", help="The language of the example rows.")] = "",
    with_encoder: Annotated[str, typer.Option("--encoder", help="Count the tokens that its tokenizer makes.")] = "",
) -> None:
    """Show the facts about a task, exam, language, suite, encoder or study."""
    found = False
    for show_one in _finders(name, lang, with_encoder):
        show_one()
        found = True
    if not found:
        known = {*tasks(), *exams(), *suites(), *encoders(), *shipped_studies()}
        for one in all_languages():
            known |= {one.code, one.name}
        raise _unknown(name, known)


def _unknown(name: str, known: set[str]) -> UnknownName:
    """Names that hold the one that was asked for are nearer than those that merely look like it."""
    kind = "task, exam, language, suite, encoder or study"
    holding = sorted(one for one in known if len(name) > 2 and name.casefold() in one.casefold())[:SHOWN]
    error = UnknownName(f"There is no {kind} {name!r}.", way_out=f"Did you mean {' or '.join(map(repr, holding))}?")
    error = error if holding else unknown(kind, name, known)
    if name in RUNNING:
        return UnknownName(error.wrong, way_out=f"{error.way_out} {OWN_TEXT}")
    return error


def _finders(name: str, lang: str, tokens: str) -> Iterator[Callable[[], None]]:
    """A printer for each thing of that name: an encoder and a study, or a task and an exam, may share it."""
    if (one := _find(task, name)) is not None:
        yield lambda: _task(one, lang, tokens)
    if (sat := _find(exam, name)) is not None:
        yield lambda: _exam(sat, lang, tokens)
    if name in suites():
        yield lambda: _suite(suites()[name])
    if (spoken := _find(language, _code(name))) is not None:
        yield lambda: _language(spoken)
    # A folder with a task's data may well bear the task's name.
    folder = Path(name).is_dir() and one is None and sat is None
    if name in encoders() or folder or ("/" in name and not name.endswith(".toml")):
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


def _task(one: Task, lang: str, tokens: str) -> None:
    spoken = language(lang or one.lang).code
    screen.head(f"Task {one.name}")
    sat = ", ".join(found.name for found in exams().values() if found.of == one.name)
    screen.facts(
        [
            ("form", _form(one.form)),
            ("trained in", named(one.lang)),
            *(("training", place) for place in _places(one.train)),
            *(("development", place) for place in _places(one.dev)),
            ("to train on now", _here(one.train, one.lang)),
            ("scored by", ", ".join(one.form.metrics)),
            ("exams of it", sat or "none: an intermediate task only"),
            *_background(one),
        ]
    )
    show_examples(one, one.dev, spoken, "development", tokens)


def _exam(one: Exam, lang: str, tokens: str) -> None:
    if lang and lang not in one.languages:
        raise unknown(f"language in the exam {one.name}:", lang, one.languages)
    there = [code for code in one.zero_shot if here(one.test, code)]
    lang = lang or (there or one.zero_shot or one.languages)[0]
    screen.head(f"Exam {one.name}")
    screen.facts(
        [
            ("form", _form(one.form)),
            ("after training on", one.of or "nothing: the encoder sits it as it is"),
            ("languages", " ".join(one.languages)),
            ("here now", _here_of(one)),
            ("pivot", one.pivot),
            ("scored by", one.main_metric + _others(one)),
            ("sentences read", "at the layer and pooling of the study's [retrieval]" if reads_encoder(one) else ""),
            ("parallel", "yes: the examples are translations of each other" if one.parallel else "no"),
            *(("rows", place) for place in _places(one.test)),
            *_background(one),
        ]
    )
    show_examples(one, one.test, lang, "test", tokens)


def _background(one: Task | Exam) -> list[tuple[str, object]]:
    return [("licence", one.licence), ("about", one.about), ("notes", one.notes), ("to place", one.place_where)]


def _places(source: Source) -> list[str]:
    return [*described(source)] or [_source(source)]


def _here(source: Source, lang: str) -> str:
    at = whereabouts(source, lang)
    if not here(source, lang):
        return "nothing, it is on the Hub" if all(one.kind in ("mirror", "files", "hub") for one in at) else "nothing"
    rows = [one.rows for one in at if one.rows is not None]
    return f"{sum(rows):,} rows" if at and len(rows) == len(at) else "all"


def _here_of(one: Exam) -> str:
    """In how many languages an exam is here, and how many rows its files have where somebody says so."""
    there = [lang for lang in one.languages if here(one.test, lang)]
    rows = [at.rows for lang in there for at in whereabouts(one.test, lang)]
    # A pool of several languages names the files of all of them for each: its rows would be counted again and again.
    files = "" if None in rows or not rows or isinstance(one.form, Retrieve) else f", {sum(filter(None, rows)):,} rows"
    return f"{len(there)} of {len(one.languages)} languages{files}"


def _suite(one: Suite) -> None:
    screen.head(f"Suite {one.name}")
    screen.facts([("benchmark", one.title), ("about", one.about), ("notes", one.notes)])
    screen.gap()
    known = exams()
    screen.table(
        ["exam", "its name there", "group", "languages", "here now", "score"],
        (
            (
                part.exam,
                part.task,
                part.group,
                len(part.languages),
                sum(here(known[part.exam].test, lang) for lang in part.languages),
                "mean of " + " and ".join(part.metrics) if len(part.metrics) > 1 else part.metrics[0],
            )
            for part in one.parts
        ),
        right=["languages", "here now"],
    )
    screen.say(f"xstilts doctor --suite {one.name} reads them all.", style="dim")


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
    said = ", ".join(f"{name}: {value_of(value)}" for name, value in told.items())
    return f"{type(form).__name__.lower()} ({said})" if said else type(form).__name__.lower()


def _source(source: Source) -> str:
    if not isinstance(source, msgspec.Struct):
        return type(source).__name__
    if type(source).__str__ is not object.__str__:
        return str(source)
    return ", ".join(f"{name} {value_of(value)}" for name, value in msgspec.structs.asdict(source).items())
