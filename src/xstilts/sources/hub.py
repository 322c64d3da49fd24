"""Files of the Hugging Face Hub, at one commit: Parquet and other plain data, no loading scripts, no code."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from xstilts.errors import Absent, BadInput
from xstilts.sources.found import Found, fill
from xstilts.sources.lookups import commit_of, shards_of

COMMIT = re.compile(r"[0-9a-f]{40}")
REPO = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


class Hub(msgspec.Struct, frozen=True, tag="hub"):
    """Files of a Hub repository. Fetched once into huggingface_hub's cache, checked by size and sum.

    A tag or branch is looked up when rows are asked for or a study first runs; what counts, and what is recorded, is
    the commit it stands for. HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE and HF_TOKEN are heeded.
    """

    repo: str
    revision: str
    """A commit of 40 hex digits; or a tag or branch, which costs a question to the Hub."""
    paths: tuple[str, ...]
    """Files in it, in order; `{lang}` and `{part}` are filled in: `xnli/{lang}/test-00000-of-00001.parquet`. A `*` in a
    file's name stands for whatever is there at the commit, in alphabetical order: all shards of a split."""
    kind: Literal["dataset", "model", "space"] = "dataset"
    codes: dict[str, str] = {}
    """Languages that the repository calls otherwise: ours → theirs."""
    format: str = ""
    """How the files are to be read; empty: as their names end."""
    fields: tuple[str, ...] = ()
    """Names of the columns of files that do not name them."""

    def __post_init__(self) -> None:
        if not REPO.fullmatch(self.repo) or not self.revision or not self.paths:
            raise BadInput(
                f"Hub({self.repo!r}, {self.revision!r}, {self.paths!r}) names no files.",
                way_out="Give owner/name, a commit, and at least one path.",
            )

    def __str__(self) -> str:
        return f"Hub {self.repo}@{self.revision[:12]} {' '.join(self.paths)}"

    def find(self, lang: str, part: str = "") -> tuple[Found, ...]:
        """The files, believed to be there: whether they are shows when they are fetched, or their shards are listed."""
        commit = self.revision if COMMIT.fullmatch(self.revision) else commit_of(self.kind, self.repo, self.revision)
        code = self.codes.get(lang, lang)
        filled = [fill(path, lang=code, part=part) for path in self.paths]
        names = [name for path in filled for name in self._files(commit, path)]
        return tuple(
            Found(
                f"hub:{self.kind}/{self.repo}@{commit}/{name}",
                name=f"{self.repo}/{name}",
                format=self.format,
                fields=self.fields,
            )
            for name in names
        )

    def _files(self, commit: str, path: str) -> tuple[str, ...]:
        if "*" not in path or not COMMIT.fullmatch(commit):
            return (path,)
        return shards_of(self.kind, self.repo, commit, path)

    def absent(self, lang: str, part: str = "") -> Absent:
        """Never raised as long as `find` believes: kept for whoever asks."""
        return Absent(f"The Hub's {self.repo} has no files for {lang!r}.", way_out="Check the paths.")
