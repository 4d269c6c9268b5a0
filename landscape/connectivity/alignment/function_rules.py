"""Rules for functions without parameters: how they carry the order of channels from inputs to outputs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from landscape.connectivity.alignment.permutation_groups import Axis, Groups, Shape, length, plain

# Names of functions, methods and modules are compared in lower case and without underscores.
_ONE_BY_ONE = """
add sub rsub mul div truediv pow neg abs exp log log1p sqrt rsqrt square reciprocal sigmoid tanh relu relu6 gelu silu
mish elu selu celu leakyrelu hardtanh hardswish hardsigmoid softplus softsign logsigmoid threshold clamp clip sin cos
erf maximum minimum where dropout dropout1d dropout2d dropout3d alphadropout featurealphadropout contiguous clone detach
to float double half identity tanhshrink softshrink hardshrink rrelu stochasticdepth
"""
_EQUIVARIANT = "softmax logsoftmax softmin normalize"  # functions of a whole dimension that treat its positions alike
_POINTWISE = frozenset((_ONE_BY_ONE + _EQUIVARIANT).split())
_POOLS = re.compile(r"(?:adaptive)?(?:max|avg|lp)pool(\d)d|(?:zero|reflection|replication|constant|circular)pad(\d)d")
_RESHAPES = frozenset({"flatten", "view", "reshape", "squeeze", "unsqueeze", "unflatten"})
_REDUCTIONS = frozenset({"mean", "sum", "amax", "amin", "std", "var", "logsumexp"})
_ORDERS = {"permute": "permute", "transpose": "transpose", "swapaxes": "swapaxes", "movedim": "movedim"}


@dataclass(frozen=True)
class Value:
    """A traced tensor: an axis per dimension."""

    axes: tuple[Axis, ...]


class FunctionRules:
    """Rules that return the axes of a result; ties between axes go into the groups.

    Parameters
    ----------
    groups : Groups
        Shared with whoever gives axes to the parameters.
    """

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def axes(self, name: str, args: Any, kwargs: Mapping[str, Any], shape: Shape | None) -> Value | None:
        """Return the axes of a result, or None if the operation is not understood."""
        if shape is None:
            return None
        values = [value.axes for value in values_in((args, kwargs))]
        if name in _POINTWISE and values:
            return Value(self._broadcast(values))
        if name in ("cat", "concat"):
            return self._concatenate(values, kwargs.get("dim", args[1] if len(args) > 1 else 0))
        if name in ("linear", "matmul", "scaleddotproductattention"):
            return self._products(name, args, kwargs)
        if not values or not args or not isinstance(args[0], Value):
            return None
        x, *more = values
        if name == "layernorm":
            return self.normalized(x, more)
        if more:
            return None
        if match := _POOLS.fullmatch(name):
            return self._within(x, len(x) - int(match[1] or match[2]), shape)
        if name in ("interpolate", "upsample"):
            return self._within(x, 2, shape)
        if name == "pad":
            widths = kwargs.get("pad", args[1] if len(args) > 1 else None)
            return None if widths is None else self._within(x, len(x) - len(widths) // 2, shape)
        if name in _RESHAPES:
            return Value(self.groups.reshape(x, shape))
        if name == "expand":
            kept = [plain(1)] * (len(shape) - len(x)) + list(x)
            return Value(tuple(a if length(a) == n else plain(n) for a, n in zip(kept, shape, strict=True)))
        if name in _ORDERS:
            probe = torch.empty(tuple(range(2, len(x) + 2)), device="meta")  # lengths tell the dimensions apart
            return Value(tuple(x[n - 2] for n in getattr(probe, _ORDERS[name])(*args[1:], **kwargs).shape))
        if name in _REDUCTIONS:
            return self._reduce(x, kwargs.get("dim", args[1] if len(args) > 1 else None), shape)
        return self._index(x, args[1]) if name == "getitem" else None

    def _broadcast(self, values: Sequence[tuple[Axis, ...]]) -> tuple[Axis, ...]:
        result: list[Axis] = []
        for i in range(1, max(map(len, values), default=0) + 1):
            axis = plain(1)
            for other in (value[-i] for value in values if len(value) >= i):
                if length(other) != 1:
                    axis = other if length(axis) == 1 else self.groups.tie(axis, other)
            result.insert(0, axis)
        return tuple(result)

    def _concatenate(self, values: Sequence[tuple[Axis, ...]], dim: int) -> Value:
        dim %= len(values[0])
        result = list(self._broadcast([(*value[:dim], plain(1), *value[dim + 1 :]) for value in values]))
        result[dim] = tuple(segment for value in values for segment in value[dim])
        return Value(tuple(result))

    def _products(self, name: str, args: Any, kwargs: Mapping[str, Any]) -> Value | None:
        if kwargs or len(args) < 2 or not all(isinstance(value, Value) for value in args):
            return None
        first, second, *more = (value.axes for value in args)
        if len(first) < 2 or len(second) < 2:
            return None
        if name == "linear":
            return self.linear(first, second, more[0][0] if more else None)
        if name == "matmul":
            self.groups.tie(first[-1], second[-2])
            return Value((*self._broadcast([first[:-2], second[:-2]]), first[-2], second[-1]))
        if len(more) != 1:
            return None
        (third,) = more
        self.groups.tie(first[-1], second[-1])
        self.groups.tie(second[-2], third[-2])
        return Value((*self._broadcast([first[:-2], second[:-2], third[:-2]]), first[-2], third[-1]))

    def _within(self, x: tuple[Axis, ...], kept: int, shape: Shape) -> Value | None:
        """Return the axes after an operation that mixes positions of the dimensions after the first `kept`."""
        if len(shape) != len(x):
            return None
        self.groups.fix(x[kept:])
        return Value((*x[:kept], *map(plain, shape[kept:])))

    def _reduce(self, x: tuple[Axis, ...], dim: Any, shape: Shape) -> Value:
        """Return the axes after a reduction, which does not depend on the order of what it runs over."""
        dims = range(len(x)) if dim is None else (dim,) if isinstance(dim, int) else dim
        gone = {d % len(x) for d in dims}
        if len(shape) == len(x):
            return Value(tuple(plain(1) if i in gone else axis for i, axis in enumerate(x)))
        return Value(tuple(axis for i, axis in enumerate(x) if i not in gone))

    def _index(self, x: tuple[Axis, ...], index: Any) -> Value | None:
        """Return the axes after indexing, such as x[3] or x[:, 0]."""
        parts = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(part, int) or part == slice(None) for part in parts):
            return None
        self.groups.fix(axis for axis, part in zip(x, parts, strict=False) if isinstance(part, int))
        whole = [axis for axis, part in zip(x, parts, strict=False) if not isinstance(part, int)]
        return Value((*whole, *x[len(parts) :]))

    def linear(self, x: tuple[Axis, ...], weight: tuple[Axis, ...], bias: Axis | None) -> Value:
        """Return the axes after a matrix product with a weight of shape (out, in), and a bias."""
        self.groups.tie(x[-1], weight[1])
        return Value((*x[:-1], weight[0] if bias is None else self.groups.tie(weight[0], bias)))

    def normalized(self, x: tuple[Axis, ...], own: Sequence[tuple[Axis, ...]]) -> Value:
        """Return the axes after a layer norm.

        Its mean and variance do not depend on the order of what they run over.
        """
        if not own:
            return Value(x)
        kept = len(x) - len(own[0])
        axes = x[kept:]
        for tensor in own:
            axes = tuple(map(self.groups.tie, axes, tensor))
        return Value((*x[:kept], *axes))


def values_in(nested: Any) -> list[Value]:
    """Return the tensors among nested arguments, in order."""
    if isinstance(nested, Value):
        return [nested]
    items = nested.values() if isinstance(nested, Mapping) else nested if isinstance(nested, (tuple, list)) else ()
    return [value for item in items for value in values_in(item)]
