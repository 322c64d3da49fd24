"""A record's file: sealed when it is written, and read back only as what was written."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from xstilts.errors import BadInput, BadStore
from xstilts.files import read_json
from xstilts.studies.records.record import SCHEMA, Run


class Damaged(BadStore):
    """A record whose content is not what was written."""


def seal(run: Run) -> str:
    """What the seal of this record is."""
    return sealed(msgspec.to_builtins(run))


def sealed(raw: dict[str, Any]) -> str:
    """The seal of a record as it is read from its file, whatever fields it has."""
    plain = {name: value for name, value in raw.items() if name != "seal"}
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def read_record(path: Path) -> Run:
    """The record in a file, of this schema or an earlier one; what is wrong with it is an error."""
    way_out = f"If it was damaged, remove {path.parent} and run the study again."
    try:
        raw = read_json(path)
    except BadInput as error:
        raise Damaged(error.wrong, way_out=way_out) from error
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if not isinstance(schema, int):
        raise Damaged(f"{path} is not a record.", way_out=way_out)
    if schema > SCHEMA:
        raise BadStore(
            f"{path} was written by a later xstilts (schema {schema}; this one knows up to {SCHEMA}).",
            way_out="Update xstilts.",
        )
    try:
        return msgspec.convert(raw, Run)
    except msgspec.ValidationError as error:
        raise Damaged(f"{path} is damaged: {error}.", way_out=way_out) from error
