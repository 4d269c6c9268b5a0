"""Layers written anew so that their second derivatives are cheap: the same function, another graph.

PyTorch differentiates a convolution's backward pass through transposed convolutions whose kernels are as large as the
images, and an eval-mode batch norm through a dozen pointwise passes. Here a convolution's double backward is made of
the four convolutions that it is mathematically, a batch norm with frozen statistics is folded into the convolution
before it (its scale and shift stay differentiable), images go through channels-last, and LSTMs on CPUs do without oneDNN's
fused layer, whose derivatives compute the cells again. The calls are intercepted while the loss is evaluated, so the
model itself stays as it is.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from landscape.small_images import Geometry, adjoints, convolve, matrix_index

__all__ = ["Rewriting"]

_Call = tuple[Any, ...]
"""Stride, padding and dilation; for a matrix product, also the index of its entries and the shape of an output."""

_CONVOLUTIONS: dict[Any, int] = {torch.conv1d: 1, torch.conv2d: 2, torch.conv3d: 3}
_READERS = {
    Tensor.dim,
    Tensor.size,
    Tensor.numel,
    Tensor.is_floating_point,
    Tensor.is_complex,
    *(getattr(Tensor, name).__get__ for name in ("shape", "ndim", "dtype", "device", "layout", "is_cuda", "is_nested")),
}


class Rewriting(TorchFunctionMode):
    """While active, convolutions, eval-mode batch norms and LSTMs build the cheaper graph.

    Parameters
    ----------
    channels_last : bool
        Whether convolutions over images compute in the channels-last layout.
    matrices : bool
        Whether convolutions over images of a few pixels are done by a matrix product (`landscape.small_images`).

    Attributes
    ----------
    convolutions, batch_norms, folded, recurrent, small : int
        Calls rewritten so far; `folded` batch norms are part of the convolution before them, `small` convolutions are
        those that a matrix product can do.

    Notes
    -----
    A convolution waits for the next use of its output. A batch norm takes it over, anything else has it computed first.
    Until then the output is a stand-in of the right shape whose entries are NaN and whose derivative is an error, so
    that a use that escapes interception (a scripted function) does not pass for a number unnoticed; `landscape.route`
    compares derivatives before anything is rewritten. An output that somebody kept, such as a hook that stores
    activations, gets its values on leaving.
    """

    def __init__(self, *, channels_last: bool = True, matrices: bool = False) -> None:
        super().__init__()
        self.channels_last = channels_last
        self.matrices = matrices
        self.convolutions = self.batch_norms = self.folded = self.recurrent = self.small = 0
        # By the address of the stand-in, which is kept alive so that the address stays its own.
        self._waiting: dict[int, tuple[Tensor, _Convolution]] = {}
        self._computed: dict[int, tuple[Tensor, Tensor]] = {}

    def __enter__(self) -> Rewriting:
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        left: list[tuple[weakref.ref[Tensor], _Convolution | Tensor]] = [
            *((weakref.ref(stand_in), call) for stand_in, call in self._waiting.values()),
            *((weakref.ref(stand_in), value) for stand_in, value in self._computed.values()),
        ]
        self._waiting.clear()
        self._computed.clear()
        super().__exit__(*error)
        for reference, source in left:
            stand_in = reference()
            if stand_in is not None:
                value = source if isinstance(source, Tensor) else source.compute(self.channels_last, self.matrices)
                stand_in.data = value.detach()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _READERS:
            if self._computed and isinstance(args[0], Tensor) and id(args[0]) in self._computed:
                args = (self._computed[id(args[0])][1], *args[1:])
            return func(*args, **kwargs)
        if func is functional.batch_norm:
            return self._batch_norm(*args, **kwargs)
        if self._waiting or self._computed:
            args, kwargs = tree_map(self._settle, (args, kwargs))
        if func is torch.lstm:
            self.recurrent += 1
            with _without_onednn():
                return func(*args, **kwargs)
        if func in _CONVOLUTIONS:
            call = _read_convolution(_CONVOLUTIONS[func], *args, **kwargs)
            if call is not None:
                return self._defer(call)
        return func(*args, **kwargs)

    def _defer(self, call: _Convolution) -> Tensor:
        self.convolutions += 1
        self.small += call.index() is not None
        stand_in = cast(Tensor, _StandIn.apply(call.x, call.weight, call.bias, call.shape()))
        self._waiting[id(stand_in)] = stand_in, call
        return stand_in

    def _settle(self, item: Any) -> Any:
        """Replace a stand-in by the convolution's output."""
        if not isinstance(item, Tensor):
            return item
        if id(item) in self._waiting:
            stand_in, call = self._waiting.pop(id(item))
            self._computed[id(item)] = stand_in, call.compute(self.channels_last, self.matrices)
        return self._computed[id(item)][1] if id(item) in self._computed else item

    def _batch_norm(
        self,
        input: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        tensors = (input, running_mean, running_var, weight, bias)
        mixed = any(tensor is not None and tensor.dtype != input.dtype for tensor in tensors)
        if training or running_mean is None or running_var is None or mixed:
            x = self._settle(input)
            return functional.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)
        self.batch_norms += 1
        scale = torch.rsqrt(running_var + eps)
        scale = scale if weight is None else scale * weight
        shift = -running_mean * scale if bias is None else bias - running_mean * scale
        waits = id(input) in self._waiting
        if waits and self._waiting[id(input)][1].differentiated == torch.is_grad_enabled():
            self.folded += 1
            stand_in, call = self._waiting.pop(id(input))
            folded = call.scaled(scale, shift)
            # A later use of the convolution's own output, which no usual network makes, is still the right one.
            self._waiting[id(input)] = stand_in, call
            return folded.compute(self.channels_last, self.matrices)
        x = self._settle(input)
        view = (1, -1) + (1,) * (x.dim() - 2)
        return torch.addcmul(shift.view(view), x, scale.view(view))


@contextmanager
def _without_onednn() -> Iterator[None]:
    """Inside, CPUs run an LSTM's cells by PyTorch's own operations, whose backward pass need not run them again."""
    backend: Any = torch.backends.mkldnn
    before = backend.enabled
    backend.set_flags(False)
    try:
        yield
    finally:
        backend.set_flags(before)


class _Convolution:
    """One call of a convolution."""

    def __init__(self, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, groups: int) -> None:
        self.x = x
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
        self.groups = groups
        self.differentiated = torch.is_grad_enabled()

    def shape(self) -> tuple[int, ...]:
        spatial = (
            (size + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, pad, dilation in zip(
                self.x.shape[2:], self.weight.shape[2:], *self.geometry, strict=True
            )
        )
        return (self.x.shape[0], self.weight.shape[0], *spatial)

    def index(self) -> Tensor | None:
        """Return what makes a matrix of the kernel, if a product with that is cheaper."""
        if self.x.dim() != 4 or self.groups > 1 or self.x.device.type != "cpu" or self.x.dtype != self.weight.dtype:
            return None
        return matrix_index(tuple(self.x.shape[1:]), tuple(self.weight.shape), self.geometry)

    def scaled(self, scale: Tensor, shift: Tensor) -> _Convolution:
        weight = self.weight * scale.view((-1,) + (1,) * (self.weight.dim() - 1))
        bias = shift if self.bias is None else torch.addcmul(shift, self.bias, scale)
        return _Convolution(self.x, weight, bias, self.geometry, self.groups)

    def compute(self, channels_last: bool, matrices: bool) -> Tensor:
        # The first use may be inside no_grad(), later ones not.
        with torch.set_grad_enabled(self.differentiated):
            x = self.x
            if matrices and (index := self.index()) is not None:
                geometry = *self.geometry, index, self.shape()[1:]
                return cast(Tensor, _Forward.apply(x, self.weight, self.bias, geometry, self.groups))
            if channels_last and x.dim() == 4 and x.shape[1] > 1:
                x = x.contiguous(memory_format=torch.channels_last)
            return cast(Tensor, _Forward.apply(x, self.weight, self.bias, self.geometry, self.groups))


def _read_convolution(
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> _Convolution | None:
    """Return the call, or None if it is one to leave alone."""
    if input.dim() != dims + 2 or torch.is_autocast_enabled(input.device.type):
        return None
    strides, dilations = _each(stride, dims), _each(dilation, dims)
    named = isinstance(padding, str)
    pads = _named_padding(padding, weight.shape[2:], dilations) if named else _each(padding, dims)
    if pads is None or (named and max(strides) > 1):  # which torch refuses for "same"
        return None
    return _Convolution(input, weight, bias, (strides, pads, dilations), groups)


def _named_padding(name: str, kernel: torch.Size, dilation: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return "same" or "valid" padding in numbers, or None where the two sides would differ."""
    both = [step * (size - 1) if name == "same" else 0 for size, step in zip(kernel, dilation, strict=True)]
    return None if any(total % 2 for total in both) else tuple(total // 2 for total in both)


def _each(value: Any, dims: int) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * dims if len(values) == 1 else values


def _convolve(x: Tensor, w: Tensor, bias: Tensor | None, geometry: _Call, groups: int) -> Tensor:
    stride, padding, dilation, *small = geometry
    if small:
        return convolve(x, w, bias, *small)
    return torch.convolution(x, w, bias, stride, padding, dilation, False, (0,) * len(stride), groups)


def _adjoints(
    g: Tensor, x: Tensor, w: Tensor, geometry: _Call, groups: int, mask: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """The derivatives of <g, conv(x, w)> with respect to x and w."""
    stride, padding, dilation, *small = geometry
    if small:
        return adjoints(g, x, w, small[0], mask)
    if g.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
        g = g.contiguous(memory_format=torch.channels_last)
    by_x, by_w, _ = torch.ops.aten.convolution_backward(
        g, x, w, None, stride, padding, dilation, False, (0,) * len(stride), groups, (*mask, False)
    )
    return by_x, by_w


class _StandIn(torch.autograd.Function):
    """Stands for the output of a convolution that is still to be computed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, shape: tuple[int, ...]) -> Tensor:
        # An expanded scalar takes no memory.
        return x.new_full((), torch.nan, dtype=torch.promote_types(x.dtype, w.dtype)).expand(shape)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        raise RuntimeError("A convolution's output was used where it could not be intercepted: use route='plain'.")


class _Forward(torch.autograd.Function):
    """y = conv(x, w) + b."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, geometry: _Call, groups: int) -> Tensor:
        ctx.save_for_backward(x, w)
        ctx.geometry, ctx.groups = geometry, groups
        return _convolve(x, w, bias, geometry, groups)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, w = ctx.saved_tensors
        mask = ctx.needs_input_grad[:2]
        if torch.is_grad_enabled():
            by_x, by_w = _Backward.apply(g, x, w, ctx.geometry, ctx.groups, mask)
        else:
            by_x, by_w = _adjoints(g, x, w, ctx.geometry, ctx.groups, mask)
        by_bias = g.sum(dim=(0, *range(2, g.dim()))) if ctx.needs_input_grad[2] else None
        return by_x, by_w, by_bias, None, None


class _Backward(torch.autograd.Function):
    """(g, x, w) to the derivatives of <g, conv(x, w)> by x and w; bilinear in each pair, so its own are convolutions."""

    @staticmethod
    def forward(
        ctx: Any,
        g: Tensor,
        x: Tensor,
        w: Tensor,
        geometry: _Call,
        groups: int,
        mask: tuple[bool, bool],
    ) -> tuple[Tensor | None, Tensor | None]:
        ctx.save_for_backward(g, x, w)
        ctx.set_materialize_grads(False)
        ctx.geometry, ctx.groups = geometry, groups
        return _adjoints(g, x, w, geometry, groups, mask)

    @staticmethod
    def backward(ctx: Any, u: Tensor | None, v: Tensor | None) -> tuple[Tensor | None, ...]:
        # <u, by_x> + <v, by_w> = <g, conv(u, w) + conv(x, v)>
        g, x, w = ctx.saved_tensors
        geometry, groups = ctx.geometry, ctx.groups
        need_g, need_x, need_w = ctx.needs_input_grad[:3]
        by_g: Tensor | None = None
        by_x: Tensor | None = None
        by_w: Tensor | None = None
        if need_g:
            if u is not None:
                by_g = _convolve(u, w, None, geometry, groups)
            if v is not None:
                term = _convolve(x, v, None, geometry, groups)
                by_g = term if by_g is None else by_g.add_(term)
        if need_x and v is not None:
            by_x = _adjoints(g, x, v, geometry, groups, (True, False))[0]
        if need_w and u is not None:
            by_w = _adjoints(g, u, w, geometry, groups, (False, True))[1]
        return by_g, by_x, by_w, None, None, None
