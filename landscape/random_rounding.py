"""Random rounding: what every operation rounds, made visible by rounding it at random.

The rounding of a product with a Hessian is not that of its last sum. Where a network fits its data, the curvature of
cross-entropy is p (1 - p) with p so near 1 that 1 - p is rounding in large part, and the same numbers come out however
often or in whatever order the product is taken. Random rounding (Monte Carlo arithmetic; Parker 1997; Vignes 2004, Numerical
Algorithms 37, 377) disturbs the result of each operation by a random part of its spacing: the spread of what comes out is
what rounding does.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._decomp import get_decompositions
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
_FUSED = get_decompositions(
    [
        _aten._log_softmax, _aten._log_softmax_backward_data, _aten._softmax, _aten._softmax_backward_data,
        _aten.native_layer_norm, _aten.native_layer_norm_backward, _aten.native_group_norm,
        _aten.native_group_norm_backward, _aten.gelu, _aten.gelu_backward, _aten.silu, _aten.silu_backward,
        _aten.sigmoid_backward, _aten.tanh_backward, _aten.log_sigmoid_forward, _aten.log_sigmoid_backward,
        _aten.softplus, _aten.softplus_backward, _aten.binary_cross_entropy, _aten.binary_cross_entropy_backward,
        _aten.mse_loss, _aten.mse_loss_backward, _aten.huber_loss, _aten.huber_loss_backward,
    ]
)  # fmt: skip
"""Kernels that hide a cancellation inside, with the operations that they are made of."""

_FACTORS = {
    _aten.mm, _aten.addmm, _aten.bmm, _aten.baddbmm, _aten.convolution, _aten.convolution_backward,
}  # fmt: skip
"""Operations whose factors a shorter arithmetic rounds."""

_EXACT = {
    _aten.floor, _aten.ceil, _aten.round, _aten.trunc, _aten.floor_divide, _aten.sign, _aten.sgn, _aten.heaviside,
    _aten.abs, _aten.neg, _aten.relu, _aten.threshold, _aten.threshold_backward, _aten.clamp, _aten.clamp_min,
    _aten.clamp_max, _aten.hardtanh, _aten.max, _aten.min, _aten.amax, _aten.amin, _aten.maximum, _aten.minimum,
    _aten.cummax, _aten.cummin, _aten.sort, _aten.topk, _aten.kthvalue, _aten.median, _aten.nanmedian, _aten.mode,
    _aten.max_pool2d_with_indices, _aten.max_pool3d_with_indices, _aten.where, _aten.gather, _aten.index,
    _aten.index_select, _aten.embedding, _aten.take, _aten.scatter, _aten.masked_fill, _aten.cat, _aten.stack,
    _aten.clone, _aten.copy, _aten.flip, _aten.roll, _aten.repeat, _aten.constant_pad_nd, _aten.tril, _aten.triu,
    _aten.arange, _aten.full, _aten.full_like, _aten.ones, _aten.ones_like, _aten.zeros, _aten.zeros_like,
    _aten.new_full, _aten.new_ones, _aten.new_zeros, _aten.scalar_tensor, _aten.eye,
}  # fmt: skip
"""Operations that select, move or count numbers. They round nothing, and what follows may take their results for exact:
as an index, or as one of the numbers that a maximum is of."""


class RandomRounding(TorchDispatchMode):
    """Inside, every operation's result is off by a random part of the spacing of its numbers, unless it rounds nothing.

    Parameters
    ----------
    seed : int
    factors : float
        Relative spacing to which matrix products and convolutions round their factors, where that is coarser.
    """

    def __init__(self, seed: int, factors: float = 0.0) -> None:
        super().__init__()
        self._seed, self._factors = seed, factors
        self._generators: dict[torch.device, torch.Generator] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation and disturb what it returns, unless that is a view or an argument written to."""
        parts: Callable[..., Any] | None = _FUSED.get(func)
        if parts is not None:
            with self:
                return parts(*args, **(kwargs or {}))
        result = func(*args, **(kwargs or {}))
        schema = func._schema
        if (
            func.overloadpacket in _EXACT
            or schema.is_mutable
            or any(returned.alias_info for returned in schema.returns)
        ):
            return result
        spacing = self._factors if func.overloadpacket in _FACTORS else 0.0
        if isinstance(result, (tuple, list)):
            return type(result)(self._disturbed(item, spacing) for item in result)
        return self._disturbed(result, spacing)

    def _disturbed(self, result: Any, spacing: float) -> Any:
        if not isinstance(result, Tensor) or not result.is_floating_point():
            return result
        if result._is_zerotensor():  # autograd's zeros without memory, on which writing crashes
            return result
        noise = torch.empty_like(result).uniform_(-1, 1, generator=self._generator(result.device))
        return result + noise * (max(spacing, torch.finfo(result.dtype).eps) * result)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device]
