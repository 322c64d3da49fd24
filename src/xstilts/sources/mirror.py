"""A local mirror: one folder a task, `<task>/<language>.<split>[.<part>].jsonl.gz`, listed in MANIFEST.json."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from xstilts.errors import Absent, BadInput, nearest
from xstilts.files import read_json
from xstilts.sources.folders import MIRROR, mirror_folder
from xstilts.sources.found import Found
from xstilts.sources.hashes import sha256_of
from xstilts.sources.lookups import local

__all__ = ["Listed", "Mirror", "listed", "mirror_folder"]


class Listed(msgspec.Struct, frozen=True):
    """What the manifest says of a file. Other keys (source, commit, licence) are for people."""

    file: str
    sha256: str = ""
    rows: int | None = None


class _Manifest(msgspec.Struct, frozen=True):
    files: tuple[Listed, ...]


class Mirror(msgspec.Struct, frozen=True, tag="mirror"):
    """One split of one task in the mirror that `XSTILTS_DATA` names."""

    task: str
    split: str
    part: str = ""
    """Where an example set has several files a language: `questions`, `balanced`, the name of a treebank."""
    codes: dict[str, str] = {}
    """Languages that the mirror's files call otherwise: ours → theirs."""
    end: str = "jsonl.gz"
    """How the names end: what kind of file it is."""
    fields: tuple[str, ...] = ()
    """Names of the columns of files that do not name them."""

    def file(self, lang: str, part: str) -> str:
        """The file's name inside the mirror."""
        pieces = (self.codes.get(lang, lang), self.split, part or self.part)
        return f"{self.task}/{'.'.join(piece for piece in pieces if piece)}.{self.end}"

    def __str__(self) -> str:
        return f"mirror {self.file('{lang}', '')}"

    def find(self, lang: str, part: str = "") -> tuple[Found, ...]:
        """The file, if a mirror is set and has it; one that is not what the manifest says is refused."""
        name = self.file(lang, part)
        return local(f"mirror:{name}", self._here(name), fields=self.fields)

    def _here(self, name: str) -> tuple[Found, ...]:
        folder = mirror_folder()
        if folder is None or not (folder / name).is_file():
            return ()
        content = sha256_of(folder / name)
        told = listed(folder).get(name)
        if told is not None and told.sha256 not in ("", content):
            raise BadInput(
                f"{folder / name} is not the file that MANIFEST.json lists: its sha256 is {content[:12]}…, "
                f"not {told.sha256[:12]}….",
                way_out="Copy it again, or mend the manifest if the change is meant.",
            )
        rows = None if told is None else told.rows
        return (Found(f"sha256:{content}", name, str(folder / name), fields=self.fields, rows=rows),)

    def absent(self, lang: str, part: str = "") -> Absent:
        """No mirror is set, or it lacks the file: then the nearest files it has are named."""
        folder, name = mirror_folder(), self.file(lang, part)
        if folder is None:
            return Absent(f"{name} is not here: no mirror is set.", way_out=f"Set {MIRROR} to the folder of data.")
        there = [f"{self.task}/{path.name}" for path in sorted((folder / self.task).glob(f"*.{self.end}"))]
        close = nearest(name, there)
        way_out = f"It has {', '.join(close)}." if close else f"Look for the folder {self.task} in it."
        return Absent(f"The mirror {folder} has no {name}.", way_out=way_out)


def manifest_sum(folder: Path) -> str:
    """What a mirror is as a whole: the SHA-256 of its manifest, to which every file it lists is held; empty: none."""
    path = folder / "MANIFEST.json"
    return sha256_of(path) if path.is_file() else ""


def listed(folder: Path) -> dict[str, Listed]:
    """The files of a mirror's manifest by name; a mirror without one has nothing to be checked against."""
    path = folder / "MANIFEST.json"
    if not path.is_file():
        return {}
    return _manifest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _manifest(path: Path, changed: int) -> dict[str, Listed]:
    return {one.file: one for one in read_json(path, _Manifest).files}
