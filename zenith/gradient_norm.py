"""The L2 norm of a gradient that is spread over many tensors, devices, precisions and ranks: one scalar, one pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["gradient_norm", "regularised"]

_HALF = (torch.float16, torch.bfloat16)


def gradient_norm(gradients: Iterable[Tensor]) -> Tensor:
    """L2 norm over all tensors together, as if they were one vector.

    Parameters
    ----------
    gradients : iterable of Tensor
        Dense or sparse, real or complex, of any precision. Of a `DTensor` the norm is that of the whole tensor, whatever
        part of it this rank holds: a collective call, one reduction per device mesh and layout.

    Returns
    -------
    Tensor, shape ()
        On the device of the first gradient, in single precision or better, because a norm in half precision overflows
        at 65504. Nothing is read back to the host. Zero if there is no tensor.
    """
    tensors = list(gradients)
    for tensor in tensors:
        if type(tensor) is not Tensor or tensor.is_sparse or tensor.dtype in _HALF or not tensor.is_cpu:
            return _norm_of_any(tensors)
    # What most networks on a CPU take, without what a small one would notice.
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors))) if tensors else torch.zeros(())


def _norm_of_any(gradients: list[Tensor]) -> Tensor:
    plain: list[Tensor] = []
    sharded: dict[Any, list[Tensor]] = {}
    for gradient in gradients:
        mesh = getattr(gradient, "device_mesh", None)  # of a DTensor
        if mesh is not None:
            sharded.setdefault((mesh, gradient.placements), []).append(gradient)  # type: ignore[attr-defined]
        else:
            plain.append(gradient.coalesce().values() if gradient.is_sparse else gradient)
    if not sharded:
        return _norm(plain)
    squares = [_square_over_ranks(mesh, placements, tensors) for (mesh, placements), tensors in sharded.items()]
    if plain:
        squares.append(_norm(plain).double().square())
    return torch.stack([square.to(squares[0].device) for square in squares]).sum().sqrt()


def regularised(parameter: Tensor, gradient: Tensor, group: dict[str, Any], scale: Tensor | None = None) -> Tensor:
    """Return the gradient SGD descends in `group`: unscaled, and with the L2 term if the group's norm contains it.

    Parameters
    ----------
    parameter, gradient : Tensor
    group : dict
        ``l2_in_norm``, ``weight_decay`` and ``maximize`` are read.
    scale : Tensor, optional
        The loss scale still contained in `gradient`.
    """
    if scale is not None:
        gradient = gradient / scale.to(gradient.device)
    if not group["l2_in_norm"]:
        return gradient
    return gradient.add(parameter, alpha=-group["weight_decay"] if group["maximize"] else group["weight_decay"])


def _norm(tensors: list[Tensor]) -> Tensor:
    if not tensors:
        return torch.zeros(())
    halves = [tensor for tensor in tensors if tensor.dtype in _HALF]
    others = [tensor for tensor in tensors if tensor.dtype not in _HALF]
    # Accumulated in single precision while it is read: a copy in single precision would cost a model's memory.
    norms = list(torch._foreach_norm(halves, 2, torch.float32)) if halves else []
    norms += torch._foreach_norm(others) if others else []
    return torch.linalg.vector_norm(torch.stack([norm.to(tensors[0].device) for norm in norms]))


def _square_over_ranks(mesh: Any, placements: tuple[Any, ...], tensors: list[Tensor]) -> Tensor:
    """Squared norm of DTensors of one layout, the same on every rank of the mesh."""
    from torch.distributed.tensor import DTensor, Partial, Replicate

    if any(placement.is_partial() for placement in placements):  # its square is not the sum of the parts' squares
        return _norm([tensor.full_tensor() for tensor in tensors]).double().square()  # type: ignore[attr-defined]
    square = _norm([tensor.to_local() for tensor in tensors]).double().square()  # type: ignore[attr-defined]
    spread = [Replicate() if placement.is_replicate() else Partial("sum") for placement in placements]
    return DTensor.from_local(square, mesh, spread, run_check=False).full_tensor()
