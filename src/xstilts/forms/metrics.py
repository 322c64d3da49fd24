"""The scores, as plain functions on lists. All are percentages unless the name says otherwise."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def accuracy(predictions: Sequence[object], golds: Sequence[object]) -> float:
    """Share of predictions that equal the answer exactly."""
    return 100.0 * sum(one == gold for one, gold in zip(predictions, golds, strict=True)) / len(golds)


def set_scores(found: Iterable[Hashable], gold: Iterable[Hashable]) -> dict[str, float]:
    """F1, precision and recall of two sets; what comes twice counts once, and nothing against nothing is 0."""
    found, gold = set(found), set(gold)
    return harmonic(len(found & gold), len(found), len(gold))


def harmonic(right: int, found: int, gold: int) -> dict[str, float]:
    """F1, precision and recall from counts."""
    precision = right / found if found else 0.0
    recall = right / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"f1": 100.0 * f1, "precision": 100.0 * precision, "recall": 100.0 * recall}


# ── answers in running text ──


def squad_normal(text: str) -> str:
    """SQuAD's normal form, for every language: lower case, no ASCII punctuation, no English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def token_f1(prediction: Sequence[str], gold: Sequence[str], *, empty_matches: bool = False) -> float:
    """Overlap of two bags of tokens, 0 to 1. SQuAD 1 gives empty against empty 0; SQuAD 2 (`empty_matches`) gives 1."""
    if empty_matches and not (prediction and gold):
        return float(not prediction and not gold)
    common = sum((Counter(prediction) & Counter(gold)).values())
    return 2 * common / (len(prediction) + len(gold)) if common else 0.0


def answer_scores(
    predictions: Sequence[str | None],
    answers: Sequence[Sequence[str]],
    *,
    normal: Callable[[str], str] = squad_normal,
    unanswerable: bool = False,
) -> dict[str, float]:
    """F1 and exact match, each the best over a question's answers. No prediction (None) scores 0.

    Normal forms may be equal and empty: then SQuAD 1 counts an exact match with an F1 of 0, and so does this.
    With `unanswerable`, answers that are empty in normal form do not count, and a question without any is
    answered by "".
    """
    f1 = exact = 0.0
    for prediction, references in zip(predictions, answers, strict=True):
        if prediction is None:
            continue
        golds = [normal(one) for one in references]
        if unanswerable:
            golds = [gold for gold in golds if gold] or [""]
        found = normal(prediction)
        exact += any(found == gold for gold in golds)
        tokens = found.split()
        f1 += max((token_f1(tokens, gold.split(), empty_matches=unanswerable) for gold in golds), default=0.0)
    return {"f1": 100.0 * f1 / len(answers), "exact": 100.0 * exact / len(answers)}


# ── chunks of tags ──

_ENDS = {"BB", "BS", "BO", "IB", "IS", "IO"}
_STARTS = {"EE", "EI", "SE", "SI", "OE", "OI"}


def _changed(before: tuple[str, str], after: tuple[str, str]) -> tuple[bool, bool]:
    """Whether a chunk ends between two tags, and whether one starts; a tag is (its letter, its type)."""
    letters = before[0] + after[0]
    other = before[1] != after[1]
    ends = before[0] in ("E", "S") or letters in _ENDS or (other and before[0] not in ("O", "."))
    starts = after[0] in ("B", "S") or letters in _STARTS or (other and after[0] not in ("O", "."))
    return ends, starts


def chunks(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Chunks (type, first, last) of a line of tags, in the sense of seqeval 0.0.12.

    A tag's first letter is its role and what follows its last hyphen its type, also for tags without a prefix: there
    equal neighbours merge, unless the letter is one that starts a chunk (SYM and SCONJ never merge).
    """
    parts = [("O", ""), *((tag[:1], tag.rsplit("-", 1)[-1]) for tag in tags), ("O", "O")]
    found: list[tuple[str, int, int]] = []
    begin = 0
    for place, (before, after) in enumerate(pairwise(parts)):
        ends, starts = _changed(before, after)
        if ends:
            found.append((before[1], begin, place - 1))
        if starts:
            begin = place
    return found


def chunk_scores(predictions: Sequence[Sequence[str]], golds: Sequence[Sequence[str]]) -> dict[str, float]:
    """F1, precision and recall of chunks, counted together over all sentences."""
    ours, theirs = set(chunks(_end_to_end(predictions))), set(chunks(_end_to_end(golds)))
    return harmonic(len(ours & theirs), len(ours), len(theirs))


def _end_to_end(sentences: Sequence[Sequence[str]]) -> list[str]:
    """All tags in one line: seqeval scores it so, and odd tags such as X-O remember where the last chunk began."""
    return [tag for sentence in sentences for tag in (*sentence, "O")]
