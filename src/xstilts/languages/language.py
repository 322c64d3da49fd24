"""Language: one row of one table. The only place where a language code is written down as a fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from xstilts.errors import BadInput, UnknownName, nearest, unknown

HERE = Path(__file__).parent
REAL = HERE / "languages.tsv"
LAB = HERE / "lab.tsv"


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a language. An empty string or None means unknown."""

    code: str
    """ISO 639-1 where there is one; lab languages begin with `lab-`."""
    name: str
    script: str
    family: str
    genus: str = ""
    """The branch within the family."""
    order: str = ""
    """Subject, object and verb in a plain clause: SVO, SOV, VSO, or mixed where none prevails."""
    adposition: Literal["", "pre", "post", "suffix"] = ""
    """suffix: endings on the noun instead of words beside it"""
    adjective: Literal["", "AN", "NA"] = ""
    """AN: before its noun · NA: after it"""
    morphology: Literal["", "isolating", "inflecting", "agglutinating"] = ""
    distance: float | None = None
    """Share of the vocabulary that is not the pivot's, 0 to 1."""
    pretraining: float | None = None
    """Binary logarithm of the sentences seen in pretraining; 0 = never pretrained on."""
    invented: bool = False


def language(code: str) -> Language:
    """The language of that code; an unknown one is refused and the nearest codes and names are given."""
    found = _table().get(code)
    if found is None:
        raise _unknown(code)
    return found


def langs(codes: str | Iterable[str]) -> tuple[str, ...]:
    """Checked language codes, from `"ar bg de"` or from any iterable: known, at least one, none twice."""
    chosen = tuple(codes.split() if isinstance(codes, str) else codes)
    if not chosen:
        raise BadInput("There is no language code here.", way_out="Give at least one.")
    for i, code in enumerate(chosen):
        language(code)
        if code in chosen[:i]:
            raise BadInput(f"The language {code!r} stands here twice.", way_out="Keep one of them.")
    return chosen


def all_languages() -> tuple[Language, ...]:
    """Every language: real ones by code, then the lab's as its table has them, the pivot first."""
    return tuple(_table().values())


def read_table(path: Path, *, invented: bool = False) -> Iterator[Language]:
    """The rows of a TSV file whose header names the fields; other columns and lines with # are passed over."""
    with path.open(encoding="utf-8") as file:
        lines = [(number, line.rstrip("\r\n").split("\t")) for number, line in enumerate(file, 1) if _told(line)]
    if not lines:
        raise BadInput(f"{path} is empty.", way_out="Its first line must name the columns.")
    (_, header), *rows = lines
    for number, cells in rows:
        where = f"{path.name}, line {number}"
        if len(cells) != len(header):
            raise BadInput(f"{where}: {len(cells)} columns, but the header names {len(header)}.")
        known = {
            name: cell for name, cell in zip(header, cells, strict=True) if name in Language.__struct_fields__ and cell
        }
        try:
            yield msgspec.convert({**known, "invented": invented}, Language, strict=False)
        except msgspec.ValidationError as error:
            raise BadInput(f"{where}: {error}.") from error


def _told(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


@cache
def _table() -> dict[str, Language]:
    found = sorted(read_table(REAL), key=lambda one: one.code)
    found += read_table(LAB, invented=True) if LAB.exists() else ()
    table: dict[str, Language] = {}
    for one in found:
        if table.setdefault(one.code, one) is not one:
            raise BadInput(f"The language table has {one.code!r} twice.", way_out="Keep one of the rows.")
    return table


def _unknown(code: str) -> UnknownName:
    table = _table()
    spelt = {one.name.casefold(): one.code for one in table.values()} | {known.casefold(): known for known in table}
    wanted = code.casefold()
    close = dict.fromkeys(spelt[name] for name in ([wanted] if wanted in spelt else nearest(wanted, spelt)))
    if not close:
        return unknown("language", code, table)
    named = " or ".join(f"{known!r} ({table[known].name})" for known in close)
    return UnknownName(f"There is no language {code!r}.", way_out=f"Did you mean {named}?")
