"""Tensors of which each process of a team may hold a part (torch's DTensor): whole, and back. Others are left alone.

All processes have to call these for the same tensors in the same order: where there are parts they talk to each other.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor


def gathered(tensor: Tensor) -> Tensor:
    """The whole of a tensor."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def fill(own: Tensor, value: Tensor) -> None:
    """Make a tensor the value, which is whole."""
    own.copy_(like(own, value))


def like(own: Tensor, value: Tensor) -> Tensor:
    """The value, which is whole, where the other tensor is and cut as that one is."""
    value = value.to(own.device)
    if not isinstance(own, DTensor):
        return value
    # Everybody has the whole value and takes a part of it: nothing need be sent.
    return distribute_tensor(value, own.device_mesh, own.placements, src_data_rank=None)
