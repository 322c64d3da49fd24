"""How the processes of a team hold the network that they train: each all of it (DDP), or each a part (FSDP)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed
from xstilts.training.checkpoint import changing
from xstilts.training.parts import fill, gathered


class Copies:
    """Every process has the whole network, and gradients are averaged on the way back."""

    parts = False

    def __init__(self, accelerator: Any) -> None:
        self.accelerator = accelerator
        self._wrapped: nn.Module | None = None

    def join(self, network: Network) -> Network:
        """The network itself, with a wrapper around it."""
        self._wrapped = self.accelerator.prepare_model(_Losses(network))
        return network

    def loss(self, network: Network, name: str, batch: Packed, smoothing: float) -> Tensor:
        """Through the wrapper, which averages the gradients."""
        assert self._wrapped is not None
        found: Tensor = self._wrapped(name, batch, smoothing)
        return found

    def quiet(self) -> AbstractContextManager[object]:
        """Gradients stay here."""
        quiet: AbstractContextManager[object] = self.accelerator.no_sync(self._wrapped)
        return quiet

    def whole(self, network: Network) -> AbstractContextManager[object]:
        """It always is."""
        return nullcontext()


class Shards:
    """Every process has a part of each weight, of its gradient and of its moments; layers are whole while they work.

    torch's hooks take a module over for good. So a copy is trained, and the network that came stays as it was, in main
    memory: it gets the weights where somebody looks at it, and at the end.
    """

    parts = True

    def __init__(self, device: torch.device, size: int) -> None:
        self._mesh = init_device_mesh(device.type, (size,))
        self._trained: Network | None = None

    def join(self, network: Network) -> Network:
        """The copy in parts. A layer at a time comes to the device, so that the whole need not fit there."""
        trained = deepcopy(network)
        for layer in _layers(trained):
            fully_shard(layer, mesh=self._mesh)
        fully_shard(trained, mesh=self._mesh)
        register_fsdp_forward_method(trained, "loss")
        self._trained = trained
        return trained

    def loss(self, network: Network, name: str, batch: Packed, smoothing: float) -> Tensor:
        """The network's own: its hooks do the rest."""
        return network.loss(name, batch, smoothing=smoothing)

    def quiet(self) -> AbstractContextManager[object]:
        """Parts of gradients are added up as they come: to wait with them would take whole ones in memory."""
        return nullcontext()

    @contextmanager
    def whole(self, network: Network) -> Iterator[None]:
        """Inside, the network that came has the weights of now. All have to be here."""
        assert self._trained is not None
        trained = changing(self._trained)
        for name, own in changing(network).items():
            fill(own, gathered(trained[name].detach()))
        yield
        network.to("cpu")


class _Losses(nn.Module):
    """The network as a module whose forward pass is a loss: what DDP hooks into."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, name: str, batch: Packed, smoothing: float) -> Tensor:
        """The mean loss of a batch."""
        return self.network.loss(name, batch, smoothing=smoothing)


def _layers(network: Network) -> list[nn.Module]:
    """The encoder's layers, where it has them in a list; what is in none goes with the embeddings and the heads."""
    lists = (one for one in network.body.modules() if isinstance(one, nn.ModuleList) and len(one) == network.layers)
    return list(next(lists, []))
