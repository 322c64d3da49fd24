"""What a verb was asked about: a declared study, published tables that were replayed, or a file of scores.

    ask("lab", store)                                a study file, or the name of one that ships
    ask("their-study", store, encoder="mbert")       tables that `xstilts replay` brought into the store
    ask("scores.parquet", store)                     a long table that `xstilts export --table` wrote

Gains, comparisons, claims, exports and reports need no more than the long table, and so work alike on all three.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

from xstilts.errors import UnknownName, unknown
from xstilts.findings.account import Account, account
from xstilts.findings.replay.account import published_account
from xstilts.findings.replay.published import published_frame, published_runs, published_studies
from xstilts.findings.table import ORACLE, by_oracle, long_table, only, read_table
from xstilts.findings.ways import BEFORE, ways_of
from xstilts.studies.records.record import Run
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, load_study, shipped_studies


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A long table, and where it came from."""

    name: str
    table: pl.DataFrame
    study: Study | None = None
    """None where there are scores and nothing more: no plan, no predictions."""
    runs: tuple[Run, ...] = ()
    """The records of a published study."""
    what: str = ""
    """What was asked for, as it was said: a name, or a file."""
    encoder: str = ""
    """The one that was asked for, if one was."""


def ask(what: str, store: Store, *, encoder: str = "", every: bool = False) -> Asked:
    """The table of one study and one encoder; `every` takes all of its encoders.

    A file, or a study that ships, goes before a published one of the same name.
    """
    if Path(what).suffix in (".parquet", ".csv"):
        table = read_table(what)
        table = table if every else only(table, encoder=encoder)
        name = str(table["study"][0] if len(table) else what)
        return Asked(name=name, table=table, what=what, encoder=encoder)
    try:
        study = load_study(what)
    except UnknownName:
        if Path(what).suffix == ".toml" or what in shipped_studies():
            raise
        found = _published(what, store, encoder, every)
        return msgspec.structs.replace(found, what=what, encoder=encoder)
    found = declared(store, study)
    return msgspec.structs.replace(found, table=only(found.table, encoder=encoder), what=what, encoder=encoder)


def declared(store: Store, study: Study) -> Asked:
    """What a store has of a declared study."""
    return Asked(name=study.name, table=long_table(store, study), study=study)


def ways_in(asked: Asked) -> dict[str, str]:
    """How its routes stand to their targets: a study's before them, others as their table says."""
    if asked.study is not None:
        return {route.name: BEFORE for route in asked.study.routes}
    return ways_of(asked.table)


def account_of(asked: Asked, store: Store) -> Account:
    """How it came about, as far as anybody knows."""
    if asked.study is not None:
        return account(store, asked.study)
    if asked.runs:
        return msgspec.structs.replace(published_account(asked.runs), ways=ways_in(asked))
    seeds = asked.table["seed"].drop_nulls().unique().sort().to_list()
    return Account(
        study=asked.name,
        encoder=str(asked.table["encoder"][0]),
        seeds=tuple(seeds),
        published=(("a table of scores", "", ""),),
        select=ORACLE if by_oracle(asked.table) else "last",
        ways=ways_in(asked),
    )


def encoders_as_routes(asked: Asked) -> Asked:
    """The same with encoders in the place of routes: what one gains over another, language by language."""
    table = asked.table
    alone = table["route"].n_unique() == 1
    side = pl.col("encoder") if alone else pl.concat_str("encoder", "route", separator=" · ")
    return msgspec.structs.replace(asked, table=table.with_columns(route=side, encoder=pl.lit("")))


def _published(name: str, store: Store, encoder: str, every: bool) -> Asked:
    known = published_studies(store)
    if name not in known:
        names = (*shipped_studies(), *known)
        found = unknown("study", name, names)
        raise UnknownName(f"{found.wrong} None was replayed into {store.root} either.", way_out=found.way_out)
    runs = published_runs(store, name)
    table = published_frame(runs)
    if every:
        return Asked(name=name, table=table, runs=tuple(runs))
    # Names are as short as they can be among what is asked for: hence from the runs again.
    chosen = only(table, encoder=encoder)["encoder"][0]
    mine = tuple(run for run in runs if run.encoder == chosen)
    return Asked(name=name, table=published_frame(mine), runs=mine)
