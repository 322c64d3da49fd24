"""TOML to Ledger, strictly: an unknown key or name is refused and the nearest is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from xstilts.declared import check_keys, convert
from xstilts.errors import BadInput, XstiltsError, unknown
from xstilts.studies.ledgers.checks import check_claim, check_names
from xstilts.studies.ledgers.files import Written, written
from xstilts.studies.ledgers.ledger import Cells, Claim, Fidelity, Ledger, Margin, Names, Renaming, Row, Source, worst

OWN = (
    "name", "about", "of", "fidelity", "differs", "same", "sources", "names", "groups", "as", "similarity", "distances",
    "claim", "row",
)  # fmt: skip
CHANGEABLE = ("margin", "min_seeds", "least", "fidelity", "note")
"""What a ledger `of` another may say otherwise of a claim; never what the claim is."""
KINDS = ("routes", "exams", "languages", "encoders")


class Same(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[same]`: what a study must have to be judged as the same."""

    encoders: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim of another ledger, as it is judged here."""

    margin: Margin | None = None
    min_seeds: int | None = None
    least: int | None = None
    fidelity: Fidelity | None = None
    note: str | None = None


class Declaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ledger file, key by key."""

    name: str
    about: str = ""
    of: str = ""
    fidelity: Fidelity = "same"
    differs: tuple[str, ...] = ()
    same: Same = Same()
    sources: dict[str, Source] = {}
    names: Names = Names()
    groups: dict[str, tuple[str, ...]] = {}
    renamed: Renaming = msgspec.field(default=Renaming(), name="as")
    similarity: dict[str, dict[str, float]] = {}
    distances: dict[str, float] = {}
    claim: dict[str, Any] = {}
    row: tuple[Row, ...] = ()


def load_ledger(name: str | Path, folder: Path | None = None) -> Ledger:
    """A ledger from a TOML file, or a shipped one by its name."""
    return read_ledger(written(name, folder))


def read_ledger(found: Written) -> Ledger:
    """A ledger from what is written, checked."""
    base = None
    if found.of is not None:
        base = _resolved(found.of, f"{found.where}, of {found.ledger.get('of')}", None)
    ledger = _resolved(found.ledger, found.where, base)
    return msgspec.structs.replace(ledger, digest=found.digest)


def _resolved(raw: dict[str, Any], where: str, base: Ledger | None) -> Ledger:
    declared = _declaration(raw, where)
    try:
        ledger = _own(declared, where) if base is None else _of(declared, base, where)
        check_names(ledger)
        for claim in ledger.claims:
            check_claim(claim, ledger)
    except XstiltsError as error:
        raise type(error)(f"{where}: {error.wrong}", way_out=error.way_out) from error
    return ledger


def _declaration(raw: dict[str, Any], where: str) -> Declaration:
    check_keys(raw, OWN, where)
    tables: Iterable[tuple[str, Iterable[str]]] = (
        ("same", Same.__struct_fields__),
        ("names", KINDS),
        ("as", KINDS),
        *((f"sources.{key}", Source.__struct_fields__) for key in _table(raw, "sources")),
    )
    for at, known in tables:
        top, _, key = at.partition(".")
        table = _table(raw, top).get(key) if key else raw.get(top)
        if isinstance(table, dict):
            check_keys(table, known, where, at)
    return convert(raw, Declaration, where)


def _table(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _own(declared: Declaration, where: str) -> Ledger:
    """A ledger with claims of its own."""
    if any(getattr(declared.renamed, kind) for kind in KINDS):
        raise BadInput("`as` renames the claims of another ledger.", way_out='Name it: of = "…".')
    if not declared.claim:
        raise BadInput("The ledger has no claim.", way_out="Give it a table [claim.C1].")
    return Ledger(
        claims=tuple(_claim(key, table, where) for key, table in declared.claim.items()),
        same_encoders=declared.same.encoders,
        rows=declared.row,
        **{name: getattr(declared, name) for name in _shared_fields()},
    )


def _of(declared: Declaration, base: Ledger, where: str) -> Ledger:
    """Another ledger's claims in this one's names."""
    for name, value in (("names", declared.names), ("sources", declared.sources), ("row", declared.row)):
        if value not in (Names(), {}, ()):
            raise BadInput(f"`{name}` belongs to {base.name!r}, which this ledger is of.", way_out="Leave it there.")
    for key in declared.claim:
        if key not in {claim.id for claim in base.claims}:
            raise unknown(f"claim in {base.name!r}", key, [claim.id for claim in base.claims])
    for kind in KINDS:
        for name in getattr(declared.renamed, kind):
            if name not in getattr(base.names, kind):
                raise unknown(f"name among the {kind} of {base.name!r}", name, getattr(base.names, kind))
    claims = (_changed(claim, declared.claim.get(claim.id), where) for claim in base.claims)
    return msgspec.structs.replace(
        base,
        name=declared.name,
        about=declared.about,
        of=base.name,
        fidelity=worst(base.fidelity, declared.fidelity),
        differs=(*base.differs, *declared.differs),
        same_encoders=declared.same.encoders or base.same_encoders,
        groups=base.groups | declared.groups,
        renamed=declared.renamed,
        similarity=base.similarity | declared.similarity,
        distances=base.distances | declared.distances,
        claims=tuple(claims),
    )


def _shared_fields() -> tuple[str, ...]:
    """What a declaration and a ledger have under the same name."""
    apart = ("same", "claim", "row")
    return tuple(name for name in Declaration.__struct_fields__ if name not in apart)


def _claim(key: str, table: Any, where: str) -> Claim:
    at = f"claim.{key}"
    table = convert(table, dict[str, Any], where, at)
    check_keys(table, [name for name in Claim.__struct_fields__ if name != "id"], where, at)
    for name, kind in (("cells", Cells), ("margin", Margin)):
        if isinstance(table.get(name), dict):
            check_keys(table[name], kind.__struct_fields__, where, f"{at}.{name}")
    return convert(table | {"id": key}, Claim, where, at)


def _changed(claim: Claim, table: Any, where: str) -> Claim:
    if table is None:
        return claim
    at = f"claim.{claim.id}"
    check_keys(convert(table, dict[str, Any], where, at), CHANGEABLE, where, at)
    change = convert(table, Change, where, at)
    new = {name: getattr(change, name) for name in CHANGEABLE if getattr(change, name) is not None}
    if change.fidelity is not None:
        new["fidelity"] = worst(claim.fidelity, change.fidelity)
    if change.note and claim.note:
        new["note"] = f"{claim.note} {change.note}"
    return msgspec.structs.replace(claim, **new)
