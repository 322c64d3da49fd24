"""Answers in running text: exact match and token overlap, after the normal form of SQuAD or of MLQA."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from xstilts.errors import BadInput, unknown

Normal = Callable[[str], str]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def squad_normal(text: str) -> str:
    """SQuAD's normal form, for every language: lower case, no ASCII punctuation, no English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


class _NoPunctuation(dict[int, int | None]):
    """For `str.translate`: drops ASCII punctuation and whatever Unicode calls punctuation, looked up when met."""

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        drop = sign in string.punctuation or unicodedata.category(sign).startswith("P")
        self[code] = kept = None if drop else code
        return kept


_NO_PUNCTUATION = _NoPunctuation()


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


_MLQA_ARTICLES: dict[str, re.Pattern[str] | None] = {
    "en": _ARTICLES,
    "es": _words("un", "una", "unos", "unas", "el", "la", "los", "las"),
    "vi": _words("của", "là", "cái", "chiếc", "những"),
    "de": _words("ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"),
    # Anywhere, not only where a word begins: so does the official script.
    "ar": re.compile("ال"),
    "hi": None,
    "zh": None,
}
MLQA_LANGUAGES = tuple(_MLQA_ARTICLES)
_HAN = re.compile(r"([\u4e00-\u9fa5])")


def mlqa_normal(text: str, language: str) -> str:
    """MLQA's normal form: no punctuation of any script, the language's own articles, one token a Chinese character."""
    if language not in _MLQA_ARTICLES:
        raise unknown("language of MLQA", language, _MLQA_ARTICLES)
    text = text.lower().translate(_NO_PUNCTUATION)
    articles = _MLQA_ARTICLES[language]
    if articles is not None:
        text = articles.sub(" ", text)
    elif language == "zh":
        text = _HAN.sub(r" \1 ", text)
    return " ".join(text.split())


def mlqa(language: str) -> Normal:
    """MLQA's normal form in one language."""
    return partial(mlqa_normal, language=language)


def token_f1(prediction: Sequence[str], gold: Sequence[str], *, empty_matches: bool = False) -> float:
    """Overlap of two bags of tokens, 0 to 1. SQuAD 1 gives empty against empty 0; SQuAD 2 (`empty_matches`) gives 1."""
    if empty_matches and not (prediction and gold):
        return float(not prediction and not gold)
    common = sum((Counter(prediction) & Counter(gold)).values())
    return 2 * common / (len(prediction) + len(gold)) if common else 0.0


def best_match(
    prediction: str, references: Sequence[str], *, normal: Normal = squad_normal, unanswerable: bool = False
) -> tuple[bool, float]:
    """Exact match and F1 (0 to 1), each the best over the references.

    Normal forms may be equal and empty: then SQuAD 1 counts an exact match with an F1 of 0, and so does this.
    With `unanswerable`, references that are empty in normal form do not count, and a question without any is
    answered by "".
    """
    golds = [normal(one) for one in references]
    if unanswerable:
        golds = [gold for gold in golds if gold] or [""]
    if not golds:
        raise BadInput("An answer has nothing to be compared with.", way_out="Give each question at least one answer.")
    found = normal(prediction)
    if found in golds and (found or unanswerable):
        return True, 1.0
    tokens = found.split()
    return found in golds, max(token_f1(tokens, gold.split(), empty_matches=unanswerable) for gold in golds)


def answer_scores(
    predictions: Sequence[str | None],
    answers: Sequence[Sequence[str]],
    *,
    normal: Normal = squad_normal,
    unanswerable: bool = False,
) -> dict[str, float]:
    """F1 and exact match over all questions, each the best over a question's answers. No prediction (None) scores 0."""
    if not answers:
        raise BadInput("There is nothing to score: no questions are given.", way_out="Check the gold file.")
    f1 = exact = 0.0
    for prediction, references in zip(predictions, answers, strict=True):
        if prediction is None:
            continue
        same, overlap = best_match(prediction, references, normal=normal, unanswerable=unanswerable)
        exact += same
        f1 += overlap
    return {"f1": 100.0 * f1 / len(answers), "exact": 100.0 * exact / len(answers)}
