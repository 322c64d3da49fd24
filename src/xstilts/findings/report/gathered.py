"""What a report is made from: the record, with the long table and the gains behind it, of whatever was asked about."""

from __future__ import annotations

import msgspec
import polars as pl

from xstilts.findings.asked import Asked, account_of, declared
from xstilts.findings.gains import gains
from xstilts.findings.pairs import BASELINE
from xstilts.findings.report.changed import changes
from xstilts.findings.report.ledger import judged
from xstilts.findings.report.record import Record, record
from xstilts.findings.report.reproduce import reproduce
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study

Made = tuple[Record, pl.DataFrame, pl.DataFrame]
"""A record, and the long table and the gains that it was made from."""


def study_record(store: Store, study: Study) -> Made:
    """The record of what the store has of a study, with the long table and the gains it was made from."""
    return asked_record(store, declared(store, study))


def asked_record(store: Store, asked: Asked, *, baseline: str = BASELINE) -> Made:
    """The same of what was asked about: a study, or published tables, of which no prediction is known."""
    again = reproduce(asked, store, baseline=baseline)
    told = msgspec.structs.replace(account_of(asked, store), baseline=baseline, reproduce=again)
    found = gains(asked.table, baseline=told.baseline)
    if asked.study is None:
        return record(asked.table, found, told), asked.table, found
    planned = plan(asked.study)
    written = record(
        asked.table,
        found,
        told,
        tasks=planned.tasks,
        exams=planned.exams,
        changes=changes(store, planned, baseline=told.baseline),
        judged=judged(store, asked.study, asked.table),
    )
    return written, asked.table, found
