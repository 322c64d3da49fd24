"""The pages tell the truth: links lead somewhere, and the commands they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCES = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
VERBS = {path.stem for path in (ROOT / "src" / "xstilts" / "cli").glob("*.py")}


def _said(page: Path, word: str) -> set[str]:
    """What follows a word at the start of the commands in a page's shell blocks."""
    commands = "\n".join(FENCES.findall(page.read_text(encoding="utf-8")))
    return set(re.findall(rf"^(?:\$ )?(?:\.venv/bin/)?{word} ([a-z][a-z-]*)", commands, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    near = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in near if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert _said(page, "make") <= set(targets)


@pytest.mark.skipif(not VERBS, reason="no command line yet")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_verbs_exist(page: Path) -> None:
    assert _said(page, "xstilts") <= VERBS
