"""Operations whose second derivative PyTorch has wrong or lacks, rewritten in terms of others.

On CPUs the derivatives of weight norm's fused backward pass are wrong, those of a norm with a bias and no weight are
wrong or an error, and hardsigmoid has none; a binary cross-entropy of logits is rounded to the precision of its
targets, which is not that of differences in float64. The calls are intercepted while derivatives of second order are
taken, in the user's model as it is; values agree to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["ExactDerivatives"]


class ExactDerivatives(TorchFunctionMode):
    """Context that replaces the operations of this module by ones that can be differentiated twice."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        replacement = _REPLACEMENTS.get(func)
        if replacement is None:
            return func(*args, **(kwargs or {}))
        return replacement(func, *args, **(kwargs or {}))


def _weight_norm(func: Any, v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """Return v g / ||v||, the norm over all dimensions but one, or over all of them if `dim` is -1."""
    return v * (g / torch.norm_except_dim(v, 2, dim))


def _hardsigmoid(func: Any, input: Tensor, inplace: bool = False) -> Tensor:
    return input.copy_(_hardsigmoid(func, input.clone())) if inplace else functional.relu6(input + 3) / 6


def _hardsigmoid_(func: Any, input: Tensor) -> Tensor:
    return _hardsigmoid(func, input, inplace=True)


def _hardswish(func: Any, input: Tensor, inplace: bool = False) -> Tensor:
    # A copy, because the product keeps its factors for the backward pass.
    return input.copy_(_hardswish(func, input.clone())) if inplace else input * functional.relu6(input + 3) / 6


def _hardswish_(func: Any, input: Tensor) -> Tensor:
    return _hardswish(func, input, inplace=True)


def _layer_norm(
    func: Any,
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *rest: Any,
    **options: Any,
) -> Tensor:
    if weight is not None or bias is None:
        return func(input, normalized_shape, weight, bias, *rest, **options)
    return func(input, normalized_shape, None, None, *rest, **options) + bias


def _group_norm(
    func: Any,
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *rest: Any,
    **options: Any,
) -> Tensor:
    if weight is not None or bias is None:
        return func(input, num_groups, weight, bias, *rest, **options)
    return func(input, num_groups, None, None, *rest, **options) + _by_channel(bias, input)


def _batch_norm(
    func: Any,
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *rest: Any,
    **options: Any,
) -> Tensor:
    if weight is not None or bias is None:
        return func(input, running_mean, running_var, weight, bias, *rest, **options)
    return func(input, running_mean, running_var, None, None, *rest, **options) + _by_channel(bias, input)


def _instance_norm(
    func: Any,
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *rest: Any,
    **options: Any,
) -> Tensor:
    return _batch_norm(func, input, running_mean, running_var, weight, bias, *rest, **options)


def _binary_cross_entropy_with_logits(func: Any, input: Tensor, target: Tensor, *rest: Any, **options: Any) -> Tensor:
    wider = target.is_floating_point() and torch.promote_types(input.dtype, target.dtype) != target.dtype
    return func(input, target.to(input.dtype) if wider else target, *rest, **options)


def _by_channel(bias: Tensor, input: Tensor) -> Tensor:
    return bias.view(-1, *(1,) * (input.dim() - 2))


_REPLACEMENTS: dict[Any, Callable[..., Tensor]] = {
    torch._weight_norm: _weight_norm,
    functional.hardsigmoid: _hardsigmoid,
    torch._C._nn.hardsigmoid: _hardsigmoid,
    torch._C._nn.hardsigmoid_: _hardsigmoid_,
    functional.hardswish: _hardswish,
    torch._C._nn.hardswish: _hardswish,
    torch._C._nn.hardswish_: _hardswish_,
    functional.layer_norm: _layer_norm,
    torch.layer_norm: _layer_norm,
    functional.group_norm: _group_norm,
    torch.group_norm: _group_norm,
    functional.batch_norm: _batch_norm,
    torch.batch_norm: _batch_norm,
    functional.instance_norm: _instance_norm,
    functional.binary_cross_entropy_with_logits: _binary_cross_entropy_with_logits,
    torch.binary_cross_entropy_with_logits: _binary_cross_entropy_with_logits,
    torch.instance_norm: _instance_norm,
}
