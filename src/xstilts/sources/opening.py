"""The rows of the very files that were found, fetched where they have to be; a file that is another is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from xstilts.errors import Absent, BadInput
from xstilts.sources.formats import rows
from xstilts.sources.found import Found, Row
from xstilts.sources.hashes import forget


def rows_of(files: Sequence[Found]) -> Iterator[Row]:
    """All rows of these files, which are held to what is known of them."""
    for found in files:
        path = _local(found)
        number = 0
        for row in rows(found, _bytes(found, path)):
            number += 1
            yield row
        if not number and found.rows != 0:
            raise BadInput(
                f"{found.name} has no rows: it is empty, or has nothing but the names of its columns.",
                way_out="Get the whole file, or leave its language or split out of the declaration.",
            )
        if found.rows not in (None, number):
            raise BadInput(
                f"{found.name} has {number} rows, where the manifest says {found.rows}.", way_out="Copy it again."
            )


def _local(found: Found) -> Path:
    """Where the file lies on this machine; one of the Hub is fetched unless it is in the local cache."""
    if found.path:
        return Path(found.path)
    kind, _, content = found.content.partition(":")
    if kind == "sha256":
        raise Absent(
            f"{found.name} (sha256 {content[:12]}…) is not here.", way_out="Bring the file the study was run with."
        )
    # huggingface_hub takes 0.2 s to import, which whoever only plans or reads a mirror should not pay.
    from xstilts.sources.download import fetch

    return fetch(found)


def _bytes(found: Found, path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", way_out="Put it back and try again.") from error
    kind, _, content = found.content.partition(":")
    if kind == "sha256" and hashlib.sha256(data).hexdigest() != content:
        forget(path)
        raise BadInput(
            f"{found.name} changed since it was looked up.", way_out="Run the same command again: it plans anew."
        )
    return data
