"""Data parallelism of the training loop: the ranks share a batch and sum their gradients.

The sums are made after the backward pass rather than by `torch.nn.parallel.DistributedDataParallel`, because a task's
loss may use more of the model than its `forward`, a rank may have no sample of a small batch, and parameters may go
unused. The reduction therefore does not overlap with the backward pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

__all__ = ["Ranks"]


class Ranks:
    """The processes that train one model together; one process alone unless made by `join`.

    Attributes
    ----------
    rank, size : int
        Which process this is, of how many.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @classmethod
    def join(cls) -> Ranks:
        """Return the ranks of the process group.

        It is made if `torchrun` launched this process and there is none yet.

        Raises
        ------
        ValueError
            If there is neither.
        """
        if not dist.is_initialized():
            if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
                raise ValueError(
                    "data_parallel=True in a process that belongs to no group: start it with torchrun "
                    "--nproc-per-node=N"
                )
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(dist.get_rank(), dist.get_world_size())

    @property
    def first(self) -> bool:
        """Whether this process speaks for all: it alone reports and writes files."""
        return self.rank == 0

    def share(self, index: Tensor) -> Tensor:
        """Return this rank's part of a batch, in contiguous parts of nearly equal size; it may be empty."""
        return index if self.size == 1 else index.tensor_split(self.size)[self.rank]

    def sum(self, values: Tensor) -> Tensor:
        """Sum over the ranks, the same on each."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def largest(self, values: Tensor) -> Tensor:
        """Return the largest over the ranks, the same on each."""
        if self.size > 1:
            dist.all_reduce(values, dist.ReduceOp.MAX)
        return values

    def sum_gradients(self, params: Sequence[Tensor]) -> None:
        """Make every gradient the sum over the ranks; one that no rank has stays None."""
        if self.size == 1:
            return
        device = params[0].device
        present = self.sum(torch.tensor([float(p.grad is not None) for p in params], device=device)).tolist()
        used = [p for p, ranks in zip(params, present, strict=True) if ranks]
        for p in used:
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        _flat([p.grad for p in used if p.grad is not None], lambda buffer: dist.all_reduce(buffer))

    def share_buffers(self, model: nn.Module) -> None:
        """Give every rank the first one's buffers (batch-norm statistics), as DistributedDataParallel does."""
        if self.size > 1:
            _flat(list(model.buffers()), lambda buffer: dist.broadcast(buffer, 0))

    def same(self, value: Any) -> Any:
        """Return the first rank's `value` on every rank."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0)
        return box[0]


def _flat(tensors: list[Tensor], collective: Callable[[Tensor], Any]) -> None:
    """Apply an in-place collective call to all tensors at once, one call for each precision."""
    by_dtype: dict[torch.dtype, list[Tensor]] = {}
    for tensor in tensors:
        by_dtype.setdefault(tensor.dtype, []).append(tensor)
    with torch.no_grad():
        for alike in by_dtype.values():
            buffer = torch.cat([tensor.reshape(-1) for tensor in alike])
            collective(buffer)
            for tensor, piece in zip(alike, buffer.split([tensor.numel() for tensor in alike]), strict=True):
                tensor.copy_(piece.view_as(tensor))
