"""Where: the languages, one row of a table each."""

from xstilts.languages.language import Language, all_languages, langs, language

__all__ = ["Language", "all_languages", "langs", "language"]
