"""What the doctor finds out about data: which tasks and exams load now, from where, and under which licence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import PurePath
from typing import Any, Literal

from xstilts.cli import screen
from xstilts.cli.checks import Check
from xstilts.errors import XstiltsError
from xstilts.sources import Found, mirror_folder, reading
from xstilts.sources.mirror import listed, manifest_sum
from xstilts.tasks import Exam, Suite, Task, exams, task, tasks
from xstilts.tasks.catalogue import passed_over
from xstilts.tasks.whereabouts import here, whereabouts

ONLINE = "With --online what is on the Hub is fetched and read too, and whether it is gated is asked."


def real_tasks() -> list[str]:
    """Tasks whose rows come from files."""
    return [name for name, one in tasks().items() if whereabouts(one.train, one.lang)]


def real_exams() -> list[str]:
    """Exams whose rows come from files."""
    return [name for name, one in exams().items() if whereabouts(one.test, one.languages[0])]


def summary() -> Iterator[Check]:
    """One line for whoever only wants to know whether there is real data: files are looked for, and not read."""
    yield from _files()
    mirror = mirror_folder()
    if mirror is None:
        yield Check("data", "ok", "no mirror is set (XSTILTS_DATA): real data comes from the Hub; the lab needs none")
        return
    known, sat = tasks(), exams()
    whole = sum(here(one.train, one.lang) and here(one.dev, one.lang) for one in (known[name] for name in real_tasks()))
    some = sum(any(here(sat[name].test, lang) for lang in sat[name].languages) for name in real_exams())
    yield Check(
        "data",
        "ok" if whole or some else "warn",
        f"{mirror} has {screen.several(whole, 'task')} of {len(real_tasks())} and languages of "
        f"{screen.several(some, 'exam')} of {len(real_exams())}",
        "xstilts doctor --data reads them all.",
    )


def data(*, online: bool) -> Iterator[Check]:
    """Every task and exam whose rows come from files: they are read and checked, row by row."""
    yield from _files()
    yield from _mirror()
    known = exams()
    for name in real_tasks():
        yield _told(name, partial(_task_called, name, online=online))
    for name in real_exams():
        yield _told(name, partial(exam_check, known[name], known[name].languages, online=online))


def _files() -> Iterator[Check]:
    """Task files of one's own that cannot be used."""
    for path, error in passed_over().items():
        yield Check(f"task file {path.name}", "fail", error.wrong, error.way_out)


def _mirror() -> Iterator[Check]:
    """At which revision the mirror is."""
    folder = mirror_folder()
    if folder is None:
        return
    manifest = manifest_sum(folder)
    if manifest:
        files = screen.several(len(listed(folder)), "file")
        yield Check("mirror", "ok", f"{folder}: {files} held to MANIFEST.json, which is sha256 {manifest[:12]}…")
    else:
        way_out = "What pins a file is its own sha256, which every record has."
        yield Check("mirror", "ok", f"{folder}: it has no MANIFEST.json and so no revision", way_out)


def suite_data(suite: Suite, *, online: bool) -> Iterator[Check]:
    """The exams of a suite and the tasks they belong to. Whatever is missing fails."""
    yield from _mirror()
    known = exams()
    of = dict.fromkeys(known[name].of for name in suite.exams)
    checks = [_told(name, partial(_task_called, name, online=online)) for name in of if name is not None]
    for part in suite.parts:
        checks.append(_told(part.exam, partial(exam_check, known[part.exam], part.languages, online=online)))
    for check in checks:
        yield check if check.state == "ok" else Check(check.name, "fail", check.found, check.way_out)


def _task_called(name: str, *, online: bool) -> Check:
    return task_check(task(name), online=online)


def _told(name: str, examine: Callable[[], Check]) -> Check:
    try:
        return examine()
    except XstiltsError as error:
        return Check(name, "fail", error.wrong, error.way_out)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of reading one source in one language."""

    state: Literal["ok", "warn", "fail"]
    """ok: it loads · warn: it is not here · fail: it is here, and something is wrong with it"""
    place: str = ""
    rows: int = 0
    why: str = ""
    way_out: str = ""
    garbled: tuple[str, ...] = ()
    """Where published text is garbled: it is scored as it is."""
    access: str = ""
    """What the Hub says of who may have it."""
    nowhere: bool = False
    """Whether no place has it."""


def task_check(one: Task, *, online: bool) -> Check:
    """Training and development rows of a task, in all its languages."""
    said: list[str] = []
    every: list[Tried] = []
    for split in ("train", "dev"):
        tried = {lang: _tried(getattr(one, split), lang, online=online) for lang in one.spoken}
        if one.languages:
            said.append(f"{split} {_by_language(tried)}")
        else:
            said += [f"{split} {_rows(found) if found.state == 'ok' else found.why}" for found in tried.values()]
        every += tried.values()
    return _check(f"task {one.name}", said, every, one)


def exam_check(one: Exam, langs: Sequence[str], *, online: bool) -> Check:
    """The rows of an exam in each language."""
    tried = {lang: _tried(one.test, lang, online=online) for lang in langs}
    return _check(f"exam {one.name}", [_by_language(tried)], [*tried.values()], one)


def _by_language(tried: Mapping[str, Tried]) -> str:
    """Languages that fare alike are told together."""
    good = [found for found in tried.values() if found.state == "ok"]
    places = ", ".join(dict.fromkeys(found.place for found in good))
    count = screen.several(sum(found.rows for found in good), "example")
    rows = f": {count} from {places}" if good else ""
    said = [f"{len(good)} of {screen.several(len(tried), 'language')} load{rows}"]
    apart: dict[str, list[str]] = {}
    for lang, found in tried.items():
        if found.state != "ok":
            apart.setdefault(found.why, []).append(lang)
    return "; ".join([*said, *(f"{' '.join(codes)}: {why}" for why, codes in apart.items())])


def _check(name: str, said: list[str], tried: list[Tried], one: Task | Exam) -> Check:
    spoilt = [place for found in tried for place in found.garbled]
    if spoilt:
        said.append(f"garbled as published: {screen.several(len(spoilt), 'row')}, the first {spoilt[0]}")
    said += dict.fromkeys(found.access for found in tried if found.access)
    state = next((state for state in ("fail", "warn") if state in {found.state for found in tried}), "ok")
    ways = list(dict.fromkeys(found.way_out for found in tried if found.way_out))[:1]
    if any(found.nowhere for found in tried) and one.place_where:
        ways.append(one.place_where)
    return Check(name, state, f"{'; '.join(said)} · licence: {one.licence or 'unknown'}", " ".join(ways))  # type: ignore[arg-type]


def _rows(found: Tried) -> str:
    return f"{screen.several(found.rows, 'example')} from {found.place}"


def _tried(source: Any, lang: str, *, online: bool) -> Tried:
    for one in whereabouts(source, lang):
        if one.kind in ("nowhere", "withheld"):
            why = "not here" if one.kind == "nowhere" else "here without the answers"
            return Tried("warn", why=why, way_out=one.name, nowhere=one.kind == "nowhere")
        if one.kind == "hub" and not online:
            return Tried("warn", why=f"not here but on the Hub ({one.name})", way_out=ONLINE)
    try:
        done = reading(source, lang)
    except XstiltsError as error:
        # What is wrong stands after the row it is wrong in.
        return Tried("fail", why=error.wrong.rpartition(": ")[2].rstrip("."), way_out=f"{lang}: {error}")
    return Tried(
        "ok",
        place=" + ".join(dict.fromkeys(map(_place, done.files))),
        rows=len(done.examples),
        garbled=done.garbled,
        access=", ".join(dict.fromkeys(filter(None, map(_access, done.files)))),
    )


def _place(file: Found) -> str:
    """A folder of the mirror or of one's own, or a repository of the Hub with the commit that was read."""
    if file.content.startswith("hub:"):
        repo, _, rest = file.content.removeprefix("hub:dataset/").partition("@")
        return f"{repo}@{rest[:12]} on the Hub"
    path = PurePath(file.name)
    return str(path.parent) if path.is_absolute() else path.parts[0]


def _access(file: Found) -> str:
    """Of a file of the Hub that was just read: whether its repository is gated."""
    if not file.content.startswith("hub:dataset/"):
        return ""
    repo, _, rest = file.content.removeprefix("hub:dataset/").partition("@")
    return _gated(repo, rest.partition("/")[0])


@cache
def _gated(repo: str, commit: str) -> str:
    # Loads huggingface_hub, which whoever asks nobody should not pay for.
    from xstilts.sources.download import standing

    try:
        gated = standing("dataset", repo, commit).gated
    except XstiltsError:
        return f"{repo}: whether it is gated could not be asked"
    return f"{repo} is gated ({gated}), and you have access" if gated else f"{repo} is not gated"
