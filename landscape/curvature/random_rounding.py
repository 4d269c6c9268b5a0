"""Random rounding: measure rounding errors by rounding every operation's result at random.

The rounding of a product with a Hessian is not that of its last sum. Where a network fits its data, the curvature of
cross-entropy is p (1 - p) with p so near 1 that 1 - p is rounding in large part, and the same numbers come out however
often or in whatever order the product is taken. Random rounding (Monte Carlo arithmetic; Parker 1997; Vignes 2004,
Numerical Algorithms 37, 377) disturbs the result of each operation by a random part of its spacing: the spread of what
comes out is what rounding does.

A disturbance that turns a discrete choice, such as which box of a detector matches which object, gives the product of
another function, and no rounding. So the choices of an undisturbed evaluation are kept (`Choices`), and disturbed ones
make them again: each measures the same piece of the function.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._decomp import get_decompositions
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

_aten = torch.ops.aten
_FUSED = get_decompositions(
    [
        _aten._log_softmax,
        _aten._log_softmax_backward_data,
        _aten._softmax,
        _aten._softmax_backward_data,
        _aten.native_layer_norm,
        _aten.native_layer_norm_backward,
        _aten.native_group_norm,
        _aten.native_group_norm_backward,
        _aten.gelu,
        _aten.gelu_backward,
        _aten.silu,
        _aten.silu_backward,
        _aten.sigmoid_backward,
        _aten.tanh_backward,
        _aten.log_sigmoid_forward,
        _aten.log_sigmoid_backward,
        _aten.softplus,
        _aten.softplus_backward,
        _aten.binary_cross_entropy,
        _aten.binary_cross_entropy_backward,
        _aten.mse_loss,
        _aten.mse_loss_backward,
    ]
)
"""Kernels that hide a cancellation inside, with the operations that they are made of."""

_PIECEWISE = get_decompositions(
    [
        _aten.threshold_backward,
        _aten.leaky_relu_backward,
        _aten.hardtanh_backward,
        _aten.elu_backward,
        _aten._prelu_kernel_backward,
        _aten.rrelu_with_noise_backward,
        _aten.hardshrink,
        _aten.softshrink,
        _aten.hardsigmoid_backward,
        _aten.hardswish_backward,
        _aten.smooth_l1_loss_backward,
        _aten.huber_loss,
        _aten.huber_loss_backward,
        _aten.frac,
    ]
)
_PIECEWISE |= {
    shrink: lambda gradient, x, width: torch.where((x >= -width) & (x <= width), 0.0, gradient)
    for shrink in (_aten.hardshrink_backward.default, _aten.softshrink_backward.default)
} | {
    remainder: lambda x, y, round_=round_: x - round_(x / y) * y
    for packet, round_ in ((_aten.remainder, torch.floor), (_aten.fmod, torch.trunc))
    for remainder in (packet.Tensor, packet.Scalar)
}
"""Kernels that hide a comparison or a jump inside, likewise."""

_FACTORS = {
    _aten.mm,
    _aten.addmm,
    _aten.bmm,
    _aten.baddbmm,
    _aten.convolution,
    _aten.convolution_backward,
}
"""Operations whose factors a shorter arithmetic rounds."""

_EXACT = {
    _aten.floor,
    _aten.ceil,
    _aten.round,
    _aten.trunc,
    _aten.floor_divide,
    _aten.sign,
    _aten.sgn,
    _aten.heaviside,
    _aten.abs,
    _aten.neg,
    _aten.relu,
    _aten.threshold,
    _aten.threshold_backward,
    _aten.clamp,
    _aten.clamp_min,
    _aten.clamp_max,
    _aten.hardtanh,
    _aten.max,
    _aten.min,
    _aten.amax,
    _aten.amin,
    _aten.maximum,
    _aten.minimum,
    _aten.cummax,
    _aten.cummin,
    _aten.sort,
    _aten.topk,
    _aten.kthvalue,
    _aten.median,
    _aten.nanmedian,
    _aten.mode,
    _aten.max_pool2d_with_indices,
    _aten.max_pool3d_with_indices,
    _aten.where,
    _aten.gather,
    _aten.index,
    _aten.index_select,
    _aten.embedding,
    _aten.take,
    _aten.scatter,
    _aten.masked_fill,
    _aten.cat,
    _aten.stack,
    _aten.clone,
    _aten.copy,
    _aten.flip,
    _aten.roll,
    _aten.repeat,
    _aten.constant_pad_nd,
    _aten.tril,
    _aten.triu,
    _aten.arange,
    _aten.full,
    _aten.full_like,
    _aten.ones,
    _aten.ones_like,
    _aten.zeros,
    _aten.zeros_like,
    _aten.new_full,
    _aten.new_ones,
    _aten.new_zeros,
    _aten.scalar_tensor,
    _aten.eye,
}
"""Operations that select, move or count numbers. They round nothing, and what follows may take their results for exact:
as one of the numbers that a maximum is of."""

_JUMPS = {"floor", "ceil", "round", "trunc", "floor_divide", "sign", "sgn", "heaviside"}
"""Operations whose results jump with their arguments, and are constant between."""

_SELECTED = {
    _aten.max,
    _aten.min,
    _aten.sort,
    _aten.topk,
    _aten.kthvalue,
    _aten.median,
    _aten.nanmedian,
    _aten.mode,
    _aten.cummax,
    _aten.cummin,
}
_POOLED = {
    _aten.max_pool2d_with_indices: 2,
    _aten.max_pool3d_with_indices: 3,
    _aten.adaptive_max_pool2d: 2,
    _aten.adaptive_max_pool3d: 3,
    _aten.fractional_max_pool2d: 2,
    _aten.fractional_max_pool3d: 3,
}
"""Operations that return the numbers at places they have chosen, along one dimension or over so many last ones."""


class DepartedError(RuntimeError):
    """A perturbed evaluation runs other operations than the exact one, so that they cannot be compared."""


class Choices(TorchDispatchMode):
    """Mode that records what operations choose by comparing numbers: truth values, integers and numbers that jump.

    What depends on integers alone, such as the arithmetic of indices, follows from these and is not kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: list[tuple[Any, list[Any]]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # as of `RandomRounding`

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation and record its choices."""
        kwargs = kwargs or {}
        kind = _kind(func)
        if kind.pieces is not None:
            with self:
                return kind.pieces(*args, **kwargs)
        result = func(*args, **kwargs)
        if not kind.is_view and _reads_fractions(args, kwargs):
            chosen = [_packed(item) for item in _leaves((result,)) if _is_choice(func, item, args, kwargs)]
            if chosen:
                self._made.append((_signature(func, args, kwargs), chosen))
        return result

    def again(self) -> Iterator[tuple[Any, list[Any]]]:
        """Iterate over the choices, in order: each with the operation and the shapes of what it was given."""
        return iter(self._made)


class RandomRounding(TorchDispatchMode):
    """Mode that perturbs every operation's result by a random part of the spacing of its numbers, unless it is exact.

    Parameters
    ----------
    seed : int
    factors : float
        Relative spacing to which matrix products and convolutions round their factors, where that is coarser.
    choices : Choices, optional
        Those of the same evaluation without rounding, which this one makes again.
    raises : bool
        Whether DepartedError is raised as soon as the evaluation takes other operations, and not only by `finish`, as
        ranks need that wait for each other inside.
    """

    def __init__(self, seed: int, factors: float = 0.0, choices: Choices | None = None, *, raises: bool = True) -> None:
        super().__init__()
        self._seed, self._factors = seed, factors
        self._generators: dict[torch.device, torch.Generator] = {}
        self._choices = None if choices is None else choices.again()
        self._raises, self._departed = raises, ""
        self._outermost = True  # not inside a kernel whose parts have made no choices

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return (
            False  # nothing is compiled here, and to skip it would import all of torch._dynamo, for a second and a half
        )

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation and perturb its result, unless that is a view or an argument written to."""
        kwargs = kwargs or {}
        kind = _kind(func)
        parts = kind.pieces or kind.parts
        if parts is not None:
            before, self._outermost = self._outermost, self._outermost and kind.pieces is not None
            try:
                with self:
                    return parts(*args, **kwargs)
            finally:
                self._outermost = before
        result = func(*args, **kwargs)
        if kind.is_view:
            return result
        if self._choices is not None and self._outermost and _reads_fractions(args, kwargs):
            result = self._chosen(func, args, kwargs, result)
        if kind.is_exact:
            return result
        spacing = self._factors if kind.multiplies else 0.0
        if isinstance(result, (tuple, list)):
            return type(result)(self._disturbed(item, spacing) for item in result)
        return self._disturbed(result, spacing)

    def finish(self) -> None:
        """Raise DepartedError if the evaluation departed, or if choices are left that were not made again."""
        if self._departed:
            raise DepartedError(self._departed)
        if self._choices is not None and next(self._choices, None) is not None:
            raise DepartedError("The disturbed evaluation ended before it made all choices again.")

    def _chosen(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        """Return the result with the recorded choices."""
        if not any(_is_choice(func, item, args, kwargs) for item in _leaves((result,))):
            return result
        assert self._choices is not None
        signature, kept = next(self._choices, (None, []))
        if signature != _signature(func, args, kwargs):
            self._departed = f"The disturbed evaluation takes {func} where the undisturbed one took {signature}."
            if self._raises:
                raise DepartedError(self._departed)
            self._choices = None
            return result
        rest = iter(kept)

        def replaced(item: Any) -> Any:
            if not _is_choice(func, item, args, kwargs):
                return item
            old = next(rest)
            if not isinstance(item, Tensor):
                return old
            if func._schema.is_mutable:
                return item.copy_(old)
            return old.to(item.dtype, copy=True)

        result = tree_map(replaced, result)
        if isinstance(result, tuple) and len(result) == 2:  # the numbers at the places chosen
            numbers, places = result
            if func.overloadpacket in _POOLED:
                dims, source = _POOLED[func.overloadpacket], args[0]
                flat = source.flatten(-dims).gather(-1, places.flatten(-dims))
                return flat.view(places.shape), places
            if func.overloadpacket in _SELECTED and numbers.dim() and args[0].dim():
                dim = _argument(func, "dim", args, kwargs)
                index = places if places.dim() == args[0].dim() else places.unsqueeze(dim)
                return args[0].gather(dim, index).view(places.shape), places
        return result

    def _disturbed(self, result: Any, spacing: float) -> Any:
        if not isinstance(result, Tensor) or not result.is_floating_point():
            return result
        if result._is_zerotensor():  # autograd's zeros without memory, on which writing crashes
            return result
        size = max(spacing, torch.finfo(result.dtype).eps)
        noise = torch.empty_like(result).uniform_(-size, size, generator=self._generator(result.device))
        disturbed = torch.addcmul(result, noise, result)
        # No rounding makes NaN of the -inf of an attention mask, or infinity of the least number in its place. A sum
        # that is finite is that of finite numbers, and takes a fraction of the time.
        if math.isfinite(float(disturbed.sum())):
            return disturbed
        return disturbed.where(disturbed.isfinite(), result)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device]


class _Kind(NamedTuple):
    """What is to be done about an operation, found out once."""

    pieces: Callable[..., Any] | None
    """The operations of a kernel that hides a comparison or a jump."""
    parts: Callable[..., Any] | None
    """Those of one that hides a cancellation."""
    is_view: bool
    """Returns a view and writes nothing."""
    is_exact: bool
    """Rounds nothing, returns a view or writes to an argument."""
    multiplies: bool
    """Rounds its factors, in a shorter arithmetic."""
    jumps: bool
    """Its numbers with fractions are choices."""
    may_divide_to_integers: bool


@cache
def _kind(func: Any) -> _Kind:
    schema = func._schema
    aliases = any(returned.alias_info is not None for returned in schema.returns)
    name = func.overloadpacket.__name__.rstrip("_")
    return _Kind(
        _PIECEWISE.get(func),
        _FUSED.get(func),
        aliases and not schema.is_mutable,
        func.overloadpacket in _EXACT or schema.is_mutable or aliases,
        func.overloadpacket in _FACTORS,
        name in _JUMPS,
        name == "div",
    )


def _reads_fractions(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an operation is given numbers with fractions, by which it may choose unless it returns a view of them."""
    for item in args:  # most often the first
        if isinstance(item, Tensor) and item.is_floating_point():
            return True
    return any(isinstance(item, Tensor) and item.is_floating_point() for item in _leaves((args, kwargs)))


def _leaves(tree: Any) -> Iterator[Any]:
    """Iterate over what tuples, lists and dicts hold, which is all that operations are given, faster than pytrees."""
    for item in tree.values() if type(tree) is dict else tree:
        if isinstance(item, (tuple, list, dict)):
            yield from _leaves(item)
        else:
            yield item


def _is_choice(func: Any, item: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether one of the results of an operation that reads numbers with fractions is a choice."""
    if not isinstance(item, Tensor):
        return isinstance(item, (bool, int, float))
    if not item.is_floating_point():
        return not item.is_complex()
    kind = _kind(func)
    whole = kind.may_divide_to_integers and _argument(func, "rounding_mode", args, kwargs) is not None
    return kind.jumps or whole


def _signature(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, tuple[torch.Size, ...]]:
    return str(func), tuple(item.shape for item in _leaves((args, kwargs)) if isinstance(item, Tensor))


def _argument(func: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return an argument of an operation by its name; None if it has none of that name."""
    for place, argument in enumerate(func._schema.arguments):
        if argument.name == name:
            given = args[place] if place < len(args) else argument.default_value
            return kwargs.get(name, given)
    return None


def _packed(item: Any) -> Any:
    """Return a copy that later writes do not reach; indices in four bytes where they fit."""
    if not isinstance(item, Tensor):
        return item
    small = item.dtype == torch.int64 and item.numel() > 0 and int(item.abs().max()) < 2**31
    return item.detach().to(torch.int32 if small else item.dtype, copy=True)
