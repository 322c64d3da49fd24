"""Masking for masked-language training, drawn anew for every batch from the seed and the batch's number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed
from xstilts.errors import BadEncoder
from xstilts.training.batches import Feed
from xstilts.training.streams import stream

KEPT, REPLACED = 0.1, 0.1
"""Of the chosen tokens so many stay as they are, so many become another word; the others become the mask."""


@dataclass(frozen=True, slots=True)
class Masker:
    """What masking needs to know of a vocabulary."""

    mask: int
    specials: NDArray[np.int64]
    """Never chosen and never put in."""
    words: NDArray[np.int64]
    """What a chosen token may be replaced by."""
    rate: float = 0.15


def masker(network: Network, *, rate: float = 0.15) -> Masker:
    """The masker for a network's vocabulary."""
    if network.mask_id is None:
        raise BadEncoder("The tokenizer has no mask token.", way_out="Give an encoder with <mask> or [MASK].")
    return make_masker(mask=network.mask_id, specials=network.special_ids, vocabulary=network.vocabulary, rate=rate)


def make_masker(*, mask: int, specials: Collection[int], vocabulary: int, rate: float = 0.15) -> Masker:
    """The masker for a vocabulary of `vocabulary` ids."""
    taboo = np.array(sorted({*specials, mask}), dtype=np.int64)
    return Masker(mask=mask, specials=taboo, words=np.setdiff1d(np.arange(vocabulary), taboo), rate=rate)


def masked(feed: Feed, masker: Masker, *, seed: int, name: str = "") -> Feed:
    """The same feed with tokens hidden: batch k is hidden alike whenever it is asked for."""
    return lambda k: hide(feed(k), masker, stream(seed, "mask", name, k))


def hide(batch: Packed, masker: Masker, random: np.random.Generator) -> Packed:
    """Hide `rate` of the batch's tokens, specials never. Targets: `slot` [M] where, `label` [M] what stood there.

    The number is rounded once for the batch, not drawn token by token, so batches differ little in size; at least one.
    """
    tokens = batch.tokens.numpy().copy()
    place = batch.place.numpy()
    free = place[~np.isin(tokens[place], masker.specials)]
    chosen = np.sort(random.permutation(free)[: max(1, round(masker.rate * len(free)))])
    labels = tokens[chosen]
    lot = random.random(len(chosen))
    other = masker.words[random.integers(len(masker.words), size=len(chosen))]
    tokens[chosen] = np.where(lot < KEPT, labels, np.where(lot < KEPT + REPLACED, other, masker.mask))
    targets = {"slot": torch.from_numpy(chosen), "label": torch.from_numpy(labels)}
    return replace(batch, tokens=torch.from_numpy(tokens), targets=targets)
