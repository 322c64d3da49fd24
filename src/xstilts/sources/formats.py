"""Bytes of a file to its rows, by kind of file. What cannot be read is refused with the line it stands on."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from xstilts.errors import BadInput, unknown
from xstilts.files import Twice, once
from xstilts.sources.ccgbank import derivations
from xstilts.sources.conll import conll
from xstilts.sources.found import Found, Row
from xstilts.sources.sheets import sheet


def rows(found: Found, data: bytes) -> Iterator[Row]:
    """All rows of a file, in order."""
    name = found.name
    if name.endswith(".gz"):
        data, name = _unpacked(data, name), name.removesuffix(".gz")
    kind = found.format or name.rpartition(".")[2].lower()
    if kind not in READERS:
        raise unknown(f"kind of data file ({found.name})", kind, READERS)
    if kind == "parquet":
        return _parquet(found, data)
    return READERS[kind](found, _text(data, found.name))


def _unpacked(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{name} is no whole gzip file: {error}.", way_out="Copy it again.") from error


def _text(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(f"{name} is in UTF-16.", way_out="Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{name}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8.", way_out="Save the file as UTF-8."
        ) from error


def _json_lines(found: Found, text: str) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    # Not splitlines(): JSON may hold U+2028 and its like as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise BadInput(
                f"{found.name}, line {number}: {error}.", way_out="Each line must be one JSON object."
            ) from error
        # As many colons as fields: then none came twice, and the slower reading that would tell is spared.
        if len(values) != line.count(":"):
            _no_twins(line, f"{found.name}, line {number}")
        yield Row(values, found.name, number)


def _no_twins(text: str, where: str) -> None:
    try:
        json.loads(text, object_pairs_hook=once, parse_int=str)
    except Twice as error:
        raise BadInput(
            f"{where}: the field {error.name!r} comes twice in one object.", way_out="Keep the one that is meant."
        ) from error


def _lines(found: Found, text: str) -> Iterator[Row]:
    """Plain text, a row a line; lines without anything are passed over."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield Row({"text": line.strip()}, found.name, number)


def _json(found: Found, text: str) -> Iterator[Row]:
    """SQuAD's JSON, or a list of objects."""
    try:
        whole = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadInput(f"{found.name} is no JSON: {error}.", way_out="If it is JSON lines, call it .jsonl.") from error
    _no_twins(text, found.name)
    items = whole.get("data") if isinstance(whole, dict) else whole
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise BadInput(f"{found.name} is neither a list of objects nor SQuAD's JSON.", way_out="Write JSON lines.")
    for number, item in enumerate(items):
        if "paragraphs" not in item:
            yield Row(item, found.name, f"item {number}")
            continue
        try:
            yield from list(_squad(found, item, number))
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"{found.name}, data[{number}] is not as SQuAD has it: {error}.",
                way_out="Compare it with SQuAD's own file, or write JSON lines.",
            ) from error


def _squad(found: Found, article: dict[str, Any], number: int) -> Iterator[Row]:
    for place, paragraph in enumerate(article["paragraphs"]):
        for asked, question in enumerate(paragraph["qas"]):
            answers = question.get("answers") or []
            values = {
                "id": question.get("id", ""),
                "title": article.get("title", ""),
                "context": paragraph["context"],
                "question": question["question"],
                "answers": {
                    "text": [one["text"] for one in answers],
                    "answer_start": [one["answer_start"] for one in answers if "answer_start" in one],
                },
            }
            yield Row(values, found.name, f"data[{number}].paragraphs[{place}].qas[{asked}]")


def _parquet(found: Found, data: bytes) -> Iterator[Row]:
    # polars takes 0.1 s to import, which text files do not need.
    from xstilts.sources.parquet import parquet_rows

    return parquet_rows(found, data)


READERS: dict[str, Callable[[Found, str], Iterator[Row]]] = {
    "txt": _lines,
    "jsonl": _json_lines,
    "json": _json,
    "csv": sheet,
    "tsv": sheet,
    "conll": conll,
    "conllu": conll,
    "conllup": conll,
    "auto": derivations,
    "parquet": lambda found, text: iter(()),
}
"""By the end of the file's name. Parquet is no text: see `rows`."""
