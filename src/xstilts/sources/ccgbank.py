"""CCGbank as the LDC distributes it (LDC2005T13): sections of derivations in the AUTO format, in a local folder.

    ID=wsj_0001.1 PARSER=GOLD NUMPARSE=1
    (<T S[dcl] 0 2> (<T NP 0 1> (<L N NNP NNP Vinken N>) ) (<L S[dcl]\\NP VBD VBD slept S[dcl]\\NP_1>) )

A leaf `<L category pos pos word category>` is a word and its supertag; what stands around it is not needed here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from xstilts.errors import Absent, BadInput
from xstilts.sources.folders import mirror_folder
from xstilts.sources.found import Found, Row
from xstilts.sources.hashes import sha256_of
from xstilts.sources.lookups import local

FOLDER = "XSTILTS_CCGBANK"
LEAF = re.compile(r"\(<L (\S+) (\S+) (\S+) (\S+) (\S+)>\s*\)")
BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LCB-": "{", "-RCB-": "}", "-LSB-": "[", "-RSB-": "]"}


class CcgBank(msgspec.Struct, frozen=True, tag="ccgbank"):
    """Some sections of CCGbank: in the folder that `XSTILTS_CCGBANK` names, else in `ccgbank` of the mirror."""

    first: int
    last: int
    """The sections from `first` to `last`: 2 to 21 train, 0 develops, 23 tests."""

    def find(self, lang: str, part: str = "") -> tuple[Found, ...]:
        """The files of the sections, in order; none if one of the sections is not there. CCGbank is English."""
        return local(f"ccgbank:{self.first:02d}-{self.last:02d}", self._here(), format="auto") if lang == "en" else ()

    def _here(self) -> tuple[Found, ...]:
        folder = ccgbank_folder()
        if folder is None:
            return ()
        found: list[Found] = []
        for section in range(self.first, self.last + 1):
            files = sorted((folder / f"{section:02d}").glob("*.auto"))
            if not files:
                return ()
            found += [
                Found(f"sha256:{sha256_of(path)}", f"ccgbank/{section:02d}/{path.name}", str(path), format="auto")
                for path in files
            ]
        return tuple(found)

    def __str__(self) -> str:
        return f"CCGbank, sections {self.first:02d} to {self.last:02d}"

    def absent(self, lang: str, part: str = "") -> Absent:
        """Say which folder is wanted, and that there is no other way to it."""
        folder = ccgbank_folder()
        if folder is None:
            wrong = "CCGbank is not here: it is licensed by the LDC (LDC2005T13), and nobody may pass it on."
        else:
            wrong = f"{folder} has not all of the sections {self.first:02d} to {self.last:02d} of CCGbank."
        return Absent(
            wrong,
            way_out=f"Let {FOLDER} name its folder data/AUTO, with 00/wsj_0001.auto and so on; deptag is a stand-in.",
        )


def ccgbank_folder() -> Path | None:
    """The folder with one folder a section (`data/AUTO` of the distribution, or a folder around it); None: none."""
    named = os.environ.get(FOLDER, "").strip()
    if named:
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise BadInput(f"{FOLDER} names {folder}, and there is no such folder.", way_out=f"Mend or unset {FOLDER}.")
    else:
        mirror = mirror_folder()
        if mirror is None or not (mirror / "ccgbank").is_dir():
            return None
        folder = mirror / "ccgbank"
    inner = (folder, folder / "AUTO", folder / "data" / "AUTO")
    return next((one for one in inner if (one / "00").is_dir() or (one / "02").is_dir()), folder)


def derivations(found: Found, text: str) -> Iterator[Row]:
    """Each sentence as `tokens` and `tags`, and its `id`."""
    name = ""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if line.startswith("ID="):
            name = line[3:].partition(" ")[0]
        elif line.startswith("("):
            leaves = LEAF.findall(line)
            if not leaves or len(leaves) != line.count("<L ") or not name:
                raise BadInput(
                    f"{found.name}, line {number}: this is no derivation of CCGbank's AUTO format.",
                    way_out="Each must follow a line `ID=…`, with leaves `(<L category pos pos word category>)`.",
                )
            words = [BRACKETS.get(leaf[3], leaf[3]).replace("\\/", "/") for leaf in leaves]
            yield Row({"id": name, "tokens": words, "tags": [leaf[0] for leaf in leaves]}, found.name, number)
            name = ""
        elif line.strip():
            raise BadInput(
                f"{found.name}, line {number}: {line[:40]!r} begins neither a sentence nor a derivation.",
                way_out="Use the files of data/AUTO.",
            )
