"""MLQA's normal form of an answer, which differs from language to language where SQuAD's is the same for all."""

from __future__ import annotations

import re
import string
import unicodedata

from xstilts.errors import unknown


def _articles(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})\b")


ARTICLES: dict[str, re.Pattern[str] | None] = {
    "ar": re.compile("ال"),  # anywhere, inside words too: so does the reference
    "de": _articles("ein eine einen einem eines einer der die das den dem des"),
    "en": _articles("a an the"),
    "es": _articles("un una unos unas el la los las"),
    "hi": None,
    "vi": _articles("của là cái chiếc những"),
    "zh": None,
}
"""By language what is dropped; these are all the languages of MLQA."""

_HAN = re.compile(r"([\u4e00-\u9fa5])")


class _Punctuation(dict[int, int | None]):
    """For `str.translate`: drops ASCII punctuation and all that Unicode calls so; each sign is looked up once."""

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        drop = sign in string.punctuation or unicodedata.category(sign).startswith("P")
        return self.setdefault(code, None if drop else code)


_PUNCTUATION = _Punctuation()


def mlqa_normal(text: str, lang: str) -> str:
    """Lower case, no punctuation of any script, none of the language's articles, single spaces; Chinese by signs."""
    if lang not in ARTICLES:
        raise unknown("language of MLQA", lang, ARTICLES)
    text = text.lower().translate(_PUNCTUATION)
    articles = ARTICLES[lang]
    if articles is not None:
        text = articles.sub(" ", text)
    if lang == "zh":
        text = _HAN.sub(r" \1 ", text)
    return " ".join(text.split())
