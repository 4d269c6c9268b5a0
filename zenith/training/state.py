"""Copies and hashes of a model's weights and buffers."""

from __future__ import annotations

import hashlib

from torch import Tensor, nn

from zenith._common.identity import tensor_bytes

__all__ = ["State", "copy_state", "hash_state"]

State = dict[str, Tensor]


def copy_state(model: nn.Module) -> State:
    """Return the state dict, copied to the CPU."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in model.state_dict().items()}


def hash_state(model: nn.Module) -> str:
    """Return SHA-256 over names, dtypes, shapes and bytes of a model's weights and buffers, as a hexadecimal string."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor_bytes(tensor))
    return digest.hexdigest()
