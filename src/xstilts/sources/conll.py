"""Sentences of CoNLL files: one word a line, columns between tabs or spaces, an empty line after each sentence."""

from __future__ import annotations

from collections.abc import Iterator

from xstilts.errors import BadInput
from xstilts.sources.found import Found, Row

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
PLUS = "# global.columns ="
SENTENCE = "# sent_id ="


def conll(found: Found, text: str) -> Iterator[Row]:
    """Each sentence as lists by column name, and its `sent_id` if it has one.

    Names of the columns: the declaration's, else those of a CoNLL-U Plus header, else CoNLL-U's ten, else `tokens` and
    `tags` for the first and the last column, which is what a column map asks for that says nothing. In CoNLL-U the
    parts of a fused word stand for it (its own line, `1-2`, and empty nodes are passed over), as UD counts words.
    """
    names = tuple(found.fields)
    universal = found.format.startswith("conllu") or ".conllu" in found.name
    words: list[list[str]] = []
    begin, sentence, width = 1, "", 2
    for number, line in enumerate([*text.split("\n"), ""], 1):
        line = line.rstrip("\r")
        # Outside CoNLL-U a line `# O` is a word: a note has not as many cells as words have.
        if line.startswith("#") and not words and (universal or len(line.split()) != width):
            if line.startswith(PLUS) and not found.fields:
                names = tuple(name.rpartition(":")[2].lower() for name in line.removeprefix(PLUS).split())
            elif line.startswith(SENTENCE):
                sentence = line.removeprefix(SENTENCE).strip()
        elif line.strip() and not line.startswith("-DOCSTART-"):
            begin = begin if words else number
            cells = line.split("\t") if "\t" in line else line.split()
            if words and len(cells) != len(words[0]):
                raise BadInput(
                    f"{found.name}, line {number}: {len(cells)} columns where the line before has {len(words[0])}.",
                    way_out="An empty line must stand between sentences.",
                )
            words.append(cells)
        elif words:
            yield Row(_columns(words, names, universal, found.name, begin, sentence), found.name, begin)
            words, sentence, width = [], "", len(words[0])


def _columns(
    words: list[list[str]], names: tuple[str, ...], universal: bool, file: str, line: int, sentence: str
) -> dict[str, object]:
    width = len(words[0])
    if not names and universal:
        names = CONLLU
    if not names:
        if width < 2:
            raise BadInput(
                f"{file}, line {line}: {words[0][0]!r} stands alone, where a word and its tag are expected.",
                way_out="Put a tab or a space between word and tag, and an empty line after each sentence.",
            )
        return {"tokens": [cells[0] for cells in words], "tags": [cells[-1] for cells in words], "sent_id": sentence}
    if len(names) != width:
        raise BadInput(
            f"{file}, line {line}: {width} columns where {len(names)} are named ({', '.join(names)}).",
            way_out="Name the columns of the file in `fields`.",
        )
    if universal and "id" in names:
        at = names.index("id")
        words = [cells for cells in words if cells[at].isdigit()]
    return {name: [cells[place] for cells in words] for place, name in enumerate(names)} | {"sent_id": sentence}
