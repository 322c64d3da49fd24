"""Forms: the shapes of tasks. Each is a value that encodes examples, decodes outputs and scores predictions."""

from __future__ import annotations

from typing import TypeAlias

from xstilts.forms.choose import Choice, Choose
from xstilts.forms.classify import Classify, Text
from xstilts.forms.form import Form, Head, HeadKind, Pooling, Rows
from xstilts.forms.mask import Lines, Mask
from xstilts.forms.match import Match, Pair
from xstilts.forms.retrieve import Line, Retrieve
from xstilts.forms.span import Question, Span
from xstilts.forms.tag import Sentence, Tag

AnyForm: TypeAlias = Classify | Choose | Span | Tag | Retrieve | Match | Mask
"""Any of the forms; in JSON and TOML its `type` says which."""

__all__ = [
    "AnyForm",
    "Choice",
    "Choose",
    "Classify",
    "Form",
    "Head",
    "HeadKind",
    "Line",
    "Lines",
    "Mask",
    "Match",
    "Pair",
    "Pooling",
    "Question",
    "Retrieve",
    "Rows",
    "Sentence",
    "Span",
    "Tag",
    "Text",
]
