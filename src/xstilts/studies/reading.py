"""Where a retrieval score was read: the layer and the pooling, in words that stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xstilts.encoders.encoder import Encoder
from xstilts.studies.grid import reads_encoder
from xstilts.studies.records.record import Run
from xstilts.tasks import Exam


def reading_of(run: Run, sat: Exam, encoder: Encoder) -> str:
    """As `layer 14, mean`; empty where a trained head is read, or where nothing is retrieved.

    Records say the layer itself. Those that were written before they did say what was declared.
    """
    if not reads_encoder(sat):
        return ""
    return words(run.declaration.get("reading") or {"layer": encoder.retrieval_layer, "pooling": encoder.pooling})


def words(reading: Mapping[str, Any]) -> str:
    """A layer and a pooling in words; empty for none."""
    if not reading:
        return ""
    layer = reading.get("layer")
    depth = "the layer at the depth of 14 of 24" if layer is None else f"layer {layer}"
    return f"{depth}, {reading.get('pooling')}"
