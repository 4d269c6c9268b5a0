"""The update of `torch.optim.SGD` at a given learning rate, which may be a tensor on the device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.sgd import sgd

__all__ = ["sgd_update"]


def sgd_update(
    optimizer: Optimizer,
    group: dict[str, Any],
    params: list[Tensor],
    grads: list[Tensor],
    buffers: list[Any],
    lr: float | Tensor,
    *,
    sparse: bool,
) -> None:
    """Take SGD's step in place, filling `buffers` if there is momentum.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its ``grad_scale`` and ``found_inf``, set by `torch.amp.GradScaler`, go to the fused kernel.
    group : dict
        SGD's settings and ``capturable``.
    params, grads : list of Tensor
    buffers : list of Tensor or None
        Momentum buffers, None before the first step; empty without momentum.
    lr : float or Tensor of shape ()
        Applied in place of the group's.
    sparse : bool
        Whether a gradient is sparse.

    Raises
    ------
    ValueError
        For sparse gradients with ``capturable=True``.
    """
    if group["capturable"] and isinstance(lr, Tensor):
        if sparse:
            raise ValueError("capturable=True takes no sparse gradients: leave it out, or make the gradients dense")
        if not group["fused"] or torch.compiler.is_compiling():
            _captured(params, grads, buffers, lr, group)
            return
        lr = lr if lr.device.type == "cpu" else lr.float()  # what the kernels of accelerators expect
    # The functional form, because a subclass of SGD that calls super().step() fires the step hooks twice.
    sgd(
        params,
        grads,
        buffers,
        weight_decay=group["weight_decay"],
        momentum=group["momentum"],
        lr=lr,  # type: ignore[arg-type]
        dampening=group["dampening"],
        nesterov=group["nesterov"],
        maximize=group["maximize"],
        has_sparse_grad=sparse,
        foreach=group["foreach"],
        fused=group["fused"],
        grad_scale=getattr(optimizer, "grad_scale", None),
        found_inf=getattr(optimizer, "found_inf", None),
    )


def _captured(
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
