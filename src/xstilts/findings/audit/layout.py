"""A machine-written synthesis as claims, references and sections, whatever marks its layout uses.

Headings may be Markdown's, numbered, or bare words; claims stand in a table of pipes or tabs under a header that has a
column of claims; references are a list. What is not there is empty: that is for the checks to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from xstilts.errors import BadInput

MOST = 4_000_000
"""Characters that are read: syntheses are pages, not books."""

LONGEST = 20_000
"""Characters of one line."""

CLAIM = ("claim", "claims", "extracted claim", "statement", "finding")
TICK = ("verified", "status", "verdict", "supported", "verification")
NUMBER = ("confidence", "probability", "certainty", "score")
PLACE = (
    "locator",
    "location",
    "section",
    "page",
    "pages",
    "table",
    "figure",
    "line",
    "lines",
    "span",
    "quote",
    "where",
)
CITE = ("reference", "references", "citation", "source", "sources", "ref", "paper", "evidence")

BARE = (
    *("abstract", "introduction", "background", "question", "research question", "answer", "summary", "methods"),
    *("methodology", "method", "results", "findings", "discussion", "synthesis", "conclusion", "conclusions"),
    *("limitations", "claims", "extracted claims", "references", "bibliography", "sources"),
)
"""Words that are headings when they stand alone in a line."""

LISTS = frozenset(("references", "bibliography", "sources"))
"""Words of the heading over the list of references."""

MARKED = re.compile(r"\s{0,3}#{1,6}\s+(\S.*?)\s*#*\s*")
NUMBERED = re.compile(r"(?:\d{1,2}\.?)+\s+([A-Z][\w ,:&'’-]{0,60})")
ITEM = re.compile(r"\s{0,3}(?:[-*+•]|\[?\d{1,3}[.)\]])\s+(\S.*)")
ARXIV = re.compile(r"(?:arxiv[:./\s]\s*(?:org/)?(?:abs/|pdf/)?)?\b(\d{4}\.\d{4,5})(v\d+)?\b", re.IGNORECASE)
DOI = re.compile(r"\b(10\.\d{4,9}/[^\s<>\")\]]+)", re.IGNORECASE)
URL = re.compile(r"https?://[^\s<>\")\]]+", re.IGNORECASE)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of claims."""

    line: int
    text: str
    ticked: bool | None = None
    """Whether it is called verified; None if nothing is said."""
    confidence: float | None = None
    place: str = ""
    """What a column says of where it stands."""
    cites: str = ""
    """What a column says of whence."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the list of references."""

    line: int
    number: int
    text: str
    id: str
    """arXiv number without version, DOI or address; else the words."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and what stands under it."""

    line: int
    name: str
    text: str


class Synthesis(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one document."""

    name: str
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...]
    references: tuple[Reference, ...]
    columns: tuple[str, ...]
    """Of the table of claims."""

    def section(self, *names: str) -> Section | None:
        """The first section that one of the words names."""
        return next((one for one in self.sections if any(name in one.name.split() for name in names)), None)


def read_synthesis(path: str | Path) -> Synthesis:
    """Read a document. What is no text, or holds neither claims nor references, is refused."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.", way_out="Give a text file.") from error
    if len(raw) > MOST:
        raise BadInput(f"{path} is longer than {MOST:,} bytes.", way_out="Give one synthesis, not a collection.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.", way_out="Give the text of the synthesis.") from error
    if "\0" in text:
        raise BadInput(f"{path} is not text.", way_out="Give the text of the synthesis.")
    if not text.strip():
        raise BadInput(f"{path} is empty.", way_out="Give the text of the synthesis.")
    found = parse(text, name=path.name)
    if not found.claims and not found.references:
        raise BadInput(
            f"{path} has neither a table of claims nor a list of references.",
            way_out="A table needs a header with a column called Claim; references stand under a heading References.",
        )
    return found


def parse(text: str, *, name: str = "the text") -> Synthesis:
    """Claims, references and sections of a text."""
    lines = [line[:LONGEST].rstrip() for line in text.splitlines()]
    sections = tuple(_sections(lines))
    columns, claims = _claims(lines)
    return Synthesis(
        name=name,
        sections=sections,
        claims=claims,
        references=tuple(_references(sections)),
        columns=columns,
    )


def _sections(lines: Sequence[str]) -> Iterator[Section]:
    """From the top on; what comes before the first heading has no name."""
    name, start, inside = "", 1, list[str]()
    for number, line in enumerate(lines, 1):
        heading = _heading(line)
        if heading is None or (LISTS & set(name.split()) and heading not in BARE and not MARKED.fullmatch(line)):
            # Under references, what begins with a number is one of them.
            inside.append(line)
            continue
        yield Section(line=start, name=name, text="\n".join(inside).strip("\n"))
        name, start, inside = heading, number, []
    yield Section(line=start, name=name, text="\n".join(inside).strip("\n"))


def _heading(line: str) -> str | None:
    bare = line.strip().strip("*_:").strip()
    marked = MARKED.fullmatch(line)
    numbered = NUMBERED.fullmatch(bare) if "\t" not in line else None
    if marked:
        bare = marked[1].strip("*_: ")
        numbered = NUMBERED.fullmatch(bare)
    if numbered:
        return numbered[1].casefold()
    return bare.casefold() if marked or bare.casefold() in BARE else None


def _claims(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[Claim, ...]]:
    """The header's columns and the rows of every table that has a column of claims."""
    found: list[Claim] = []
    columns: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        cells = _cells(line)
        names = tuple(cell.casefold().strip("*_ ") for cell in cells)
        if len(cells) > 1 and any(name in CLAIM for name in names):
            header = names
            columns = columns or names
        elif not header or not line.strip():
            continue
        elif len(cells) < 2 or _heading(line) is not None:
            header = ()
        elif not all(set(cell) <= set("-:= ") for cell in cells):
            found.append(_claim(number, cells, header))
    return columns, tuple(found)


def _cells(line: str) -> list[str]:
    """The cells of a row of pipes or tabs; a pipe after a backslash is no border."""
    if "\t" in line and not line.lstrip().startswith("|"):
        return [cell.strip() for cell in line.split("\t")]
    if "|" not in line:
        return [line.strip()]
    inner = line.strip()
    inner = inner.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _claim(number: int, cells: list[str], header: tuple[str, ...]) -> Claim:
    at = next(place for place, name in enumerate(header) if name in CLAIM)
    if extra := len(cells) - len(header):
        if extra > 0:
            # A border inside the claim itself.
            cells = [*cells[:at], " | ".join(cells[at : at + extra + 1]), *cells[at + extra + 1 :]]
        else:
            cells = [*cells, *[""] * -extra]

    def told(names: Sequence[str]) -> str:
        return next((cell for name, cell in zip(header, cells, strict=True) if name in names and cell), "")

    tick = told(TICK).casefold()
    number_text = re.fullmatch(r"(\d{0,3}(?:\.\d+)?)\s*(%?)", told(NUMBER))
    return Claim(
        line=number,
        text=cells[at].strip("*_ "),
        ticked=None if not tick else tick in ("✓", "✔", "✅", "yes", "y", "true", "verified", "supported", "x", "[x]"),
        confidence=_share(number_text) if number_text else None,
        place=told(PLACE),
        cites=told(CITE),
    )


def _share(found: re.Match[str]) -> float | None:
    if not found[1] or found[1] == ".":
        return None
    value = float(found[1])
    return value / 100 if found[2] or value > 1 else value


def _references(sections: Sequence[Section]) -> Iterator[Reference]:
    """Every entry under a heading of references; a line that begins none goes on with the one before."""
    section = next((one for one in sections if LISTS & set(one.name.split())), None)
    if section is None:
        return
    entries: list[tuple[int, str]] = []
    for number, line in enumerate(section.text.splitlines(), section.line + 1):
        if not line.strip():
            continue
        item = ITEM.fullmatch(line)
        alone = URL.match(line.strip().strip("<>")) is not None
        if item or alone or not entries:
            entries.append((number, (item[1] if item else line).strip()))
        else:
            entries[-1] = (entries[-1][0], f"{entries[-1][1]} {line.strip()}")
    for place, (number, text) in enumerate(entries, 1):
        yield Reference(line=number, number=place, text=text.strip("<>"), id=id_of(text))


def id_of(text: str) -> str:
    """What a reference is known by: arXiv number without version, DOI, address, or its words."""
    if found := ARXIV.search(text):
        return f"arXiv:{found[1]}"
    if found := DOI.search(text):
        return f"doi:{found[1].rstrip('.,;').casefold()}"
    if found := URL.search(text):
        return found[0].rstrip(".,;/").casefold()
    return " ".join(text.casefold().split())
