"""Shape: how large an encoder is, for estimates before anything is loaded. From its config, or as published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from xstilts.encoders.catalogue import SHIPPED
from xstilts.encoders.encoder import Encoder

PIECES = 514
"""Places that XLM-R has vectors for."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers that a Transformer encoder's cost follows from."""

    layers: int
    width: int
    inner: int
    """Width of the feed-forward part."""
    vocabulary: int
    places: int = PIECES

    @property
    def linear(self) -> int:
        """Weights that every token is multiplied with: four projections and the feed-forward part of every layer."""
        return self.layers * (4 * self.width**2 + 2 * self.width * self.inner)

    @property
    def parameters(self) -> int:
        """All of them, without heads: the word table, places, layers with their biases and normalisations."""
        layer = 9 * self.width + self.inner
        return self.linear + self.layers * layer + (self.vocabulary + self.places + 3) * self.width

    def forward(self, length: float) -> float:
        """Floating-point operations for one token of a row of that length: its products, and its look at the row."""
        return 2 * self.linear + 4 * self.layers * self.width * length


PUBLISHED = {
    "FacebookAI/xlm-roberta-base": Shape(layers=12, width=768, inner=3072, vocabulary=250_002),
    "FacebookAI/xlm-roberta-large": Shape(layers=24, width=1024, inner=4096, vocabulary=250_002),
    "google-bert/bert-base-multilingual-cased": Shape(layers=12, width=768, inner=3072, vocabulary=119_547, places=512),
}
"""Hub id → shape, as their papers and configs give them: a plan must not fetch anything."""

NAMES = {
    "layers": ("num_hidden_layers", "n_layers"),
    "width": ("hidden_size", "dim"),
    "inner": ("intermediate_size", "hidden_dim"),
    "vocabulary": ("vocab_size",),
    "places": ("max_position_embeddings",),
}
"""Ours → what configs call it."""


AFTER_PADDING = ("roberta", "camembert", "data2vec-text", "mpnet", "luke", "longformer", "xmod", "esm")
"""What the types of models have in their names that number places from the one after the padding id, which is 1 unless
their config says otherwise."""


def longest_row(encoder: Encoder) -> int | None:
    """How many tokens an encoder has places for; None where that is not known before it is loaded, or has no end."""
    known = PUBLISHED.get(encoder.source)
    if known is not None:
        return known.places - 2 if "roberta" in encoder.source else known.places
    config = _config_of(encoder) or {}
    places, pad = config.get("max_position_embeddings"), config.get("pad_token_id", 1)
    if not isinstance(places, int) or not isinstance(pad, int):
        return None
    after = any(one in str(config.get("model_type")) for one in AFTER_PADDING)
    return places - pad - 1 if after else places


def shape_of(encoder: Encoder) -> Shape | None:
    """The encoder's shape; None where its config is not on this machine and nobody wrote it down."""
    known = PUBLISHED.get(encoder.source)
    if known is not None:
        return known
    config = _config_of(encoder)
    return None if config is None else _from(config)


def _config_of(encoder: Encoder) -> dict[str, Any] | None:
    inside = encoder.source.removeprefix("package:")
    folder = SHIPPED / inside if inside != encoder.source else Path(encoder.source).expanduser()
    try:
        return msgspec.json.decode((folder / "config.json").read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return None


def _from(config: dict[str, Any]) -> Shape | None:
    found = {ours: next((config[name] for name in names if name in config), None) for ours, names in NAMES.items()}
    try:
        return msgspec.convert({name: value for name, value in found.items() if value is not None}, Shape)
    except msgspec.ValidationError:
        return None
