"""Layers replaced by equal ones whose double backward is cheap: the same function, another graph.

PyTorch differentiates a convolution's backward pass through transposed convolutions whose kernels are as large as the
images, and an eval-mode batch norm through a dozen pointwise passes. Here a convolution's double backward is made of
the four convolutions that it is mathematically, a batch norm with frozen statistics is folded into the convolution
before it (its scale and shift stay differentiable), images go through channels-last, and LSTMs on CPUs do without
oneDNN's fused layer, whose derivatives compute the cells again. The calls are intercepted while the loss is evaluated,
so the model itself stays as it is.
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

from landscape._common.threads import in_main_thread
from landscape.curvature._hvp.convolution import Convolution, read_convolution

__all__ = ["DoubleBackwardMode"]

_CONVOLUTIONS: dict[Any, int] = {torch.conv1d: 1, torch.conv2d: 2, torch.conv3d: 3}
_READERS = {
    Tensor.dim,
    Tensor.size,
    Tensor.numel,
    Tensor.is_floating_point,
    Tensor.is_complex,
    *(getattr(Tensor, name).__get__ for name in ("shape", "ndim", "dtype", "device", "layout", "is_cuda", "is_nested")),
}


class DoubleBackwardMode(TorchFunctionMode):
    """Mode in which convolutions, eval-mode batch norms and LSTMs build the cheaper graph.

    Parameters
    ----------
    channels_last : bool
        Whether convolutions over images compute in the channels-last layout.

    Attributes
    ----------
    convolutions, batch_norms, folded, recurrent : int
        Calls rewritten so far; `folded` batch norms are part of the convolution before them.

    Notes
    -----
    A convolution waits for the next use of its output. A batch norm takes it over, anything else has it computed first.
    Until then the output is a stand-in of the right shape whose entries are NaN and whose derivative is an error, so
    that a use that escapes interception (a scripted function) does not pass for a number unnoticed; `_hvp.tuning`
    compares derivatives before anything is rewritten. An output that somebody kept, such as a hook that stores
    activations, gets its values on leaving.
    """

    def __init__(self, *, channels_last: bool = True) -> None:
        super().__init__()
        self.channels_last = channels_last
        self.convolutions = self.batch_norms = self.folded = self.recurrent = 0
        # By the address of the stand-in, which is kept alive so that the address stays its own.
        self._waiting: dict[int, tuple[Tensor, Convolution]] = {}
        self._computed: dict[int, tuple[Tensor, Tensor]] = {}

    def __enter__(self) -> DoubleBackwardMode:
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        left: list[tuple[weakref.ref[Tensor], Convolution | Tensor]] = [
            *((weakref.ref(stand_in), call) for stand_in, call in self._waiting.values()),
            *((weakref.ref(stand_in), value) for stand_in, value in self._computed.values()),
        ]
        self._waiting.clear()
        self._computed.clear()
        super().__exit__(*error)
        for reference, source in left:
            stand_in = reference()
            if stand_in is not None:
                value = source if isinstance(source, Tensor) else source.compute(self.channels_last)
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
            call = read_convolution(_CONVOLUTIONS[func], *args, **kwargs)
            if call is not None:
                return self._defer(call)
        return func(*args, **kwargs)

    def _defer(self, call: Convolution) -> Tensor:
        self.convolutions += 1
        stand_in = cast(Tensor, _StandIn.apply(call.x, call.weight, call.bias, call.shape()))
        self._waiting[id(stand_in)] = stand_in, call
        return stand_in

    def _settle(self, item: Any) -> Any:
        """Replace a placeholder by the convolution's output."""
        if not isinstance(item, Tensor):
            return item
        if id(item) in self._waiting:
            stand_in, call = self._waiting.pop(id(item))
            self._computed[id(item)] = stand_in, call.compute(self.channels_last)
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
            return folded.compute(self.channels_last)
        x = self._settle(input)
        view = (1, -1) + (1,) * (x.dim() - 2)
        return torch.addcmul(shift.view(view), x, scale.view(view))


@contextmanager
def _without_onednn() -> Iterator[None]:
    """Run LSTM cells on CPUs by PyTorch's own operations, whose backward pass need not run the cells again.

    Not in a background thread, where the switch would be set for the whole program: it saves time, and changes no
    number.
    """
    if not in_main_thread():
        yield
        return
    backend: Any = torch.backends.mkldnn
    before = backend.enabled
    backend.set_flags(False)
    try:
        yield
    finally:
        backend.set_flags(before)


class _StandIn(torch.autograd.Function):
    """Placeholder for the output of a convolution that is still to be computed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, shape: tuple[int, ...]) -> Tensor:
        # An expanded scalar takes no memory.
        return x.new_full((), torch.nan, dtype=torch.promote_types(x.dtype, w.dtype)).expand(shape)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        raise RuntimeError("A convolution's output was used where it could not be intercepted: use route='plain'.")
