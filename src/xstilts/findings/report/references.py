"""The references of a report: only what the run used, each in full and with what it was used for.

The citations stand in `literature.toml`, each with its provenance. A task of one's own has none: its address stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from xstilts.findings.account import Account
from xstilts.tasks import Exam, Task

LITERATURE = Path(__file__).parent / "literature.toml"

LAB = "lab-"
"""Before the name of what an invented task imitates."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A source and what it stands for in this report."""

    text: str
    """Words for a paper, an address for data."""
    used: str
    licence: str = ""
    provenance: Literal["read", "memory", ""] = ""
    """Of the citation; empty: it is an address, as the task or the table gives it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One citation, and by what it is found."""

    text: str
    provenance: Literal["read", "memory"]
    names: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


@cache
def literature() -> dict[str, Entry]:
    """Every citation, by key."""
    return msgspec.convert(tomllib.loads(LITERATURE.read_text(encoding="utf-8")), dict[str, Entry])


def references(
    found: pl.DataFrame,
    averages: pl.DataFrame,
    told: Account,
    *,
    tasks: Mapping[str, Task] | None = None,
    exams: Mapping[str, Exam] | None = None,
) -> tuple[Reference, ...]:
    """What a report rests on: the method, the statistics that its numbers went through, encoder, data and software."""
    cited: dict[str, list[str]] = {}
    for key, use in (*_method(told), *_statistics(found, averages), *_measures(found), *_around(told)):
        cited.setdefault(key, []).append(use)
    named = [*_uses(tasks or {}, "trained on"), *_uses(exams or {}, "tested on")]
    for key, entry in literature().items():
        for name, use in named:
            if base(name) in entry.names:
                imitated = name.startswith(LAB)
                cited.setdefault(key, []).append(f"what {name} imitates" if imitated else f"{use} {name}")
    known = literature()
    papers = [
        Reference(text=known[key].text, used="; ".join(dict.fromkeys(uses)), provenance=known[key].provenance)
        for key, uses in cited.items()
    ]
    return (*papers, *_addresses(tasks or {}, exams or {}), *_tables(told))


def base(name: str) -> str:
    """The name under which a task or exam is cited: `xquad` of `xquad-xr`, `mnli` of `mnli@de` and of `lab-mnli`."""
    plain = name.split("@")[0].removeprefix(LAB)
    known = {one for entry in literature().values() for one in entry.names}
    return plain if plain in known else next((one for one in known if plain.startswith(f"{one}-")), plain)


def _method(told: Account) -> Iterator[tuple[str, str]]:
    if told.published:
        return
    yield "phang2020", "the method: training on an intermediate task before the target"
    words = " ".join(recipe for _, recipe in told.recipes)
    if "AdamW" in words:
        yield "loshchilov2019", "the optimiser"
    if "proportional mixture" in words:
        yield "raffel2020", "the mixture of tasks: examples-proportional with a cap"
    if "lora" in words.lower():
        yield "hu2022", "the adapter"


def _statistics(found: pl.DataFrame, averages: pl.DataFrame) -> Iterator[tuple[str, str]]:
    rows = pl.concat([found, averages]) if len(averages) else found
    tested = rows.filter(pl.col("corrected").is_not_null() & (pl.col("family") > 1))
    ways = set(tested["correction"])
    if rows["shown_low"].is_not_null().any():
        yield "student1908", "t intervals and t tests over seeds"
    if "holm" in ways:
        yield "holm1979", "verdicts and intervals of means and of averages, corrected"
    if "bh" in ways:
        yield "benjamini1995", "verdicts of languages, pivots and other metrics, corrected"
        yield "benjamini2005", "the level of the intervals beside these"
    if rows["general_low"].is_not_null().any():
        yield "satterthwaite1946", "degrees of freedom of the interval for other languages"
    if rows["within"].is_not_null().any():
        yield "schuirmann1987", "two one-sided tests: the margin within which a difference was excluded"
    if rows["item_low"].is_not_null().any():
        yield "efron1979", "test items drawn again"


def _measures(found: pl.DataFrame) -> Iterator[tuple[str, str]]:
    measured = set(found.select("form", "metric").iter_rows())
    if {("span", "f1"), ("span", "exact_match"), ("span", "em")} & measured:
        yield "rajpurkar2016", "exact match and F1 of answers"
    if ("tag", "f1") in measured:
        yield "tjongkimsang2003", "F1 of chunks"


def _around(told: Account) -> Iterator[tuple[str, str]]:
    """Encoder, published tables and software, by their names."""
    encoder = f"{told.encoder} {told.about_encoder}".lower()
    tables = " ".join(f"{name} {source}" for name, source, _ in told.published).lower()
    for key, entry in literature().items():
        if any(part in encoder for part in entry.encoders):
            yield key, f"the encoder {told.encoder}"
        if any(part.lower() in tables for part in entry.sources):
            yield key, "the published scores"
        for name in entry.packages:
            if name in told.packages:
                yield key, f"{name} {told.packages[name]}"


def _uses(declared: Mapping[str, Task] | Mapping[str, Exam], use: str) -> Iterator[tuple[str, str]]:
    for name in declared:
        yield name, use


def _addresses(tasks: Mapping[str, Task], exams: Mapping[str, Exam]) -> Iterator[Reference]:
    """Where real data is described, and under which licence it stands."""
    by_place: dict[tuple[str, str], list[str]] = {}
    for use, declared in (("training", tasks), ("testing", exams)):
        for name, one in declared.items():
            if one.about and not name.startswith(LAB):
                by_place.setdefault((one.about, one.licence), []).append(f"{use}: {name}")
    for (about, licence), names in by_place.items():
        yield Reference(text=about, used=", ".join(names), licence=licence)


def _tables(told: Account) -> Iterator[Reference]:
    for name, source, licence in told.published:
        yield Reference(text=source or name, used=f"published scores: {name}", licence=licence or "licence not known")


def remembered(found: Iterable[Reference]) -> str:
    """What to beware of: citations that nobody has looked up since they were written down. Empty if there are none."""
    count = sum(one.provenance == "memory" for one in found)
    if not count:
        return ""
    which = "One citation stands" if count == 1 else f"{count} citations stand"
    return f"{which} here as somebody remembered; look a paper up before you cite it after this list."
