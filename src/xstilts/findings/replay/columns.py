"""What the columns of a published table mean: ours by name, others through a map of a few lines of TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from xstilts.declared import check_keys, convert
from xstilts.errors import BadInput, nearest

NEEDED = ("model", "target_task", "language", "metric", "score")
"""Without these a row says nothing."""

OURS = (
    *("study", "model", "route", "regime", "source_languages", "target_task", "dataset", "split"),
    *("language", "language_orig", "seed", "metric", "score", "n_items", "note"),
)
"""Every column with a meaning here. Any other is kept as a fact of its row."""

CONDITIONS = ("setup", "shots", "config_id")
"""Columns that tell runs apart besides ours, wherever a table has them. A map can name others."""

DEFAULTS = {"route": "none"}
"""What a missing column says; every other one says nothing."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A wide table: several columns hold scores, and their names say something."""

    into: str
    """What their names are: `language`, as a rule, or `metric`, `seed`, `target_task`."""
    columns: tuple[str, ...]


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The map: what is called how, what is the same in every row, and where the table comes from."""

    source: str = ""
    """Who published it and where: repository and commit, paper and table."""
    licence: str = ""
    columns: dict[str, str] = {}
    """Our name → the table's."""
    fixed: dict[str, str] = {}
    """Our name → what it is in every row."""
    values: dict[str, dict[str, str]] = {}
    """Our name → the table's value → ours: `[values.language]` `English = "en"`."""
    drop: dict[str, tuple[str, ...]] = {}
    """Name of a column → values of rows to leave out; `*` stands for anything. They are counted and said."""
    conditions: tuple[str, ...] = ()
    """Further columns that tell runs apart, such as `shots`."""
    spread: Spread | None = None
    main: tuple[str, ...] = ()
    """The metrics that stand for their exams, the first that an exam has. Without it: the table's first one."""
    scale: float | None = None
    """What a score is multiplied by to be in points from 0 to 100: 100 for shares, -100 for an error's share."""
    offset: float = 0.0
    """What is added then: 100 for errors."""


def read_columns(path: str | Path) -> Columns:
    """The map in a TOML file; an unknown key is refused."""
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(f"Cannot read the column map {path}: {reason}.", way_out="Give a TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}.", way_out="Mend that line.") from error
    check_keys(raw, Columns.__struct_fields__, str(path))
    if isinstance(raw.get("spread"), dict):
        check_keys(raw["spread"], Spread.__struct_fields__, str(path), "spread")
    return check_columns(convert(raw, Columns, str(path)), where=str(path))


def check_columns(asked: Columns, *, where: str = "the column map") -> Columns:
    """The map itself, if its names are ours and each is said once."""
    for part, names in (("columns", asked.columns), ("fixed", asked.fixed)):
        for name in names:
            if name not in OURS:
                close = nearest(name, OURS)
                hint = f"Did you mean {close[0]!r}?" if close else f"Ours are {', '.join(OURS)}."
                raise BadInput(f"{where}: [{part}] has {name!r}, which is no column of ours.", way_out=hint)
    twice = set(asked.columns) & set(asked.fixed)
    if asked.spread is not None:
        twice |= {asked.spread.into, "score"} & (set(asked.columns) | set(asked.fixed))
        if asked.spread.into not in OURS or asked.spread.into == "score" or not asked.spread.columns:
            raise BadInput(
                f"{where}: [spread] needs `into`, a column of ours, and `columns`, which hold the scores.",
                way_out='As in: into = "language", columns = ["en", "de"].',
            )
    if twice:
        raise BadInput(f"{where} says twice what {sorted(twice)[0]!r} is.", way_out="Keep one of the two.")
    return asked
