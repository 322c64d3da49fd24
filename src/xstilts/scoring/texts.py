"""Texts that a model wrote, against the text that was wanted: the measures of XTREME-UP."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from xstilts.errors import BadInput
from xstilts.scoring.answers import squad_normal, token_f1

Texts = Sequence[str]


def same(predictions: Sequence[object], targets: Sequence[object]) -> float:
    """Share of texts that are exactly the one wanted (`sequence_accuracy`)."""
    _some(targets)
    return 100.0 * sum(one == target for one, target in zip(predictions, targets, strict=True)) / len(targets)


def among_three(predictions: Sequence[Sequence[str]], targets: Texts) -> float:
    """Share of targets among three suggestions (`top3_accuracy`); other numbers of suggestions are refused."""
    _some(targets)
    for number, suggestions in enumerate(predictions, start=1):
        if len(suggestions) != 3:
            raise BadInput(
                f"Prediction {number} has {len(suggestions)} suggestions where exactly 3 are expected.",
                way_out="Give three; an empty text may be one.",
            )
    return 100.0 * sum(target in three for target, three in zip(targets, predictions, strict=True)) / len(targets)


def answer_f1(predictions: Texts, targets: Texts) -> float:
    """Overlap of tokens in SQuAD's normal form, one target a question."""
    _some(targets)
    pairs = zip(predictions, targets, strict=True)
    scores = [token_f1(squad_normal(one).split(), squad_normal(target).split()) for one, target in pairs]
    return 100.0 * sum(scores) / len(scores)


def span_f1(predictions: Texts, targets: Texts) -> float:
    """F1 of names written as "TAG: text $$ TAG: text"; a part that is not one tag and one text is passed over."""
    right = found = wanted = 0
    for prediction, target in zip(predictions, targets, strict=True):
        ours, theirs = Counter(_spans(prediction)), Counter(_spans(target))
        right += (ours & theirs).total()
        found += ours.total()
        wanted += theirs.total()
    # The reference keeps zero out of its divisors so; it shows in the twelfth decimal.
    precision, recall = right / (found + 1e-13), right / (wanted + 1e-13)
    return 100.0 * 2.0 * (precision * recall / (precision + recall + 1e-13))


def _spans(text: str) -> list[tuple[str, str]]:
    parts = [part.split(":") for part in text.split(" $$ ")]
    return [(part[0].strip(), part[1].strip()) for part in parts if len(part) == 2]


# ── character error rate ──

_SPOKEN = (
    (re.compile(r"[\t\n]"), " "),
    (re.compile(r"[,.?!]+ "), " "),
    (re.compile(r"[,.?!]+$"), " "),
    (re.compile(r" [,.?!]+"), " "),
    (re.compile(r"['()\[\]]"), " "),
)
_SPACES = re.compile(" +")


def spoken(text: str) -> str:
    """The normal form of transcripts: lower case, no punctuation at the edges of words, no quotes and brackets."""
    text = text.lower()
    for pattern, instead in _SPOKEN:
        text = pattern.sub(instead, text)
    return _SPACES.sub(" ", text.strip())


def character_errors(predictions: Texts, targets: Texts, *, transcripts: bool = False) -> float:
    """Edits per 100 characters of the targets, after NFKC; over 100 if much is made up. Lower is better."""
    edits = characters = 0
    for prediction, target in zip(predictions, targets, strict=True):
        if transcripts:
            prediction, target = spoken(prediction), spoken(target)
        prediction, target = unicodedata.normalize("NFKC", prediction), unicodedata.normalize("NFKC", target)
        edits += distance(target, prediction)
        characters += len(target)
    if not characters:
        raise BadInput("The targets hold no characters, so there is no rate of errors.", way_out="Check the gold file.")
    return 100.0 * edits / characters


def distance(one: str, other: str) -> int:
    """Levenshtein's distance: insertions, deletions and substitutions of single characters.

    Myers' bit vectors in Hyyrö's form: a column of the table is two numbers with one bit a character.
    """
    if not one or not other:
        return len(one) + len(other)
    where: dict[str, int] = {}
    for place, sign in enumerate(one):
        where[sign] = where.get(sign, 0) | 1 << place
    whole = (1 << len(one)) - 1
    last = 1 << (len(one) - 1)
    up, down, edits = whole, 0, len(one)
    for sign in other:
        hits = where.get(sign, 0)
        diagonal = (((hits & up) + up) ^ up) | hits | down
        right, left = down | ~(diagonal | up), diagonal & up
        edits += bool(right & last) - bool(left & last)
        right, left = right << 1 | 1, left << 1
        up, down = (left | ~(diagonal | right)) & whole, right & diagonal & whole
    return edits


def _some(targets: Sequence[object]) -> None:
    if not targets:
        raise BadInput("There is nothing to score: no targets are given.", way_out="Check the gold file.")
