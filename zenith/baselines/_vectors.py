"""Inner products and norms over lists of tensors, as 0-d tensors on the device."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

__all__ = ["dot", "norm", "to_host"]

_HALF = (torch.float16, torch.bfloat16)


def dot(xs: Sequence[Tensor], ys: Sequence[Tensor]) -> Tensor:
    """Sum over all tensors of the products of their elements, in single precision or better."""
    if not xs:
        return torch.zeros(())
    parts = [torch.dot(_wide(x).reshape(-1), _wide(y).reshape(-1)) for x, y in zip(xs, ys, strict=True)]
    return torch.stack([_full_tensor(part).to(parts[0].device) for part in parts]).sum()


def norm(xs: Sequence[Tensor]) -> Tensor:
    """L2 norm over all tensors, in single precision or better (a norm in half precision overflows at 65504)."""
    return _full_tensor(get_total_norm([_wide(x) for x in xs]))


def to_host(*values: float | Tensor) -> list[float]:
    """Return numbers and one-element tensors as floats, with a single synchronisation however many there are."""
    tensors = [_full_tensor(value.detach()).reshape(()) for value in values if isinstance(value, Tensor)]
    if not tensors:
        return [float(value) for value in values]
    dtype = functools.reduce(torch.promote_types, (t.dtype for t in tensors), torch.float32)
    # On the accelerator if any is there: what is gathered on the CPU would be read one by one.
    device = max((t.device for t in tensors), key=lambda d: d.type != "cpu")
    read = iter(torch.stack([t.to(device, dtype) for t in tensors]).tolist())
    return [next(read) if isinstance(value, Tensor) else float(value) for value in values]


def _wide(x: Tensor) -> Tensor:
    return x.float() if x.dtype in _HALF else x


def _full_tensor(x: Tensor) -> Tensor:
    # A sharded tensor's sum is still to be made over the ranks; its .item() would be the local part alone.
    return x.full_tensor() if hasattr(x, "full_tensor") else x
