"""Lookups: what is asked of the world while a study is planned, and what a store remembers of the answers.

Which file a place has, which of several places is read, what commit a branch of the Hub stands for, which labels only
the data know: a plan needs all of it, and must need neither the network nor the machine that has the data. So inside
`with looking(lookups):` what was found before counts where nothing can be found now:

- a local file that is here is what it is, whatever was found before (`changed` says if it is another);
- one that is not here is what it was;
- of several places the one that was read is read again, so that a mirror set later makes no run another;
- a branch of the Hub is the commit it was first looked up as; unless the network may be asked it stays a branch
  otherwise, and `open` names it.

Outside, everything is looked up each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from xstilts.sources.found import Found


class Seen(msgspec.Struct, frozen=True):
    """A file as it was found: what it is, wherever it lies."""

    content: str
    name: str = ""
    rows: int | None = None


class Pins(msgspec.Struct, frozen=True):
    """Answers that are kept in a store, so that later commands find its runs without data and network."""

    files: dict[str, tuple[Seen, ...]] = {}
    """`mirror:xnli/de.test.jsonl.gz` → what it was."""
    chosen: dict[str, str] = {}
    """A source of several places, and a language → the place that was read."""
    commits: dict[str, str] = {}
    """`dataset/nyu-mll/glue@refs/convert/parquet` → the commit."""
    shards: dict[str, tuple[str, ...]] = {}
    """`dataset/nyu-mll/glue@1a2b…/mnli/train/*.parquet` → the files of that name."""
    labels: dict[str, tuple[str, ...]] = {}
    """The contents of some files, as a digest → the labels that stand in them."""
    folders: dict[str, str] = {}
    """An encoder in a folder, by its name → a digest of its contents."""

    def __or__(self, later: Pins) -> Pins:
        """Both; what is in both as the later has it."""
        return Pins(*(getattr(self, name) | getattr(later, name) for name in self.__struct_fields__))


class Lookups:
    """The questions of one planning, and their answers."""

    def __init__(self, pins: Pins | None = None, *, network: bool = False) -> None:
        self.pins = pins or Pins()
        """What was known before."""
        self.network = network
        self.seen = Pins(files={}, chosen={}, commits={}, shards={}, labels={}, folders={})
        """What was used now, from before or found now."""
        self._open: dict[str, None] = {}
        self._changed: dict[str, None] = {}

    @property
    def open(self) -> tuple[str, ...]:
        """Branches and tags of the Hub that were not looked up, in the order in which they were asked for."""
        return tuple(self._open)

    @property
    def changed(self) -> tuple[str, ...]:
        """Local files that are not what they were."""
        return tuple(self._changed)

    def file(self, key: str, now: tuple[Found, ...], *, format: str, fields: tuple[str, ...]) -> tuple[Found, ...]:
        """The files of a local place: as they are now, else as they were."""
        before = self.pins.files.get(key, ())
        if not now:
            now = tuple(Found(one.content, one.name, "", format, fields, one.rows) for one in before)
        elif before and [one.content for one in before] != [one.content for one in now]:
            self._changed[key.partition(":")[2]] = None
        if now:
            self.seen.files[key] = tuple(Seen(one.content, one.name, one.rows) for one in now)
        return now

    def commit(self, kind: str, repo: str, revision: str) -> str:
        """The commit of a branch or tag; the name itself where it was never looked up and may not be now."""
        key = f"{kind}/{repo}@{revision}"
        found = self.seen.commits.get(key) or self.pins.commits.get(key)
        if found is None and self.network:
            found = asked(kind, repo, revision)
        if found is None:
            self._open[f"{repo}@{revision}"] = None
            return revision
        self.seen.commits[key] = found
        return found

    def shards(self, kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
        """The files that a pattern stands for; the pattern itself where it was never looked up and may not be now."""
        key = f"{kind}/{repo}@{commit}/{pattern}"
        found = self.seen.shards.get(key) or self.pins.shards.get(key)
        if found is None and self.network:
            found = asked_for_shards(kind, repo, commit, pattern)
        if found is None:
            self._open[f"{repo}@{commit[:12]}/{pattern}"] = None
            return (pattern,)
        self.seen.shards[key] = found
        return found


_current: ContextVar[Lookups | None] = ContextVar("lookups", default=None)


@contextmanager
def looking(lookups: Lookups) -> Iterator[Lookups]:
    """Inside, sources are looked up through these lookups."""
    token = _current.set(lookups)
    try:
        yield lookups
    finally:
        _current.reset(token)


def local(key: str, now: tuple[Found, ...], *, format: str = "", fields: tuple[str, ...] = ()) -> tuple[Found, ...]:
    """The files of a local place, by a name for them that says nothing of this machine."""
    current = _current.get()
    return now if current is None else current.file(key, now, format=format, fields=fields)


def commit_of(kind: str, repo: str, revision: str) -> str:
    """The commit that a branch or tag of a Hub repository stands for."""
    current = _current.get()
    return asked(kind, repo, revision) if current is None else current.commit(kind, repo, revision)


def shards_of(kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
    """The files of a Hub repository that a pattern stands for at a commit, in order."""
    current = _current.get()
    if current is None:
        return asked_for_shards(kind, repo, commit, pattern)
    return current.shards(kind, repo, commit, pattern)


def choice(places: Sequence[str], lang: str) -> str | None:
    """The place that the rows of one language were read from before, if it is among these."""
    current = _current.get()
    found = None if current is None else current.pins.chosen.get(_asking(places, lang))
    return found if found in places else None


def chose(places: Sequence[str], lang: str, place: str) -> None:
    """Remember which place was chosen."""
    current = _current.get()
    if current is not None:
        current.seen.chosen[_asking(places, lang)] = place


def labels_of(contents: str) -> tuple[str, ...] | None:
    """The labels that were collected from these files before."""
    current = _current.get()
    return None if current is None else current.pins.labels.get(contents)


def labels_are(contents: str, labels: tuple[str, ...]) -> None:
    """Remember the labels of these files."""
    current = _current.get()
    if current is not None:
        current.seen.labels[contents] = labels


def folder_of(name: str, now: str | None) -> str | None:
    """The contents of a folder: as they are now, else as they were; None where neither is known."""
    current = _current.get()
    if current is None:
        return now
    found = now or current.pins.folders.get(name)
    if found:
        current.seen.folders[name] = found
    return found


def asked(kind: str, repo: str, revision: str) -> str:
    """The commit, from the Hub."""
    # huggingface_hub takes 0.2 s to import, which whoever has a commit should not pay.
    from xstilts.sources.download import resolve

    return resolve(kind, repo, revision)


def asked_for_shards(kind: str, repo: str, commit: str, pattern: str) -> tuple[str, ...]:
    """The files that a pattern stands for, from the Hub."""
    # It loads huggingface_hub too.
    from xstilts.sources.shards import shards

    return shards(kind, repo, commit, pattern)


def _asking(places: Sequence[str], lang: str) -> str:
    return f"{' | '.join(places)} {lang}"
