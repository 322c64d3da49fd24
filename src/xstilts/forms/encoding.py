"""From texts to flat token rows, without a Python loop over tokens.

Every distinct text is tokenised once, without specials. Rows are then assembled from stretches of those pieces and the
tokenizer's own template of specials, so that windows, splits and truncation never need its truncation state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.forms.form import Rows

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Ints = NDArray[np.int64]
CHUNK = 8192
"""Texts tokenised at a time: the tokenizer's own records weigh a hundred times what we keep of them."""


@dataclass(slots=True)
class Pieces:
    """Stretches of tokens, one for each text or row: stretch i is ids[begins[i]:begins[i] + lengths[i]]."""

    ids: NDArray[np.int32]
    begins: Ints
    lengths: Ints
    offsets: NDArray[np.int32] | None = None
    """Characters [begin, end) of each id in its text, never falling from left to right; only when asked for."""

    def take(self, which: Ints) -> Pieces:
        """The stretches `which`, in that order."""
        return replace(self, begins=self.begins[which], lengths=self.lengths[which])

    def cut(self, *, keep: Ints, skip: Ints | int = 0) -> Pieces:
        """Each stretch without its first `skip` ids and with at most `keep` of the rest."""
        return replace(self, begins=self.begins + skip, lengths=np.minimum(self.lengths - skip, keep))

    @property
    def places(self) -> Ints:
        """Where all ids of all stretches lie in `ids`, one stretch after the other."""
        return ranges(self.begins, self.lengths)


@dataclass(slots=True)
class Template:
    """The special tokens around one text or a pair, and the segment number of every part."""

    before: NDArray[np.int32]
    between: NDArray[np.int32]
    after: NDArray[np.int32]
    segments: tuple[Ints, int, Ints, int, Ints]
    """Of: before, the first text, between, the second text, after."""

    @property
    def size(self) -> int:
        """How many specials a row has."""
        return len(self.before) + len(self.between) + len(self.after)

    def room(self, max_length: int, texts: int) -> int:
        """How many tokens of text fit; BadInput if that is none."""
        room = max_length - self.size
        if room < texts:
            raise BadInput(
                f"max_length {max_length} leaves no room: {self.size} special tokens a row and {texts} text(s).",
                way_out=f"Use a max_length of at least {self.size + texts}.",
            )
        return room


@dataclass(slots=True)
class Joined:
    """Rows under construction, and where the texts lie in them."""

    rows: Rows
    first_at: Ints
    """Index in `rows.tokens` of the first token of each row's first text."""
    second_at: Ints
    """Likewise for the second; where it would stand if there is none."""


def ranges(begins: Ints, lengths: Ints) -> Ints:
    """begins[0], begins[0]+1, … (lengths[0] of them), begins[1], …"""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begins - (ends - lengths), lengths) + np.arange(total, dtype=np.int64)


def offsets_of(lengths: Ints) -> Ints:
    """0, lengths[0], lengths[0] + lengths[1], …"""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))


@contextmanager
def untouched(tokenizer: Tokenizer) -> Iterator[None]:
    """Truncation and padding off inside, and as they were outside."""
    truncation, padding = tokenizer.truncation, tokenizer.padding
    tokenizer.no_truncation()
    tokenizer.no_padding()
    try:
        yield
    finally:
        if truncation is not None:
            tokenizer.enable_truncation(**truncation)
        if padding is not None:
            tokenizer.enable_padding(**padding)


def pieces(tokenizer: Tokenizer, texts: Sequence[str], *, offsets: bool = False) -> Pieces:
    """Tokens of every text, without specials. A text that comes again is tokenised once."""
    number: dict[str, int] = {}
    which = np.fromiter((number.setdefault(text, len(number)) for text in texts), np.int64, len(texts))
    distinct = list(number)
    ids: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    chars: list[NDArray[np.int32]] = [np.zeros((0, 2), np.int32)]
    lengths: list[int] = []
    encode = tokenizer.encode_batch if offsets else tokenizer.encode_batch_fast
    with untouched(tokenizer):
        for start in range(0, len(distinct), CHUNK):
            batch = encode(distinct[start : start + CHUNK], add_special_tokens=False)
            lengths += map(len, batch)
            ids.append(np.fromiter(chain.from_iterable(one.ids for one in batch), np.int32))
            if offsets:
                chars += [_rising(one) for one in batch]
    counts = np.asarray(lengths, np.int64)
    flat = Pieces(np.concatenate(ids), offsets_of(counts)[:-1], counts, np.concatenate(chars) if offsets else None)
    return flat.take(which)


def _rising(encoding: Encoding) -> NDArray[np.int32]:
    """Character offsets of one text; tokens that a normaliser invented may point back, which searching cannot bear."""
    chars = np.fromiter(chain.from_iterable(encoding.offsets), np.int32).reshape(-1, 2)
    return np.maximum.accumulate(chars, axis=0) if len(chars) else chars


def template(tokenizer: Tokenizer, texts: int) -> Template:
    """How the tokenizer dresses one text, or a pair: found by dressing a probe."""
    with untouched(tokenizer):
        probe = _probe(tokenizer)
        encoding = tokenizer.encode(probe, probe if texts == 2 else None)
    ids, segments = np.asarray(encoding.ids, np.int32), np.asarray(encoding.type_ids, np.int64)
    of = np.asarray([-1 if part is None else part for part in encoding.sequence_ids])
    inside = np.flatnonzero(of == 0)
    first, middle = int(inside[0]), int(inside[-1]) + 1
    last = np.flatnonzero(of == texts - 1)
    second, end = (int(last[0]), int(last[-1]) + 1) if texts == 2 else (middle, middle)
    return Template(
        before=ids[:first],
        between=ids[middle:second],
        after=ids[end:],
        segments=(
            segments[:first],
            int(segments[first]),
            segments[middle:second],
            int(segments[last[0]]),
            segments[end:],
        ),
    )


def _probe(tokenizer: Tokenizer) -> str:
    """Some text that yields at least one token."""
    # The vocabulary only if it must be: XLM-R's takes 0.15 s, and every language of an exam asks.
    words = (word for one in (tokenizer,) for word in one.get_vocab(with_added_tokens=False))
    for text in chain(("a", "the", "1", "."), words):
        if len(tokenizer.encode(text, add_special_tokens=False)):
            return text
    raise BadInput("The tokenizer turns every text into nothing.", way_out="Check the encoder's tokenizer.json.")


def unknown_id(tokenizer: Tokenizer) -> int:
    """The id that stands for a word without pieces."""
    for name in (getattr(tokenizer.model, "unk_token", None), "<unk>", "[UNK]", "<pad>", "[PAD]"):
        found = tokenizer.token_to_id(name) if isinstance(name, str) else None
        if found is not None:
            return int(found)
    return 0


def longest_first(first: Ints, second: Ints, room: int) -> tuple[Ints, Ints]:
    """Lengths of a pair when tokens are taken from the longer text until both fit in `room`."""
    short, long = np.minimum(first, second), np.maximum(first, second)
    short = np.minimum(short, room // 2)
    long = np.minimum(long, room - short)
    swapped = first > second
    return np.where(swapped, long, short), np.where(swapped, short, long)


def windows(lengths: Ints, rooms: Ints, steps: Ints) -> tuple[Ints, Ints, Ints]:
    """Windows over texts longer than their room: (text, tokens skipped, tokens kept) of each window."""
    counts = 1 + np.maximum(lengths - rooms + steps - 1, 0) // steps
    counts = np.where(lengths <= rooms, 1, counts)
    text = np.repeat(np.arange(len(lengths), dtype=np.int64), counts)
    skip = ranges(np.zeros_like(counts), counts) * steps[text]
    return text, skip, np.minimum(rooms[text], lengths[text] - skip)


def join(frame: Template, example: Ints, first: Pieces, second: Pieces | None = None) -> Joined:
    """Rows of specials and stretches. `notes["segments"]` is there only if the tokenizer numbers the parts."""
    none = np.zeros(len(first.lengths), np.int64)
    head, gap = len(frame.before), len(frame.between)
    tail_lengths = none if second is None else second.lengths
    lengths = frame.size + first.lengths + tail_lengths
    if len(lengths) and not lengths.all():
        raise BadInput("A text has no tokens and the tokenizer adds no special tokens.", way_out="Drop empty texts.")
    starts = offsets_of(lengths)
    first_at = starts[:-1] + head
    second_at = first_at + first.lengths + gap
    parts: list[tuple[Ints, Any, Any]] = [
        ((starts[:-1, None] + np.arange(head)), frame.before, frame.segments[0]),
        (ranges(first_at, first.lengths), first.ids[first.places], frame.segments[1]),
        ((second_at[:, None] - gap + np.arange(gap)), frame.between, frame.segments[2]),
        ((second_at + tail_lengths)[:, None] + np.arange(len(frame.after)), frame.after, frame.segments[4]),
    ]
    if second is not None:
        parts.append((ranges(second_at, second.lengths), second.ids[second.places], frame.segments[3]))
    tokens = np.empty(int(starts[-1]), np.int32)
    segments = np.zeros(int(starts[-1]), np.int64)
    for place, ids, number in parts:
        tokens[place] = ids
        segments[place] = number
    notes = {"segments": segments} if segments.any() else {}
    return Joined(Rows(tokens, starts, example, notes=notes), first_at, second_at)


def join_texts(
    tokenizer: Tokenizer,
    example: Ints,
    texts: Sequence[Sequence[str]],
    *,
    max_length: int,
    spare_second: bool = False,
) -> Joined:
    """One row for each text (`texts` of one column) or pair (two columns), cut to `max_length`, longest first.

    With `spare_second` only the first text of a pair is cut, as long as a token of it is left.
    """
    frame = template(tokenizer, len(texts))
    room = frame.room(max_length, len(texts))
    first = pieces(tokenizer, texts[0])
    if len(texts) == 1:
        return join(frame, example, first.cut(keep=np.full_like(first.lengths, room)))
    second = pieces(tokenizer, texts[1])
    if spare_second:
        keep_second = np.minimum(second.lengths, room - np.minimum(first.lengths, 1))
        keep_first = np.minimum(first.lengths, room - keep_second)
    else:
        keep_first, keep_second = longest_first(first.lengths, second.lengths, room)
    return join(frame, example, first.cut(keep=keep_first), second.cut(keep=keep_second))


def join_each(
    tokenizer: Tokenizer, example: Ints, texts: Sequence[str], seconds: Sequence[str], lengths: Sequence[int]
) -> Rows:
    """A row for each text, read together with its second where that is not empty, and cut to its own length."""
    kinds: dict[tuple[bool, int], list[int]] = {}
    for place, (second, length) in enumerate(zip(seconds, lengths, strict=True)):
        kinds.setdefault((bool(second), length), []).append(place)
    parts = []
    for (pair, length), places in (kinds or {(False, 1 << 20): []}).items():
        columns = [[column[place] for place in places] for column in ((texts, seconds) if pair else (texts,))]
        parts.append(join_texts(tokenizer, np.asarray(places, np.int64), columns, max_length=length).rows)
    rows = parts[0] if len(parts) == 1 else _in_order(parts)
    return replace(rows, example=example[rows.example])


def _in_order(parts: Sequence[Rows]) -> Rows:
    """The rows of several parts as one, by their examples, of which each has one row."""
    order = np.argsort(np.concatenate([rows.example for rows in parts]), kind="stable")
    lengths = np.concatenate([rows.lengths for rows in parts])
    tokens = np.concatenate([rows.tokens for rows in parts])
    places = ranges(offsets_of(lengths)[:-1][order], lengths[order])
    segments = [rows.notes.get("segments", np.zeros(len(rows.tokens), np.int64)) for rows in parts]
    notes = {"segments": np.concatenate(segments)[places]} if any("segments" in rows.notes for rows in parts) else {}
    return Rows(tokens[places], offsets_of(lengths[order]), np.arange(len(order)), notes=notes)
