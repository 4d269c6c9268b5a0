"""The memory that autograd graphs save."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def saved_bytes(saved: dict[int, int] | None) -> Iterator[None]:
    """Record the bytes that autograd saves inside, by address."""
    if saved is None:
        yield
        return

    def pack(tensor: Tensor) -> tuple[Tensor, int]:
        if tensor.layout == torch.strided:
            storage = tensor.untyped_storage()
            saved[storage.data_ptr()] = storage.nbytes()
        # A saved output that refers to its own node would be a cycle that nothing frees.
        return tensor.detach(), tensor._version

    def unpack(packed: tuple[Tensor, int]) -> Tensor:
        # Hooks switch off autograd's own check.
        tensor, version = packed
        if tensor._version != version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation"
            )
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        yield


def forbids_hooks(error: BaseException) -> bool:
    """Whether a model takes derivatives by torch.func, inside which saved bytes cannot be measured."""
    return "saved tensor hooks" in str(error)
