"""The files of claims that a study names: found, hashed, and fixed in the store before its first result.

Here a ledger is only what is written in it: nothing of it enters a step's
digest, and its own digest is how a later change is noticed.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from xstilts.errors import BadInput, unknown
from xstilts.files import read_json, write_json
from xstilts.identity import digest
from xstilts.studies.grid import Study
from xstilts.studies.records.store import Store


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as it is written, with the one that it is `of`."""

    name: str
    where: str
    """The file, for messages."""
    ledger: dict[str, Any]
    of: dict[str, Any] | None = None

    @property
    def digest(self) -> str:
        """Of both files. Comments, the order of keys and the way of writing do not count."""
        return digest({"ledger": self.ledger, "of": self.of})


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as a study had it when it was run."""

    name: str
    digest: str
    when: str
    """ISO 8601, UTC."""
    finished: int
    """How many of the study's results there were by then."""
    ledger: dict[str, Any]
    of: dict[str, Any] | None = None


def shipped_ledgers() -> dict[str, Path]:
    """The ledgers that come with xstilts, by name."""
    packaged = Path(__file__).parents[1] / "shipped" / "claims"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[4] / "studies" / "claims"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def ledger_path(name: str | Path, folder: Path | None = None) -> Path:
    """The file of a ledger: a path (from `folder`, if it is relative), or the name of one that ships."""
    path = Path(name).expanduser()
    if path.suffix != ".toml":
        shipped = shipped_ledgers()
        if str(name) not in shipped:
            raise unknown("ledger of claims", str(name), shipped)
        return shipped[str(name)]
    path = (folder or Path()) / path
    if not path.is_file():
        raise BadInput(
            f"There is no ledger of claims {path}.",
            way_out=f"Give a path, or one that ships: {', '.join(shipped_ledgers())}.",
        )
    return path


def named_ledger(name: str, folder: Path | None = None) -> str:
    """The name of a ledger that ships as it is, a file by its whole path; an error where there is neither."""
    path = ledger_path(name, folder)
    return str(path.resolve()) if name.endswith(".toml") else name


def written(name: str | Path, folder: Path | None = None) -> Written:
    """What is written in a ledger, and in the one that it is `of`."""
    path = ledger_path(name, folder)
    raw = _toml(path)
    of = raw.get("of")
    base = None
    if isinstance(of, str) and of:
        base = _toml(ledger_path(of, path.parent))
        if base.get("of"):
            raise BadInput(f"{path}: {of!r} is itself of another ledger.", way_out=f"Name that one: {base['of']!r}.")
    return Written(name=str(raw.get("name", path.stem)), where=str(path), ledger=raw, of=base)


def fix(store: Store, study: Study, *, finished: int) -> list[Fixed]:
    """Write down in the store what the study's ledgers say now, unless they said it last. Returns what is new."""
    path = _file(store, study.name)
    known = fixed(store, study.name)
    fresh = []
    for found in map(written, study.claims):
        last = next((one for one in reversed(known) if one.name == found.name), None)
        if last is None or last.digest != found.digest:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            fresh.append(
                Fixed(
                    name=found.name,
                    digest=found.digest,
                    when=now,
                    finished=finished,
                    ledger=found.ledger,
                    of=found.of,
                )
            )
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, [*known, *fresh])
    return fresh


def fixed(store: Store, study: str) -> list[Fixed]:
    """What was fixed for a study in a store, the oldest first."""
    path = _file(store, study)
    return read_json(path, list[Fixed]) if path.is_file() else []


def _file(store: Store, study: str) -> Path:
    return store.root / "claims" / f"{study}.json"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not valid TOML: {error}.", way_out="Mend that line.") from error
