"""The word table cut down to the rows that a training meets, and made whole again.

Most of a multilingual encoder's weights are word vectors, and one task in one language meets few of them. Rows that
never occur get no gradient: all that happens to them is weight decay, which can wait until the end. So only the others
are trained, hold moments and stand in checkpoints. Every module but the embedding is as before, and so are its names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from xstilts.encoders.network import Network

WORTH = 0.75
"""A table of which a larger share of the rows occurs stays whole: there would be little to save."""
BLOCK = 1 << 18
"""Numbers decayed at a time: what stays in a core's own cache is multiplied ten times faster than what does not."""


class SomeRows(nn.Module):
    """Stands in for an embedding of which only some rows are here. Any other id is an error of the lookup."""

    def __init__(self, table: nn.Embedding, ids: Tensor) -> None:
        super().__init__()
        place = torch.full((table.num_embeddings,), -1, device=ids.device)
        place[ids] = torch.arange(len(ids), device=ids.device)
        self.register_buffer("place", place, persistent=False)
        self.weight = nn.Parameter(table.weight.detach().index_select(0, ids))
        self.padding_idx = None if table.padding_idx is None else int(place[table.padding_idx])

    def forward(self, ids: Tensor) -> Tensor:
        """The vectors of these ids, which count as in the whole table."""
        assert isinstance(self.place, Tensor)
        return functional.embedding(self.place[ids], self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Its size, as `nn.Embedding` prints it."""
        assert isinstance(self.place, Tensor)
        return f"{len(self.weight)} of {len(self.place)}, {self.weight.shape[1]}"


@dataclass(slots=True)
class Cut:
    """A network's whole table, kept aside while some of its rows are trained."""

    network: Network
    table: nn.Embedding
    rows: SomeRows
    ties: list[tuple[nn.Module, str]]
    """Where else the table's weights stand: nothing stands there meanwhile."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows that are trained, and rows that there are."""
        return len(self.rows.weight), self.table.num_embeddings

    @contextmanager
    def whole(self, decay: Callable[[Tensor], object]) -> Iterator[None]:
        """Inside, the table is what `put_back` would make of it; after, all is as before, to predict on the way."""
        aside = self.table.weight.detach().cpu().clone()
        self.put_back(decay)
        try:
            yield
        finally:
            self.table.weight.data = aside
            self.take()

    def take(self) -> None:
        """Put the rows where the whole table stands."""
        self.network.body.set_input_embeddings(self.rows)
        for module, name in self.ties:
            module.register_parameter(name, None)

    @torch.no_grad()
    def put_back(self, decay: Callable[[Tensor], object]) -> None:
        """Make the table whole: the trained rows as they are now, the others after `decay`, which works in place."""
        weight, place = self.table.weight, self.rows.place
        assert isinstance(place, Tensor) and isinstance(weight, nn.Parameter)
        others = torch.nonzero(place < 0)[:, 0].to(weight.device)
        for ids in torch.split(others, max(1, BLOCK // weight.shape[1])):
            block = weight.index_select(0, ids).to(place.device)
            decay(block)
            weight.index_copy_(0, ids, block.to(weight.device))
        trained = torch.nonzero(place >= 0)[:, 0].to(weight.device)
        weight.index_copy_(0, trained, self.rows.weight.to(weight.device))
        weight.data, weight.grad = weight.data.to(place.device), None
        self.network.body.set_input_embeddings(self.table)
        for module, name in self.ties:
            module.register_parameter(name, weight)


def cut(network: Network, seen: Collection[int] | NDArray[np.integer]) -> Cut | None:
    """Cut the network's word table down to the ids `seen`, its special tokens and its padding.

    None, and nothing changed, where that is not possible (an unusual or a frozen table) or not worth it.
    """
    table = network.body.get_input_embeddings()
    if type(table) is not nn.Embedding or table.max_norm is not None or table.scale_grad_by_freq or table.sparse:
        return None
    always = {network.pad_id, *network.special_ids, *network.frame_ids}
    ids = torch.from_numpy(np.union1d(np.asarray(list(always)), np.asarray(seen, dtype=np.int64)))
    if not table.weight.requires_grad or len(ids) > WORTH * table.num_embeddings:
        return None
    rows = SomeRows(table, ids.to(table.weight.device)).train(table.training)
    ties = [
        (module, name)
        for module in network.modules()
        for name, weight in module.named_parameters(recurse=False)
        if weight is table.weight and module is not table
    ]
    whole = Cut(network, table, rows, ties)
    whole.take()
    if table.weight.is_cuda:
        table.weight.data = table.weight.data.cpu()
    return whole
