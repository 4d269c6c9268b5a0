"""Fold batch norms with frozen statistics into the convolutions before them, while a model is evaluated.

The calls are intercepted, so the model itself stays as it is. Which convolution is followed by which batch norm is
observed in one forward pass (`Observer`). Where a later pass does not do the same, it is refused: the caller evaluates
without folding then.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.overrides import TorchFunctionMode

__all__ = ["BatchNormFolding", "NotFoldedError", "Observer", "Pairs"]

Pairs = dict[str, str]
"""Names of convolutions, with those of the batch norms that take their outputs."""

_CONVOLUTIONS = {torch.conv1d, torch.conv2d, torch.conv3d}
_READERS = {
    Tensor.dim,
    Tensor.size,
    Tensor.numel,
    Tensor.is_floating_point,
    Tensor.is_complex,
    *(getattr(Tensor, name).__get__ for name in ("shape", "ndim", "dtype", "device", "layout", "is_cuda", "is_nested")),
}
"""What reads no number of a tensor."""


class NotFoldedError(Exception):
    """A convolution's output was used otherwise than by the batch norm that it was folded with."""


class BatchNormFolding(TorchFunctionMode):
    """Mode in which convolutions compute the batch norms after them as well.

    Parameters
    ----------
    model : torch.nn.Module
        What `Objective.run_values` hands out.
    pairs : dict of str to str
        See `Observer`.
    """

    def __init__(self, model: nn.Module, pairs: Pairs) -> None:
        super().__init__()
        modules = {conv: (model.get_submodule(conv), model.get_submodule(norm)) for conv, norm in pairs.items()}
        self._norms: dict[int, Any] = {id(conv.weight): norm for conv, norm in modules.values()}
        self._folded: dict[int, tuple[Tensor, Tensor]] = {}
        self._waiting: dict[int, tuple[weakref.ref[Tensor], Any]] = {}
        self._normalized: dict[int, weakref.ref[Tensor]] = {}
        self._refused = False

    @contextmanager
    def at_new_weights(self) -> Iterator[None]:
        """Context of the passes at one point of parameter space.

        Raises
        ------
        NotFoldedError
            On leaving at the latest, if the numbers may be wrong.
        """
        self._folded.clear()
        self._waiting.clear()
        self._normalized.clear()
        self._refused = False
        with self:
            yield
        if self._refused or self._waiting:
            raise NotFoldedError

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _READERS:
            return func(*args, **kwargs)
        if func is functional.batch_norm and (waiting := self._waiting.pop(id(args[0]), None)) is not None:
            return self._normalize(waiting, *args, **kwargs)
        if (self._waiting or self._normalized) and any(map(self._is_raw, _tensors((*args, *kwargs.values())))):
            self._refused = True
            raise NotFoldedError
        if func in _CONVOLUTIONS and len(args) > 2 and (norm := self._norms.get(id(args[1]))) is not None:
            kernel, shift = self._fold(args[1], args[2], norm)
            output = func(args[0], kernel, shift, *args[3:], **kwargs)
            self._waiting[id(output)] = weakref.ref(output), norm
            return output
        return func(*args, **kwargs)

    def _is_raw(self, tensor: Tensor) -> bool:
        """Whether a tensor is taken for the output of a convolution before its batch norm."""
        reference = self._waiting[id(tensor)][0] if id(tensor) in self._waiting else self._normalized.get(id(tensor))
        return reference is not None and reference() is tensor

    def _fold(self, weight: Tensor, bias: Tensor | None, norm: Any) -> tuple[Tensor, Tensor]:
        """Return kernel and bias of convolution and batch norm together, computed once at each point."""
        if id(weight) not in self._folded:
            scale = torch.rsqrt(norm.running_var + norm.eps)
            scale = scale if norm.weight is None else scale * norm.weight
            shift = -norm.running_mean * scale if norm.bias is None else norm.bias - norm.running_mean * scale
            kernel = weight * scale.view(-1, *[1] * (weight.dim() - 1))
            self._folded[id(weight)] = kernel, shift if bias is None else torch.addcmul(shift, bias, scale)
        return self._folded[id(weight)]

    def _normalize(
        self,
        waiting: tuple[weakref.ref[Tensor], Any],
        input: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        reference, norm = waiting
        given, folded = (
            (running_mean, running_var, weight, bias),
            (norm.running_mean, norm.running_var, norm.weight, norm.bias),
        )
        same = all(one is other for one, other in zip(given, folded, strict=True))
        if reference() is not input or training or not same or eps != norm.eps:
            self._refused = True
            raise NotFoldedError
        self._normalized[id(input)] = weakref.ref(input)
        return input.view_as(input)  # a tensor of its own, so that a later use of the input is seen


def _tensors(items: Iterable[Any]) -> Iterator[Tensor]:
    for item in items:
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, (tuple, list)):
            yield from _tensors(item)


class Observer(TorchFunctionMode):
    """Mode that observes a forward pass: what can be folded, and the sizes of intermediate results.

    Attributes
    ----------
    largest : int
        Bytes of the largest intermediate result.
    pixels : int
        Of the largest images that a convolution in float32 takes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.largest = self.pixels = 0
        self._uses: Counter[int] = Counter()
        self._followers: dict[int, list[int]] = {}
        self._outputs: dict[int, tuple[Tensor, Tensor]] = {}  # kept, so that addresses stay their own

    def pairs(self, model: nn.Module) -> Pairs:
        """Return the batch norms that can be folded; to be called where the model has the tensors it was run with."""
        named = [(name, module) for name, module in model.named_modules() if not list(module.children())]
        weights = {id(module.weight): name for name, module in named if isinstance(module, _ConvNd)}
        norms = {id(module.running_mean): name for name, module in named if isinstance(module, _BatchNorm)}
        found = Pairs()
        for weight, statistics in self._followers.items():
            alike = len(set(statistics)) == 1 and len(statistics) == self._uses[weight]
            if alike and weight in weights and statistics[0] in norms:
                found[weights[weight]] = norms[statistics[0]]
        return found

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and not result._is_view():
            self.largest = max(self.largest, result.nbytes)
        if func in _CONVOLUTIONS and len(args) > 2:
            x, weight = args[:2]
            self._outputs[id(result)] = result, weight
            self._uses[id(weight)] += 1
            if func is torch.conv2d and result.dtype == torch.float32 and len(weight) >= 4:
                self.pixels = max(self.pixels, x.shape[-2] * x.shape[-1])
        elif func is functional.batch_norm and id(args[0]) in self._outputs:
            self._note(*args, **(kwargs or {}))
        return result

    def _note(
        self,
        input: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> None:
        kernel = self._outputs[id(input)][1]
        tensors = (input, kernel, running_mean, running_var, weight, bias)
        if not training and running_mean is not None and len({t.dtype for t in tensors if t is not None}) == 1:
            self._followers.setdefault(id(kernel), []).append(id(running_mean))
