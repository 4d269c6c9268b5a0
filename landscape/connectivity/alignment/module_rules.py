"""Rules for modules: how they carry the order of channels, along a graph traced by torch.fx."""

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, fx, nn

from landscape.connectivity.alignment.function_rules import FunctionRules, Value, values_in
from landscape.connectivity.alignment.permutation_groups import Axis, Groups, Shape, plain


class ChannelTracer:
    """Walk a traced graph and give every dimension of every tensor an axis.

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
        self._functions = FunctionRules(self.groups)
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
        inputs = values_in([values[n] for n in node.all_input_nodes])
        if node.op == "output":
            self.groups.fix(axis for value in inputs for axis in value.axes)
            return None
        if node.op == "call_module":
            module = self._model.get_submodule(str(node.target))
            found = self._module(module, args, shape)
            if found is None and not any(True for _ in module.parameters()):
                found = self._functions.axes(_name(type(module).__name__), args, kwargs, shape)
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
        found = self._functions.axes(name, args, kwargs, shape)
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
        """Return the axes of a module's output from those of its input, or None if there is no rule for the module."""
        own = [*module.parameters(), *module.buffers()]
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and id(weight) not in self._names:  # computed, as by weight_norm
            return None
        plain_module = all(id(t) in self._names for t in own) and not hasattr(module, "parametrizations")
        if not plain_module or not args or not isinstance(args[0], Value):
            return None
        x = args[0].axes
        if isinstance(module, nn.Linear):
            return self._functions.linear(x, self._tensor(module.weight), self._bias(module))
        if isinstance(module, nn.modules.conv._ConvNd):
            return self._convolution(module, x, shape)
        if isinstance(module, nn.modules.batchnorm._NormBase):  # batch and instance norms
            return self._channelwise(x, self._channel(module, len(x)), own)
        if isinstance(module, nn.GroupNorm):
            if 1 < module.num_groups < module.num_channels:
                self.groups.fix((x[1],))
            return self._channelwise(x, 1, own)
        if isinstance(module, (nn.LayerNorm, nn.RMSNorm)):
            return self._functions.normalized(x, [self._tensor(tensor) for tensor in own])
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


def _name(name: str) -> str:
    return name.replace("_", "").lower()


def _plain_value(shape: Shape | None) -> Value | None:
    return None if shape is None else Value(tuple(map(plain, shape)))
