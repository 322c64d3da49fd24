"""Text to pretrain on: raw lines by language and parallel lines. From a folder, or from a lab world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xstilts.errors import BadInput
from xstilts.lab import World, tongues
from xstilts.lab.corpus import parallel, raw
from xstilts.training.streams import stream

SAMPLE = 6000
"""Lines of one language that a vocabulary is learnt from: large languages must not take all of it."""


@dataclass(frozen=True, slots=True)
class Text:
    """Lines by language, and pairs of lines that translate each other by the pair's name."""

    lines: dict[str, list[str]]
    pairs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def every_line(self) -> Iterator[str]:
        """All raw lines, language after language."""
        for lines in self.lines.values():
            yield from lines

    def every_pair(self) -> Iterator[tuple[str, str]]:
        """All parallel lines."""
        for pairs in self.pairs.values():
            yield from pairs

    def sample(self, seed: int) -> Iterator[str]:
        """Lines to learn a vocabulary from: no more than SAMPLE of a language."""
        for lang, lines in self.lines.items():
            order = stream(seed, "sample", lang).permutation(len(lines))[:SAMPLE]
            yield from (lines[i] for i in order)
        for name, pairs in self.pairs.items():
            # A language that only parallel lines have would else be spelled out letter by letter.
            if name not in self.lines:
                yield from (line for pair in pairs[:SAMPLE] for line in pair)

    def documents(self) -> list[str]:
        """What stands together: every pair as one document, and the raw lines."""
        return [*(f"{one} {two}" for one, two in self.every_pair()), *self.every_line()]

    def summary(self) -> dict[str, dict[str, int]]:
        """How much there is."""
        return {
            "lines": {lang: len(lines) for lang, lines in self.lines.items()},
            "pairs": {lang: len(pairs) for lang, pairs in self.pairs.items()},
        }


def lab_text(world: World) -> Text:
    """All the text of a lab world: tongues that are never pretrained on have none."""
    seen = [code for code, tongue in tongues().items() if tongue.lines]
    return Text(
        {code: raw(world, code) for code in seen},
        {code: parallel(world, code) for code, tongue in tongues().items() if tongue.parallel},
    )


def folder_text(folder: Path) -> Text:
    """A folder with one `<lang>.txt` a language and, if there are parallel lines, `<name>.tsv` of two columns."""
    lines = {path.stem: [line for _, line in _read(path)] for path in sorted(folder.glob("*.txt"))}
    if not lines:
        raise BadInput(
            f"{folder} has no *.txt file.", way_out="Put one <lang>.txt a language there, a sentence a line."
        )
    pairs: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.glob("*.tsv")):
        pairs[path.stem] = [_pair(path, number, line) for number, line in _read(path)]
    return Text(lines, pairs)


def _read(path: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers in the file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 ({error.reason} at byte {error.start}).", way_out="Convert it.") from error
    kept = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not kept:
        raise BadInput(f"{path} has no text.", way_out="Fill it or remove it.")
    return kept


def _pair(path: Path, number: int, line: str) -> tuple[str, str]:
    columns = line.split("\t")
    if len(columns) != 2 or not all(column.strip() for column in columns):
        raise BadInput(
            f"{path}, line {number}: {len(columns)} columns, not 2.", way_out="One tab between the two sides."
        )
    return columns[0], columns[1]
