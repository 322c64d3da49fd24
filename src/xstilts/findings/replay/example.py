"""The published tables that come with xstilts: a few whose licences allow it, named in `shipped/ATTRIBUTION.md`."""

from __future__ import annotations

from pathlib import Path

from xstilts.findings.replay.files import is_table

EXAMPLE = Path(__file__).parent / "shipped"


def example() -> tuple[Path, ...]:
    """The tables, by name."""
    return tuple(sorted(path for path in EXAMPLE.iterdir() if is_table(path)))
