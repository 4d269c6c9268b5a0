"""What each operation of a network means for the order of its channels, along a graph traced by torch.fx."""

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from landscape.permutations import Axis, Groups, Shape, length, plain

# Names of functions, methods and modules are compared in lower case and without underscores.
_ONE_BY_ONE = """
add sub rsub mul div truediv pow neg abs exp log log1p sqrt rsqrt square reciprocal sigmoid tanh relu relu6 gelu silu mish
elu selu celu leakyrelu hardtanh hardswish hardsigmoid softplus softsign logsigmoid threshold clamp clip sin cos erf maximum
minimum where dropout dropout1d dropout2d dropout3d alphadropout featurealphadropout contiguous clone detach to float double
half identity tanhshrink softshrink hardshrink rrelu stochasticdepth
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


class ChannelTracer:
    """Walks a traced graph and gives every dimension of every tensor an axis.

    Parameters
    ----------
    model : torch.nn.Module
    shapes : mapping of str to shape
        Of the results that are tensors, by the name of the node.
    fix_unknown : bool
        Leave in order what goes into an operation that is not understood, instead of refusing.
    """

    def __init__(self, model: nn.Module, shapes: Mapping[str, tuple[int, ...]], fix_unknown: bool) -> None:
        self._model = model
        self._shapes = shapes
        self._fix_unknown = fix_unknown
        self._names = {id(t): name for name, t in [*model.named_buffers(), *model.named_parameters()]}
        self._tensors: dict[str, tuple[Axis, ...]] = {}
        self.groups = Groups()
        self.left_in_order: list[str] = []

    def walk(self, graph: fx.Graph) -> dict[str, tuple[Axis, ...]]:
        """Return the axes of the model's tensors that can be permuted, by their names.

        Raises
        ------
        ValueError
            For an operation that is not understood; the message names it.
        """
        values: dict[fx.Node, Any] = {}
        for node in graph.nodes:
            values[node] = self._visit(node, values)
        settled = {name: tuple(map(self.groups.resolve, axes)) for name, axes in self._tensors.items()}
        return {name: axes for name, axes in settled.items() if any(s.group is not None for a in axes for s in a)}

    def _visit(self, node: fx.Node, values: Mapping[fx.Node, Any]) -> Any:
        shape = self._shapes.get(node.name)
        if node.op == "placeholder":
            return _plain_value(shape)
        if node.op == "get_attr":
            return self._attribute(str(node.target))
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: values[n])
        inputs = _values_in([values[n] for n in node.all_input_nodes])
        if node.op == "output":
            self.groups.fix(axis for value in inputs for axis in value.axes)
            return None
        if node.op == "call_module":
            module = self._model.get_submodule(str(node.target))
            found = self._module(module, args, shape)
            if found is None and not any(True for _ in module.parameters()):
                found = self._function(_name(type(module).__name__), args, kwargs, shape)
            return self._unknown(node, inputs, module, shape) if found is None else found
        name = _name(node.target if isinstance(node.target, str) else getattr(node.target, "__name__", ""))
        if name == "getitem" and isinstance(args[0], list):  # one of several results
            return args[0][int(args[1])]  # type: ignore[arg-type]
        if shape is None and name in ("size", "dim", "numel", "getattr"):
            return None
        if not any(self.groups.moves(axis) for value in inputs for axis in value.axes):
            return _plain_value(shape)
        if node.op == "call_function" and getattr(operator, name, None) is node.target:
            name = name.removeprefix("i")  # x += y
        found = self._function(name, args, kwargs, shape)
        return self._unknown(node, inputs, None, shape) if found is None else found

    def _attribute(self, target: str) -> Value | None:
        tensor = operator.attrgetter(target)(self._model)
        if not isinstance(tensor, Tensor) or id(tensor) not in self._names:
            return _plain_value(tuple(tensor.shape)) if isinstance(tensor, Tensor) else None
        axes = self._tensor(tensor)
        if not isinstance(tensor, nn.Parameter):
            self.groups.fix(axes)
        return Value(axes)

    def _tensor(self, tensor: Tensor) -> tuple[Axis, ...]:
        """Return the axes of a parameter or buffer: a new group for each dimension when it is first met."""
        name = self._names[id(tensor)]
        if name not in self._tensors:
            self._tensors[name] = tuple(map(self.groups.new, tensor.shape))
        return self._tensors[name]

    def _unknown(self, node: fx.Node, inputs: Sequence[Value], module: nn.Module | None, shape: Shape | None) -> Any:
        what = f"module {node.target!r}, a {type(module).__name__}," if module else f"operation {node.format_node()!r}"
        axes = [axis for value in inputs for axis in value.axes]
        if any(map(self.groups.moves, axes)):
            if not self._fix_unknown:
                raise ValueError(
                    f'It is not known what the order of channels means to the {what}: pass unknown="fix" to leave in '
                    "order what goes into it, or spec=, the permutation groups of the parameters."
                )
            self.left_in_order.append(str(node.target) if module else node.name)
        self.groups.fix(axes)
        for tensor in () if module is None else (*module.parameters(), *module.buffers()):
            self.groups.fix(self._tensor(tensor) if id(tensor) in self._names else ())
        return _plain_value(shape)

    # ------------------------------------------------------------------ modules with parameters

    def _module(self, module: nn.Module, args: Any, shape: Any) -> Any:
        """Return what a module makes of its input's axes, or None if it is not understood as a module."""
        own = [*module.parameters(), *module.buffers()]
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and id(weight) not in self._names:  # computed, as by weight_norm
            return None
        plain_module = all(id(t) in self._names for t in own) and not hasattr(module, "parametrizations")
        if not plain_module or not args or not isinstance(args[0], Value):
            return None
        x = args[0].axes
        if isinstance(module, nn.Linear):
            return self._linear(x, self._tensor(module.weight), self._bias(module))
        if isinstance(module, nn.modules.conv._ConvNd):
            return self._convolution(module, x, shape)
        if isinstance(module, nn.modules.batchnorm._NormBase):  # batch and instance norms
            return self._channelwise(x, self._channel(module, len(x)), own)
        if isinstance(module, nn.GroupNorm):
            if 1 < module.num_groups < module.num_channels:
                self.groups.fix((x[1],))
            return self._channelwise(x, 1, own)
        if isinstance(module, (nn.LayerNorm, nn.RMSNorm)):
            return self._normalized(x, [self._tensor(tensor) for tensor in own])
        if isinstance(module, nn.PReLU):
            return Value(x) if module.num_parameters == 1 else self._channelwise(x, 1, own)
        if isinstance(module, nn.Embedding):
            rows, columns = self._tensor(module.weight)
            self.groups.fix((rows,))
            return Value((*x, columns))
        if isinstance(module, nn.MultiheadAttention):
            return self._attention(module, args)
        return None

    def _bias(self, module: Any) -> Axis | None:
        return None if module.bias is None else self._tensor(module.bias)[0]

    def _channel(self, module: nn.Module, dimensions: int) -> int:
        if isinstance(module, nn.modules.instancenorm._InstanceNorm):  # a sample alone has no first dimension
            return dimensions - 1 - int(re.sub(r"\D", "", type(module).__name__))
        return 1

    def _linear(self, x: tuple[Axis, ...], weight: tuple[Axis, ...], bias: Axis | None) -> Value:
        self.groups.tie(x[-1], weight[1])
        return Value((*x[:-1], weight[0] if bias is None else self.groups.tie(weight[0], bias)))

    def _convolution(self, module: nn.modules.conv._ConvNd, x: tuple[Axis, ...], shape: Shape) -> Value:
        weight = self._tensor(module.weight)
        channel = len(x) - len(module.kernel_size) - 1
        self.groups.fix((*weight[2:], *x[channel + 1 :]))
        into, out = (weight[0], weight[1]) if module.transposed else (weight[1], weight[0])
        if module.groups == 1:
            self.groups.tie(x[channel], into)
        elif module.groups == module.in_channels == module.out_channels:  # channel by channel
            out = self.groups.tie(x[channel], weight[0])
        else:
            self.groups.fix((x[channel], *weight))
            out = plain(module.out_channels)
        bias = self._bias(module)
        if bias is not None:
            out = self.groups.tie(out, bias)
        return Value((*x[:channel], out, *map(plain, shape[channel + 1 :])))

    def _channelwise(self, x: tuple[Axis, ...], channel: int, own: Sequence[Tensor]) -> Value:
        axis = x[channel]
        for tensor in own:
            if tensor.dim():  # not the number of batches
                axis = self.groups.tie(axis, self._tensor(tensor)[0])
        return Value((*x[:channel], axis, *x[channel + 1 :]))

    def _normalized(self, x: tuple[Axis, ...], own: Sequence[tuple[Axis, ...]]) -> Value:
        """Axes after a layer norm, whose mean and variance do not depend on the order of what they run over."""
        if not own:
            return Value(x)
        kept = len(x) - len(own[0])
        axes = x[kept:]
        for tensor in own:
            axes = tuple(map(self.groups.tie, axes, tensor))
        return Value((*x[:kept], *axes))

    def _attention(self, module: nn.MultiheadAttention, args: Any) -> list[Value | None] | None:
        """Channels that go in and come out; heads, and the channels within them, are left in order."""
        if module.in_proj_weight is None or module.bias_k is not None:
            return None
        if len(args) != 3 or not all(isinstance(value, Value) for value in args):
            return None
        rows, columns = self._tensor(module.in_proj_weight)
        weight = self._tensor(module.out_proj.weight)
        self.groups.fix((rows, weight[1], *(axis for value in args for axis in value.axes[:-1])))
        for value in args:
            columns = self.groups.tie(columns, value.axes[-1])
        if module.in_proj_bias is not None:
            self.groups.fix(self._tensor(module.in_proj_bias))
        bias = self._bias(module.out_proj)
        out = weight[0] if bias is None else self.groups.tie(weight[0], bias)
        return [Value((*args[0].axes[:-1], out)), None]

    # ------------------------------------------------------------------ functions without parameters of their own

    def _function(self, name: str, args: Any, kwargs: Mapping[str, Any], shape: Shape | None) -> Value | None:
        """Return the axes of a result, or None if the operation is not understood."""
        if shape is None:
            return None
        values = [value.axes for value in _values_in((args, kwargs))]
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
            return self._normalized(x, more)
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
            return self._linear(first, second, more[0][0] if more else None)
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
        """Axes of an operation among the positions of the dimensions after the first `kept`."""
        if len(shape) != len(x):
            return None
        self.groups.fix(x[kept:])
        return Value((*x[:kept], *map(plain, shape[kept:])))

    def _reduce(self, x: tuple[Axis, ...], dim: Any, shape: Shape) -> Value:
        """Sums and the like do not depend on the order of what they run over."""
        dims = range(len(x)) if dim is None else (dim,) if isinstance(dim, int) else dim
        gone = {d % len(x) for d in dims}
        if len(shape) == len(x):
            return Value(tuple(plain(1) if i in gone else axis for i, axis in enumerate(x)))
        return Value(tuple(axis for i, axis in enumerate(x) if i not in gone))

    def _index(self, x: tuple[Axis, ...], index: Any) -> Value | None:
        """Axes after x[3], x[:, 0] and the like."""
        parts = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(part, int) or part == slice(None) for part in parts):
            return None
        self.groups.fix(axis for axis, part in zip(x, parts, strict=False) if isinstance(part, int))
        whole = [axis for axis, part in zip(x, parts, strict=False) if not isinstance(part, int)]
        return Value((*whole, *x[len(parts) :]))


def _name(name: str) -> str:
    return name.replace("_", "").lower()


def _plain_value(shape: Shape | None) -> Value | None:
    return None if shape is None else Value(tuple(map(plain, shape)))


def _values_in(nested: Any) -> list[Value]:
    """Tensors among nested arguments, in order."""
    if isinstance(nested, Value):
        return [nested]
    items = nested.values() if isinstance(nested, Mapping) else nested if isinstance(nested, (tuple, list)) else ()
    return [value for item in items for value in _values_in(item)]
