"""A loss as a program: its operations recorded once, simplified, and run at many parameters without the model's Python.

What a forward pass computes from the data alone is computed once, from the parameters alone once per point; a batch norm
with frozen statistics becomes part of the convolution before it; a forward pass that loss and metrics each ask for runs
once; images go through channels-last where that is what the convolutions want. The same function to rounding, which
`landscape.evaluation` checks before it relies on it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from landscape.batches import Batch, count_samples, map_tensors, tensors_of

__all__ = ["NotCapturableError", "Program"]

aten: Any = torch.ops.aten

Measure = Callable[[Mapping[str, Tensor], Batch], dict[str, Tensor]]
"""From parameters and a batch to named results."""

LARGE_IMAGE = 256
"""Pixels from which on channels-last pays on a CPU; measured, 8x8 images are faster or level channels first."""

_STATISTICS = {aten.native_batch_norm.default: 5, aten.cudnn_batch_norm.default: 5}
"""Batch norms with the position of the argument that says whether they take the batch's statistics."""

_IN_PLACE = {
    aten.relu.default: aten.relu_.default,
    aten.gelu.default: aten.gelu_.default,
    aten.silu.default: aten.silu_.default,
    aten.tanh.default: aten.tanh_.default,
    aten.sigmoid.default: aten.sigmoid_.default,
    aten.add.Tensor: aten.add_.Tensor,
    aten.mul.Tensor: aten.mul_.Tensor,
}
_FRESH = {
    aten.convolution.default,
    aten.addmm.default,
    aten.mm.default,
    aten.bmm.default,
    aten.baddbmm.default,
    aten.clone.default,
    *_IN_PLACE,
    *_IN_PLACE.values(),
}
"""Operations whose result shares memory with nothing else, so that one that is used once may be overwritten."""


class NotCapturableError(Exception):
    """A loss that is no fixed sequence of tensor operations; the message says why."""


class Program:
    """The results of one batch shape as a function of the parameters that move.

    Parameters
    ----------
    measure : callable
        `measure(parameters, batch)`, to be recorded on `batch`.
    parameters : mapping of str to Tensor
    moved : sequence of str
        Names of those that differ from point to point; the others are constants.
    batch : nested tuples, lists and mappings of tensors
    channels_last : bool
        Whether convolutions over float32 images compute in the channels-last layout.

    Attributes
    ----------
    folded : int
        Batch norms that became part of the convolution before them.
    convolutions : int
        Convolutions in channels-last.
    widest, rows : int
        Bytes of the largest intermediate result, and samples of the batch.

    Raises
    ------
    NotCapturableError
        If the operations depend on values, draw random numbers or cannot be recorded.
    """

    def __init__(
        self,
        measure: Measure,
        parameters: Mapping[str, Tensor],
        moved: Sequence[str],
        batch: Batch,
        *,
        channels_last: bool = True,
    ) -> None:
        self._moved = list(moved)
        held = {name: p for name, p in parameters.items() if name not in set(moved)}
        names: list[str] = []

        def record(points: list[Tensor], tensors: list[Tensor]) -> list[Tensor]:
            given = iter(tensors)
            results = measure(
                held | dict(zip(self._moved, points, strict=True)), map_tensors(lambda _: next(given), batch)
            )
            names[:] = results
            return list(results.values())

        moving = [parameters[name] for name in self._moved]
        self._graph, root = _trace(record, moving, tensors_of(batch))
        self._names = names
        self.rows = count_samples(batch) or 1
        inputs = [node for node in self._graph.nodes if node.op == "placeholder"]
        points, self._data = set(inputs[: len(moving)]), inputs[len(moving) :]
        self.folded = _fold_batch_norms(self._graph)
        kinds = _kinds(self._graph, points, set(self._data))
        self.convolutions = _to_channels_last(self._graph, kinds) if channels_last else 0
        _overwrite(self._graph, kinds)
        kinds = _kinds(self._graph, points, set(self._data))
        self.widest = max((_nbytes(n) for n, kind in kinds.items() if kind == (True, True)), default=0)
        self._kinds = kinds
        self._constants = _interpret([n for n, k in kinds.items() if k == (False, False)], {}, root)
        self._per_point, self._point_inputs, self._point_outputs = _stage(self._graph, kinds, (True, False))
        self._per_pass, self._pass_inputs, _ = _stage(self._graph, kinds, (True, True), results=True)
        self._inputs = inputs[: len(moving)]

    def bind(self, batch: Batch) -> dict[fx.Node, Any]:
        """Return what a batch of this shape contributes at every point."""
        known = self._constants | dict(zip(self._data, tensors_of(batch), strict=True))
        fixed = [n for n, kind in self._kinds.items() if kind == (False, True) and n.op != "placeholder"]
        known = _interpret(fixed, known, None)
        return {node: known[node] for node in self._pass_inputs if node in known}

    def prepare(self, parameters: Mapping[str, Tensor]) -> dict[fx.Node, Any]:
        """Return what a point contributes to every batch."""
        known = dict(zip(self._inputs, (parameters[name] for name in self._moved), strict=True))
        results = self._per_point(*(known[n] if n in known else self._constants[n] for n in self._point_inputs))
        known.update(zip(self._point_outputs, results, strict=True))
        return known

    def run(self, point: Mapping[fx.Node, Any], bound: Mapping[fx.Node, Any]) -> dict[str, Tensor]:
        """Return the results of one batch at one point."""
        results = self._per_pass(*(bound[n] if n in bound else point[n] for n in self._pass_inputs))
        return dict(zip(self._names, results, strict=True))


def _trace(
    record: Callable[..., list[Tensor]], moving: list[Tensor], tensors: list[Tensor]
) -> tuple[fx.Graph, fx.GraphModule]:
    try:
        with torch.no_grad():
            root = make_fx(functionalize(record, remove="mutations"))(moving, tensors)
    except Exception as error:  # whatever a model does that is no sequence of tensor operations
        raise NotCapturableError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    graph = root.graph
    graph.set_codegen(fx.graph.CodeGen())  # plain placeholders, no nested arguments
    for node in list(graph.nodes):
        if node.op == "placeholder" and node.target.endswith("_spec"):
            graph.erase_node(node)
        elif node.op == "get_attr" and isinstance(constant := getattr(root, node.target), Tensor):
            node.meta["tensor_meta"] = constant  # of which shape and type are read, as of a record
    _merge_equal(graph)
    graph.eliminate_dead_code(lambda node: node.op in ("placeholder", "output"))
    for node in graph.nodes:
        schema = getattr(node.target, "_schema", None)
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()) and _draws(node):
            raise NotCapturableError(f"the forward pass draws random numbers ({node.target})")
        if schema is not None and schema.is_mutable:
            raise NotCapturableError(f"the forward pass writes to its inputs ({node.target})")
        if node.target in (aten.view.default, aten._unsafe_view.default):
            node.target = aten.reshape.default  # which any layout allows
        if node.target is aten.as_strided.default:
            raise NotCapturableError("the forward pass addresses memory by strides")
    return graph, root


def _draws(node: fx.Node) -> bool:
    """Whether a node draws random numbers; attention kernels do with dropout only."""
    schema: Any = node.target._schema  # type: ignore[union-attr]
    for position, argument in enumerate(schema.arguments):
        if argument.name == "dropout_p":
            given = node.args[position] if position < len(node.args) else node.kwargs.get("dropout_p")
            return bool(argument.default_value if given is None else given)
    return True


def _merge_equal(graph: fx.Graph) -> None:
    """Compute equal expressions once; the graph has no side effects."""
    first: dict[Any, fx.Node] = {}
    for node in list(graph.nodes):
        if node.op == "get_attr":
            key: Any = ("get_attr", node.target)
        elif node.op == "call_function":
            key = (node.target, repr(node.args), repr(node.kwargs))
        else:
            continue
        known = first.setdefault(key, node)
        if known is not node:
            node.replace_all_uses_with(known)
            graph.erase_node(node)


# ---------------------------------------------------------------------- rewriting


def _fold_batch_norms(graph: fx.Graph) -> int:
    folded = 0
    for node in list(graph.nodes):
        found = _frozen_norm(node)
        if found is None:
            continue
        conv, weight, bias, mean, variance, eps = found
        call = graph.call_function
        with graph.inserting_before(node):
            scale = call(aten.rsqrt.default, (call(aten.add.Scalar, (variance, eps)),))
            scale = scale if weight is None else call(aten.mul.Tensor, (scale, weight))
            shift = call(aten.mul.Tensor, (mean, scale))
            shift = call(aten.neg.default, (shift,)) if bias is None else call(aten.sub.Tensor, (bias, shift))
            x, kernel, offset, *geometry = conv.args
            rank = len(_shape(kernel))
            kernel = call(aten.mul.Tensor, (kernel, call(aten.reshape.default, (scale, [-1] + [1] * (rank - 1)))))
            offset = shift if offset is None else call(aten.addcmul.default, (shift, offset, scale))
            merged = call(aten.convolution.default, (x, kernel, offset, *geometry))
            merged.meta = dict(conv.meta)
        for user in list(node.users):
            user.replace_all_uses_with(merged)
            graph.erase_node(user)
        graph.erase_node(node)
        graph.erase_node(conv)
        folded += 1
    return folded


def _frozen_norm(node: fx.Node) -> tuple[Any, ...] | None:
    """Return convolution, scale, shift, mean, variance and eps of a batch norm that can be folded."""
    if node.op != "call_function":
        return None
    if node.target is aten._native_batch_norm_legit_no_training.default:
        conv, weight, bias, mean, variance, _, eps = node.args
    elif node.target in _STATISTICS and not node.args[_STATISTICS[node.target]]:
        conv, weight, bias, mean, variance, _, _, eps = node.args
    else:
        return None
    if not (isinstance(conv, fx.Node) and conv.target is aten.convolution.default and len(conv.users) == 1):
        return None
    if any(user.target is not operator.getitem or user.args[1] != 0 for user in node.users) or conv.args[6]:
        return None
    if mean is None or variance is None:
        return None
    tensors = [t for t in (conv, conv.args[1], weight, bias) if t is not None]
    return None if len({_dtype(t) for t in tensors}) > 1 else (conv, weight, bias, mean, variance, eps)


def _to_channels_last(graph: fx.Graph, kinds: Mapping[fx.Node, tuple[bool, bool]]) -> int:
    """Give convolutions over images their kernels, and data their rows, in channels-last; the rest follows."""
    changed = 0
    images = [n for n in graph.nodes if n.target is aten.convolution.default and not n.args[6] and len(_shape(n)) == 4]
    if max((math.prod(_shape(node.args[0])[2:]) for node in images), default=0) < LARGE_IMAGE:
        return 0
    for node in images:
        x, kernel, *rest = node.args
        if _dtype(node) != torch.float32 or _shape(node)[1] < 4:
            continue
        with graph.inserting_before(node):
            layout: dict[str, Any] = {"memory_format": torch.channels_last}
            kernel = graph.call_function(aten.clone.default, (kernel,), layout)
            if kinds.get(x) == (False, True):
                x = graph.call_function(aten.clone.default, (x,), layout)
        node.args = (x, kernel, *rest)
        changed += 1
    return changed


def _overwrite(graph: fx.Graph, kinds: Mapping[fx.Node, tuple[bool, bool]]) -> None:
    """Let pointwise operations write over an operand that nothing else uses."""
    for node in graph.nodes:
        if node.target not in _IN_PLACE or kinds.get(node) != (True, True):
            continue
        first = node.args[0]
        if isinstance(first, fx.Node) and _spent(first, kinds) and _alike(first, node):
            node.target = _IN_PLACE[node.target]
        elif node.target in (aten.add.Tensor, aten.mul.Tensor) and not node.kwargs and len(node.args) == 2:
            second = node.args[1]
            if isinstance(second, fx.Node) and _spent(second, kinds) and _alike(second, node):
                node.target, node.args = _IN_PLACE[node.target], (second, first)


def _spent(node: fx.Node, kinds: Mapping[fx.Node, tuple[bool, bool]]) -> bool:
    # A folded convolution is new to the graph, so not among the kinds; it depends on the data like its input.
    return len(node.users) == 1 and node.target in _FRESH and kinds.get(node, (True, True)) == (True, True)


def _alike(one: fx.Node, other: fx.Node) -> bool:
    return "tensor_meta" in one.meta and (_shape(one), _dtype(one)) == (_shape(other), _dtype(other))


# ---------------------------------------------------------------------- stages


def _kinds(graph: fx.Graph, points: set[fx.Node], data: set[fx.Node]) -> dict[fx.Node, tuple[bool, bool]]:
    """Tell of each node whether it depends on what moves and on the data."""
    kinds: dict[fx.Node, tuple[bool, bool]] = {}
    for node in graph.nodes:
        if node.op == "output":
            continue
        moves, reads = node in points, node in data
        for parent in node.all_input_nodes:
            moves, reads = moves or kinds[parent][0], reads or kinds[parent][1]
        kinds[node] = (moves, reads)
    return kinds


def _stage(
    graph: fx.Graph, kinds: Mapping[fx.Node, tuple[bool, bool]], kind: tuple[bool, bool], *, results: bool = False
) -> tuple[Callable[..., Any], list[fx.Node], list[fx.Node]]:
    """Compile the nodes of one kind into a function of what they need; returns also its inputs and its outputs."""
    last = next(node for node in graph.nodes if node.op == "output")
    inside = [node for node in graph.nodes if kinds.get(node) == kind and node.op != "placeholder"]
    members = set(inside)
    wanted = _flat(last.args[0]) if results else [
        node for node in inside if any(user not in members for user in node.users)
    ]  # fmt: skip
    needed = dict.fromkeys(
        parent for node in inside for parent in node.all_input_nodes if parent not in members
    ) | dict.fromkeys(node for node in wanted if node not in members)
    stage = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {node: stage.placeholder(f"given_{i}") for i, node in enumerate(needed)}
    for node in inside:
        copies[node] = stage.node_copy(node, copies.__getitem__)
    stage.output(tuple(copies[node] for node in wanted))
    return fx.GraphModule({}, stage).forward, list(needed), wanted


def _interpret(nodes: Sequence[fx.Node], known: dict[fx.Node, Any], root: fx.GraphModule | None) -> dict[fx.Node, Any]:
    known = dict(known)
    for node in nodes:
        if node.op == "get_attr":
            known[node] = getattr(root, str(node.target))
        elif node.op == "call_function":
            args, kwargs = fx.map_arg((node.args, node.kwargs), known.__getitem__)
            known[node] = node.target(*args, **kwargs)  # type: ignore[operator]
    return known


def _flat(results: Any) -> list[fx.Node]:
    return list(results) if isinstance(results, (list, tuple)) else [results]


def _shape(node: Any) -> tuple[int, ...]:
    return tuple(getattr(node.meta.get("tensor_meta"), "shape", ()))


def _dtype(node: Any) -> torch.dtype | None:
    return getattr(node.meta.get("tensor_meta"), "dtype", None)


def _nbytes(node: fx.Node) -> int:
    dtype = _dtype(node)
    return math.prod(_shape(node)) * dtype.itemsize if dtype else 0
