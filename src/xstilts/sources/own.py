"""Files of one's own: JSON lines, CSV, TSV, CoNLL, SQuAD's JSON or Parquet, named by a pattern."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import msgspec

from xstilts.errors import Absent, BadInput, nearest
from xstilts.sources.found import Found, fill
from xstilts.sources.hashes import sha256_of
from xstilts.sources.lookups import local


class Own(msgspec.Struct, frozen=True, tag="own"):
    """Files by a pattern in which `{lang}`, `{split}` and `{part}` are filled in: `data/{lang}.{split}.csv`.

    What a file holds is what it is: a file that is moved or renamed gives the same runs, one that is changed others.
    """

    files: str
    split: str = ""
    folder: str = ""
    """Where a relative pattern begins; empty: the folder the command is run in."""
    codes: dict[str, str] = {}
    """Languages that the file names call otherwise: ours → theirs."""
    format: str = ""
    """jsonl, json, csv, tsv, txt, conll, conllu, conllup or parquet; empty: as the file's name ends."""
    fields: tuple[str, ...] = ()
    """Names of the columns of a CSV, TSV or CoNLL file that does not name them."""
    __notes__: ClassVar[tuple[str, ...]] = ("folder",)

    def __str__(self) -> str:
        return str(Path(self.folder) / self.files.replace("{split}", self.split))

    def path(self, lang: str, part: str = "") -> Path:
        """The file of one language."""
        return Path(self.folder).expanduser() / self._name(lang, part)

    def _name(self, lang: str, part: str) -> str:
        return fill(self.files, lang=self.codes.get(lang, lang), split=self.split, part=part)

    def find(self, lang: str, part: str = "") -> tuple[Found, ...]:
        """The file, if it is there."""
        here = self._here(self.path(lang, part))
        return local(f"own:{self._name(lang, part)}", here, format=self.format, fields=self.fields)

    def _here(self, path: Path) -> tuple[Found, ...]:
        if not path.is_file():
            return ()
        try:
            content = sha256_of(path)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.", way_out="Check its mode.") from error
        return (Found(f"sha256:{content}", str(path), str(path), self.format, self.fields),)

    def absent(self, lang: str, part: str = "") -> Absent:
        """There is no such file; the nearest in that folder are named."""
        path = self.path(lang, part)
        there = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        close = nearest(path.name, there)
        way_out = f"There is {', '.join(close)}." if close else f"Check the pattern {self.files!r}."
        return Absent(f"There is no file {path}.", way_out=way_out)
