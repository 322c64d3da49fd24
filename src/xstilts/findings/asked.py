"""What a verb was asked about: a declared study and what a store has of it, or a published study that was replayed.

    asked = ask(store, "lab")                           a study file, or the name of one that ships
    asked = ask(store, "their-study", encoder="mbert")    tables that `xstilts replay` brought into the store

Gains, comparisons, claims, exports and reports need no more than this, and so work alike on both.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

from xstilts.errors import BadInput, UnknownName, unknown
from xstilts.findings.account import Account, account
from xstilts.findings.replay.account import published_account
from xstilts.findings.replay.published import published_frame, published_runs, published_studies
from xstilts.findings.table import long_table
from xstilts.studies.store import Store
from xstilts.studies.study import Study, load_study, shipped_studies


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A study, of either kind."""

    name: str
    table: pl.DataFrame
    told: Account
    study: Study | None = None
    """Its declaration; None for a published one."""

    @property
    def published(self) -> bool:
        """Whether its scores are replayed from tables."""
        return self.study is None


def ask(store: Store, word: str, *, encoder: str = "", every: bool = False) -> Asked:
    """The study of that word. A file, or a study that ships, goes before a published one of the same name.

    A published study may have several encoders: `encoder` says which; `every` takes all of them.
    """
    try:
        study = load_study(word)
    except UnknownName as error:
        if Path(word).suffix == ".toml" or word in shipped_studies():
            raise
        known = published_studies(store)
        if word in known:
            return _published(store, word, encoder, every)
        if known:
            raise UnknownName(
                f"There is no study {word!r}, and no published one of that name in {store.root}.",
                way_out=unknown("published study", word, known).way_out,
            ) from error
        raise
    if encoder and encoder != study.encoder.name:
        raise unknown("encoder in this study", encoder, [study.encoder.name])
    return declared(store, study)


def declared(store: Store, study: Study) -> Asked:
    """What a store has of a declared study."""
    return Asked(name=study.name, table=long_table(store, study), told=account(store, study), study=study)


def _published(store: Store, word: str, encoder: str, every: bool) -> Asked:
    runs = published_runs(store, word)
    known = sorted({run.encoder for run in runs})
    if encoder and encoder not in known:
        raise unknown("encoder in this study", encoder, known)
    if not encoder and not every and len(known) > 1:
        shown = ", ".join(known[:12]) + (f", and {len(known) - 12} more" if len(known) > 12 else "")
        raise BadInput(f"{word} has {len(known)} encoders: {shown}.", way_out="Add --encoder with one of them.")
    mine = [run for run in runs if not encoder or run.encoder == encoder]
    return Asked(name=word, table=published_frame(mine), told=published_account(mine))


def encoders_as_routes(asked: Asked) -> Asked:
    """The same with encoders in the place of routes: what one gains over another, language by language."""
    table = asked.table
    alone = table["route"].n_unique() == 1
    side = pl.col("encoder") if alone else pl.concat_str("encoder", "route", separator=" · ")
    return msgspec.structs.replace(asked, table=table.with_columns(route=side, encoder=pl.lit("")))
