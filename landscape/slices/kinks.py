"""Find kinks of a loss: operations whose derivative jumps, such as ReLU, recorded while it is evaluated.

A second difference over a kink is the jump of the slope over the step. Over many samples such jumps lie so densely that
no grid of values tells them from curvature; which operations were called does.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from landscape.objective.batching import first_rows

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike

__all__ = ["find_kinks", "union_of_kinks"]

_KINKED = frozenset(
    [
        "relu",
        "leaky_relu",
        "threshold",
        "hardtanh",
        "hardsigmoid",
        "hardswish",
        "rrelu",
        "rrelu_with_noise",
        "prelu",
        "_prelu_kernel",
        "elu",
        "celu",
        "softshrink",
        "hardshrink",
        "abs",
        "sign",
        "sgn",
        "amax",
        "amin",
        "max",
        "min",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "median",
        "nanmedian",
        "topk",
        "sort",
        "kthvalue",
        "cummax",
        "cummin",
        "round",
        "floor",
        "ceil",
        "trunc",
        "heaviside",
        "max_pool1d",
        "max_pool2d",
        "max_pool3d",
        "max_pool2d_with_indices",
        "max_pool3d_with_indices",
        "mkldnn_max_pool2d",
        "mkldnn_max_pool3d",
        "quantized_max_pool2d",
        "adaptive_max_pool1d",
        "adaptive_max_pool2d",
        "adaptive_max_pool3d",
        "fractional_max_pool2d",
        "fractional_max_pool3d",
        "smooth_l1_loss",
        "huber_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "multilabel_margin_loss_forward",
    ]
)
_CLAMPS = frozenset({"clamp", "clamp_min", "clamp_max"})


def find_kinks(objective: ObjectiveLike) -> list[str] | None:
    """Return the names of the operations with kinks that the loss calls on a few samples; None if unknown.

    Costs one evaluation of a few samples, once per objective. `where` and comparisons by hand are not seen.
    """
    known = objective.choices
    if "kinks" not in known:
        found: list[str] | None = None
        with suppress(Exception):  # what cannot be evaluated so, such as compiled code: nothing is known then
            found = _find(objective)
        known["kinks"] = found
    return known["kinks"]


def union_of_kinks(objectives: Mapping[str, ObjectiveLike]) -> list[str] | None:
    """Return the operations with kinks of all objectives; None if unknown for one."""
    found: set[str] = set()
    for objective in objectives.values():
        kinks = find_kinks(objective)
        if kinks is None:
            return None
        found.update(kinks)
    return sorted(found)


def _find(objective: ObjectiveLike) -> list[str]:
    first = next(iter(objective.batches()))[0]
    few = first_rows(first) or first
    noted = _Noted()

    def run(model: nn.Module) -> None:
        with noted:
            objective.loss(model, few)

    with torch.enable_grad():  # without gradients fused layers hide what they call
        objective.run(run, objective.space.leaves())
    return sorted(noted.names)


class _Noted(TorchDispatchMode):
    """Record the operations with kinks whose inputs depend on the parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # as in RandomRounding

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__.rstrip("_")
        kinked, clamped = name in _KINKED, name in _CLAMPS
        depends = (kinked or clamped) and _varies(args)
        before = args[0].clone() if depends and clamped else None
        out = func(*args, **(kwargs or {}))
        # A clamp that changes nothing, such as that of a norm above its epsilon, is no kink.
        if depends and (before is None or not torch.equal(before, out)):
            self.names.add(name.strip("_"))
        return out


def _varies(args: tuple[Any, ...]) -> bool:
    """Whether an argument is a tensor of real numbers that depends on the parameters, as far as is known."""
    tensors = [arg for arg in args if isinstance(arg, Tensor) and arg.is_floating_point()]
    # Inside of custom functions and reentrant checkpoints, gradients are off.
    return bool(tensors) and (not torch.is_grad_enabled() or any(t.requires_grad for t in tensors))
