"""Running text of one's own as a task: a folder of lines by language, for masked-language training beside other tasks.

A study declares it in a table and names it like any task:

[corpora.wiki]
files = "text/{lang}.txt"        # or a folder: text; with parallel = true, two columns in text/{lang}.tsv
languages = ["de", "ru", "sw"]   # those of the files that are there, unless named
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import Mask
from xstilts.languages import all_languages, langs
from xstilts.sources import HeldOut, Own, Running, Table
from xstilts.tasks.task import Task

ALPHA = 0.3
"""How XLM-R draws languages: in proportion to their lines to this power, so that small ones are seen more often."""


class Corpus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[corpora.NAME]` of a study."""

    files: str
    """A folder, or a pattern with `{lang}`; relative to the study file."""
    parallel: bool = False
    """Whether a line has its translation beside it, behind a tab: both are read in one row (translation LM)."""
    languages: tuple[str, ...] = ()
    alpha: float = ALPHA
    rate: float = 0.15
    """Share of the tokens that are hidden: of these 80 % become the mask, 10 % another word, 10 % stay."""
    codes: dict[str, str] = {}
    """Languages that the file names call otherwise: ours → theirs."""
    lines: int | None = None
    """About how many lines there are: what a plan counts with where the files are not here to be counted."""
    held_out: float = 0.01
    """Share of the lines that are not trained on, for the loss in the record."""
    licence: str = ""
    about: str = ""


def corpus_task(name: str, corpus: Corpus, folder: Path) -> Task:
    """The corpus as a task. Nothing of the text is read yet; its content enters the digest when a plan pins it.

    Files of named languages may be on another machine: a plan says that they are not here.
    """
    if not 0 < corpus.rate < 1 or not 0 <= corpus.held_out < 1 or corpus.alpha < 0:
        raise BadInput(
            f"The corpus {name} has a `rate`, `held_out` or `alpha` that cannot be.",
            way_out="`rate` and `held_out` are shares below 1, `alpha` is at least 0.",
        )
    files = corpus.files
    if "{lang}" not in files:
        files = f"{files.rstrip('/')}/{{lang}}.{'tsv' if corpus.parallel else 'txt'}"
    place = Own(
        files, folder=str(folder.resolve()), codes=corpus.codes, fields=("text", "second") if corpus.parallel else ()
    )
    form = Mask(rate=corpus.rate)
    table = Table(form=form, place=place, columns=Running(second="second" if corpus.parallel else ""))
    found = langs(corpus.languages) if corpus.languages else _present(name, table, place)
    return Task(
        name=name,
        form=form,
        lang=found[0],
        languages=found if len(found) > 1 else (),
        alpha=corpus.alpha if len(found) > 1 else 1.0,
        train=HeldOut(table, "train", corpus.held_out, may_be_empty=True),
        dev=HeldOut(table, "dev", corpus.held_out, may_be_empty=True),
        examples=corpus.lines,
        licence=corpus.licence,
        about=corpus.about,
    )


def _present(name: str, table: Table, place: Own) -> tuple[str, ...]:
    """The languages whose files lie there. A file of no language is an error: nothing is passed over in silence."""
    found = tuple(one.code for one in all_languages() if table.has(one.code))
    if not found:
        raise place.absent("en")
    pattern = place.path("*")
    strange = sorted({one.name for one in pattern.parent.glob(pattern.name)} - {place.path(one).name for one in found})
    if strange:
        raise BadInput(
            f"The corpus {name} has {strange[0]}, which names no language that is known.",
            way_out="Name the `languages`, or say in `codes` what that one is called: ours = theirs.",
        )
    return found
