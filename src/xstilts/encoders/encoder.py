"""Encoder: which pretrained model, at which revision, and how its sentences are read for retrieval. No torch here."""

from __future__ import annotations

import msgspec

from xstilts.forms.form import Pooling


class Encoder(msgspec.Struct, frozen=True, kw_only=True):
    """A pretrained encoder. What stands here bears identity; where the files lie does not."""

    name: str
    """What tables call it: `lab`, `xlm-roberta-large`."""
    source: str
    """A Hub id, a folder, or `package:lab` for the one that ships with xstilts."""
    revision: str = ""
    """Hub: a commit. Folder: empty; the content hash stands in for it."""
    retrieval_layer: int | None = None
    """0 = embeddings; None: the same relative depth as layer 14 of 24."""
    pooling: Pooling = "mean"
    """How a sentence becomes one vector; `mean` is over all its tokens, specials included."""
