"""Which layer and pooling to read sentences at: all of them tried on one development language, in one forward pass.

A layer chosen on a language that is tested afterwards would flatter that language, so the examples given here are
those of a development language alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from xstilts.encoders.network import Network
from xstilts.errors import BadInput
from xstilts.forms import Line, Pooling, Retrieve
from xstilts.forms.form import Rows
from xstilts.forms.retrieve import Part
from xstilts.training.batches import by_tokens, take
from xstilts.training.machine import arithmetic, set_up
from xstilts.training.predict import BUDGET, Told
from xstilts.training.recipe import Machine

POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
ROOM = 4 << 30
"""Bytes of vectors held at a time; where all layers' do not fit, there is a forward pass for every few layers."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A layer, a pooling, and what the vectors read so score."""

    layer: int
    """0 = embeddings."""
    pooling: Pooling
    scores: dict[str, float]
    part: Part
    """Which part of the examples was scored: `dev` where there is one."""


def sweep(
    network: Network,
    form: Retrieve,
    examples: Sequence[Line],
    *,
    layers: Sequence[int] | None = None,
    poolings: Sequence[Pooling] = POOLINGS,
    max_length: int = 256,
    machine: Machine | None = None,
    told: Told | None = None,
) -> list[Reading]:
    """The score of every layer (None: all, embeddings included) with every pooling, by layer and then by pooling.

    Where some queries are of part "dev", only that part is read; mining then also takes its threshold from there.
    """
    layers = tuple(range(network.layers + 1)) if layers is None else tuple(layers)
    wrong = [layer for layer in layers if not 0 <= layer <= network.layers]
    if wrong or not layers or not poolings:
        raise BadInput(
            f"There is nothing to read at layer {wrong[0]}." if wrong else "A sweep needs a layer and a pooling.",
            way_out=f"Layers go from 0 (embeddings) to {network.layers}.",
        )
    part: Part = "dev" if any(one.part == "dev" and one.side == "query" for one in examples) else "test"
    lines = [one for one in examples if one.part == part]
    if not lines:
        raise BadInput("There are no lines to try layers on.", way_out="Give the examples of a development language.")
    rows = form.encode(lines, network.tokenizer, max_length=min(max_length, network.longest))
    at_once = max(1, ROOM // (4 * len(rows) * network.width * len(poolings)))
    found = []
    for low in range(0, len(layers), at_once):
        some = layers[low : low + at_once]
        for layer, pooling, vectors in _vectors(network, rows, some, poolings, machine, told):
            scores = form.score(form.answers(vectors, lines), lines, part=part)
            plain = {name: float(score) for name, score in scores.items()}
            found.append(Reading(layer=layer, pooling=pooling, scores=plain, part=part))
    return found


def best(readings: Sequence[Reading], metric: str = "") -> Reading:
    """The reading with the highest score (of the first metric, if none is named); of equal ones the first."""
    if not readings:
        raise BadInput("There are no readings to choose from.", way_out="Sweep over at least one layer.")
    return max(readings, key=lambda one: one.scores[metric or next(iter(one.scores))])


def _vectors(
    network: Network,
    rows: Rows,
    layers: Sequence[int],
    poolings: Sequence[Pooling],
    machine: Machine | None,
    told: Told | None,
) -> Iterator[tuple[int, Pooling, NDArray[np.float32]]]:
    """The rows' vectors by layer and pooling."""
    device = set_up(machine or Machine())
    network.to(device).eval()
    kinds = [(layer, pooling) for layer in layers for pooling in poolings]
    found = np.empty((len(kinds), len(rows), network.width), np.float32)
    done = 0
    for picked in by_tokens(rows.lengths, budget=BUDGET.get(device.type, BUDGET["cpu"])):
        batch = take(rows, picked, pad=network.pad_id, groups=1).to(device)
        with torch.inference_mode(), arithmetic("fp32", device):
            said = network.embeddings(batch, layers=layers, poolings=poolings)
        found[:, picked] = torch.stack(said).cpu().numpy()
        done += len(picked)
        if told is not None:
            told(done, len(rows))
    for (layer, pooling), vectors in zip(kinds, found, strict=True):
        yield layer, pooling, vectors
