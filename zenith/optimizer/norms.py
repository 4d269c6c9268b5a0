"""L2 norms of gradients and updates that are spread over many tensors, devices, precisions and ranks.

`gradient_norm` computes one norm in one pass; `norms_per_part` and `host_norms` find the norms that an optimizer's step
records, one for each part of its parameter groups; `UpdateNorm` measures how far a step moved the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

__all__ = [
    "GivenNorm",
    "UpdateNorm",
    "gradient_norm",
    "host_norms",
    "is_taken",
    "norms_per_part",
    "plain",
    "read_back",
    "regularised",
    "takes_no_step",
]

_HALF = (torch.float16, torch.bfloat16)

GivenNorm = float | Tensor | Sequence[float | Tensor]
"""A norm handed in by the user, or one for each part."""

Part = list[dict[str, Any]]
"""Parameter groups that share one norm."""


def gradient_norm(gradients: Iterable[Tensor]) -> Tensor:
    """Return the L2 norm over all tensors together, as if they were one vector.

    Parameters
    ----------
    gradients : iterable of Tensor
        Dense or sparse, real or complex, of any precision. Of a `DTensor` the norm is that of the whole tensor,
        whatever part of it this rank holds: a collective call, one reduction per device mesh and layout.

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


def norms_per_part(optimizer: Optimizer, parts: list[Part], given: GivenNorm | None) -> list[float | Tensor | None]:
    """Return the norm of each part's gradient, of shape () and without the loss scale.

    None for a part without gradients.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its ``grad_scale``, set by `torch.amp.GradScaler` where a step unscales by itself, is divided out.
    parts : list of list of parameter groups
    given : float, Tensor or sequence, optional
        Taken instead of computing; one for each part if there are several.

    Raises
    ------
    ValueError
        If `given` is not one number for each part.
    """
    scale = getattr(optimizer, "grad_scale", None)
    if given is None:
        return [_norm_of_part(part, scale) for part in parts]
    several = not isinstance(given, Tensor) and isinstance(given, Sequence)
    handed: list[Any] = list(given) if several else [given]  # type: ignore[arg-type]
    if len(handed) != len(parts):
        raise ValueError(
            f"grad_norm has {len(handed)} norms for {len(parts)} to record: give one number, or with "
            "per_group_norm=True a list of one for each parameter group"
        )
    for norm in handed:
        if norm.numel() != 1 if isinstance(norm, Tensor) else not isinstance(norm, Real):
            what = f"shape {tuple(norm.shape)}" if isinstance(norm, Tensor) else f"a {type(norm).__name__}"
            raise ValueError(f"grad_norm has {what} where a number is expected: give the norm over all gradients")
    full = [norm.full_tensor() if hasattr(norm, "full_tensor") else norm for norm in handed]
    return [norm if _gradients(part) else None for norm, part in zip(full, parts, strict=True)]


def host_norms(optimizer: Optimizer, parts: list[Part], given: GivenNorm | None) -> list[float | None] | None:
    """Return the norms as numbers, read back in one go; None if the gradient scaler skips this step.

    All norms are None where nothing is to be recorded: see `takes_no_step`.
    """
    norms = norms_per_part(optimizer, parts, given)
    found_inf = getattr(optimizer, "found_inf", None)
    tensors = [norm for norm in norms if isinstance(norm, Tensor)]
    values = read_back(tensors if found_inf is None else [*tensors, found_inf])
    if found_inf is not None and values.pop():
        return None
    remaining = iter(values)
    read = [next(remaining) if isinstance(norm, Tensor) else norm for norm in norms]
    return [None] * len(read) if takes_no_step(parts, read) else read


def takes_no_step(parts: list[Part], norms: Sequence[float | None]) -> bool:
    """Return whether every learning rate and every gradient is 0.

    So is the hidden step that torch.distributed.checkpoint takes to create an optimizer's state.
    """
    if any(plain(group["lr"]) != 0 for part in parts for group in part):
        return False
    with_l2 = any(_holds_l2(group) for part in parts for group in part)
    raw = [_norm_of_part(part, None, with_l2=False) for part in parts] if with_l2 else norms
    return all(norm is None or float(norm) == 0 for norm in raw)


def is_taken(optimizer: Optimizer, device: torch.device) -> Tensor:
    """Return whether a step is to be recorded, as `host_norms` decides it, in a tensor of shape ().

    Nothing is read back.
    """
    lrs = [group["lr"] for group in optimizer.param_groups]
    taken = torch.ones((), dtype=torch.bool, device=device)
    if not any(isinstance(lr, float) and lr != 0 for lr in lrs):
        moving = sum((torch.zeros((), device=device) + lr).abs() for lr in lrs) != 0
        taken = taken & (moving | (gradient_norm(_gradients(optimizer.param_groups)) != 0))
    found_inf = getattr(optimizer, "found_inf", None)
    return taken if found_inf is None else taken & (found_inf.to(device) == 0)


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


def _norm_of_part(part: Part, scale: Tensor | None, *, with_l2: bool = True) -> Tensor | None:
    if with_l2 and any(_holds_l2(group) for group in part):
        terms = [regularised(p, p.grad, group, scale) for group in part for p in group["params"] if p.grad is not None]
        return gradient_norm(terms) if terms else None
    gradients = _gradients(part)
    if not gradients:
        return None
    norm = gradient_norm(gradients)
    return norm if scale is None else norm.double() / scale.to(norm.device, torch.float64)


def _gradients(part: Part) -> list[Tensor]:
    return [p.grad for group in part for p in group["params"] if p.grad is not None]


def _holds_l2(group: dict[str, Any]) -> bool:
    return bool(group.get("l2_in_norm")) and group["weight_decay"] != 0


class UpdateNorm:
    """Measure how far a step moves the weights; holds one copy of them from the first `note` on.

    Parameters
    ----------
    params : sequence of Tensor
    """

    def __init__(self, params: Sequence[Tensor]) -> None:
        self._params = list(params)
        self._before: list[Tensor] | None = None

    def note(self) -> None:
        """Remember the weights as they are."""
        with torch.no_grad():
            if self._before is None:
                self._before = [torch.empty_like(p) for p in self._params]
            torch._foreach_copy_(self._before, self._params)

    def measure(self) -> Tensor:
        """Return the L2 norm, shape (), of what has changed since `note`; call it once for each note."""
        if self._before is None:
            raise RuntimeError("the weights before the step were not noted")
        with torch.no_grad():
            torch._foreach_sub_(self._before, self._params)
            return gradient_norm(self._before)


def plain(value: float | Tensor) -> float:
    """Return a number or one-element tensor as a float, whether or not it requires a gradient."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def read_back(tensors: Sequence[Tensor]) -> list[float]:
    """Return the values of 0-d tensors, waiting for their device once."""
    for tensor in tensors:
        if not tensor.is_cpu:
            break
    else:
        return [tensor.item() for tensor in tensors]
    device = next(tensor.device for tensor in tensors if tensor.device.type != "cpu")
    return torch.stack([tensor.reshape(()).to(device, torch.float64) for tensor in tensors]).tolist()
