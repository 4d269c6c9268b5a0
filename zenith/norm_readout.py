"""Which gradient norm a step records: computed or handed in, unscaled, and none at all for a step that is not one."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from zenith.gradient_norm import gradient_norm, regularised

__all__ = ["GivenNorm", "host_norms", "is_taken", "norms_per_part", "plain", "read_back", "takes_no_step"]

GivenNorm = float | Tensor | Sequence[float | Tensor]
Part = list[dict[str, Any]]
"""Parameter groups that share one norm."""


def norms_per_part(optimizer: Optimizer, parts: list[Part], given: GivenNorm | None) -> list[float | Tensor | None]:
    """The norm of each part's gradient, of shape () and without the loss scale; None for a part without gradients.

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
        return [_norm(part, scale) for part in parts]
    several = not isinstance(given, Tensor) and isinstance(given, Sequence)
    handed: list[Any] = list(given) if several else [given]  # type: ignore[arg-type]
    if len(handed) != len(parts):
        raise ValueError(
            f"grad_norm has {len(handed)} norms for {len(parts)} to record: give one number, or with per_group_norm=True "
            "a list of one for each parameter group"
        )
    for norm in handed:
        if norm.numel() != 1 if isinstance(norm, Tensor) else not isinstance(norm, Real):
            what = f"shape {tuple(norm.shape)}" if isinstance(norm, Tensor) else f"a {type(norm).__name__}"
            raise ValueError(f"grad_norm has {what} where a number is due: give the norm over all gradients")
    whole = [norm.full_tensor() if hasattr(norm, "full_tensor") else norm for norm in handed]
    return [norm if _gradients(part) else None for norm, part in zip(whole, parts, strict=True)]


def host_norms(optimizer: Optimizer, parts: list[Part], given: GivenNorm | None) -> list[float | None] | None:
    """As `norms_per_part`, read back in one go; None if the gradient scaler skips this step.

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
    """Whether every learning rate and every gradient is 0.

    So is the hidden step that torch.distributed.checkpoint takes to create an optimizer's state.
    """
    if any(plain(group["lr"]) != 0 for part in parts for group in part):
        return False
    with_l2 = any(_holds_l2(group) for part in parts for group in part)
    raw = [_norm(part, None, with_l2=False) for part in parts] if with_l2 else norms
    return all(norm is None or float(norm) == 0 for norm in raw)


def is_taken(optimizer: Optimizer, device: torch.device) -> Tensor:
    """Whether a step is one to record, as `host_norms` decides it, in a tensor of shape (): nothing is read back."""
    lrs = [group["lr"] for group in optimizer.param_groups]
    taken = torch.ones((), dtype=torch.bool, device=device)
    if not any(isinstance(lr, float) and lr != 0 for lr in lrs):
        moving = sum((torch.zeros((), device=device) + lr).abs() for lr in lrs) != 0
        taken = taken & (moving | (gradient_norm(_gradients(optimizer.param_groups)) != 0))
    found_inf = getattr(optimizer, "found_inf", None)
    return taken if found_inf is None else taken & (found_inf.to(device) == 0)


def plain(value: float | Tensor) -> float:
    """The number itself, also of a tensor that derivatives are taken with respect to."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def read_back(tensors: Sequence[Tensor]) -> list[float]:
    """The values of 0-d tensors, waiting for their device once."""
    for tensor in tensors:
        if not tensor.is_cpu:
            break
    else:
        return [tensor.item() for tensor in tensors]
    device = next(tensor.device for tensor in tensors if tensor.device.type != "cpu")
    return torch.stack([tensor.reshape(()).to(device, torch.float64) for tensor in tensors]).tolist()


def _norm(part: Part, scale: Tensor | None, *, with_l2: bool = True) -> Tensor | None:
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
