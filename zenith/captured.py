"""SGD's update with a learning rate that stays on the device: nothing is read back, everything happens in place."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["captured_sgd"]


def captured_sgd(
    params: list[Tensor],
    grads: list[Tensor],
    buffers: list[Tensor],
    lr: Tensor,
    group: dict[str, Any],
) -> None:
    """Take `torch.optim.SGD`'s step with a learning rate in a tensor of shape ().

    torch's own foreach and single-tensor steps read such a learning rate back outside of `torch.compile`.

    Parameters
    ----------
    params, grads : list of Tensor
    buffers : list of Tensor
        Momentum buffers, zero before the first step; empty without momentum.
    lr : Tensor, shape ()
    group : dict
        ``weight_decay``, ``momentum``, ``nesterov`` and ``maximize`` are read; dampening must be 0.
    """
    if not params:
        return
    directions: Any = torch._foreach_neg(grads) if group["maximize"] else grads
    if group["weight_decay"] != 0:
        directions = torch._foreach_add(directions, params, alpha=group["weight_decay"])
    if group["momentum"] != 0:
        torch._foreach_mul_(buffers, group["momentum"])
        torch._foreach_add_(buffers, directions)
        directions = torch._foreach_add(directions, buffers, alpha=group["momentum"]) if group["nesterov"] else buffers
    # In single precision at least; where all is in single precision, so is the rate, for the fast kernels.
    double = any(p.dtype in (torch.float64, torch.complex128) for p in params)
    torch._foreach_sub_(params, torch._foreach_mul(directions, lr.to(torch.float64 if double else torch.float32)))
