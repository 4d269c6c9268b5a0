"""A loss traced to a graph of tensor operations and simplified.

It runs at many parameters without the model's Python code.

What a forward pass computes from the data alone is computed once, from the parameters alone once per point; a batch
norm with frozen statistics becomes part of the convolution before it; a forward pass that loss and metrics each ask for
runs once; images go through channels-last where that is what the convolutions want. The same function to rounding,
which `landscape.slices._evaluation.evaluator` checks before it relies on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from landscape.objective.data import Batch, count_samples, map_tensors, tensors_of
from landscape.slices._evaluation.graph_passes import (
    Kinds,
    dtype_of,
    fold_batch_norms,
    overwrite,
    shape_of,
    to_channels_last,
)

__all__ = ["NotCapturableError", "TracedLoss"]

aten: Any = torch.ops.aten

Measure = Callable[[Mapping[str, Tensor], Batch], dict[str, Tensor]]
"""From parameters and a batch to named results."""


class NotCapturableError(Exception):
    """The loss is no fixed sequence of tensor operations; the message says why."""


class TracedLoss:
    """Loss and metrics of batches of one shape, as a traced function of the displaced parameters.

    Parameters
    ----------
    measure : callable
        `measure(parameters, batch)`, to be traced on `batch`.
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
        If the operations depend on values, draw random numbers or cannot be traced.
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
        self.folded = fold_batch_norms(self._graph)
        kinds = _kinds(self._graph, points, set(self._data))
        self.convolutions = to_channels_last(self._graph, kinds) if channels_last else 0
        overwrite(self._graph, kinds)
        kinds = _kinds(self._graph, points, set(self._data))
        self.widest = max((_nbytes(n) for n, kind in kinds.items() if kind == (True, True)), default=0)
        self._kinds = kinds
        self._constants = _interpret([n for n, k in kinds.items() if k == (False, False)], {}, root)
        self._per_point, self._point_inputs, self._point_outputs = _stage(self._graph, kinds, (True, False))
        self._per_pass, self._pass_inputs, _ = _stage(self._graph, kinds, (True, True), results=True)
        self._inputs = inputs[: len(moving)]

    def bind(self, batch: Batch) -> dict[fx.Node, Any]:
        """Return what depends on a batch only, computed once for all points."""
        known = self._constants | dict(zip(self._data, tensors_of(batch), strict=True))
        fixed = [n for n, kind in self._kinds.items() if kind == (False, True) and n.op != "placeholder"]
        known = _interpret(fixed, known, None)
        return {node: known[node] for node in self._pass_inputs if node in known}

    def prepare(self, parameters: Mapping[str, Tensor]) -> dict[fx.Node, Any]:
        """Return what depends on the parameters only, computed once for all batches."""
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
    """Merge equal expressions; the graph has no side effects."""
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


# ---------------------------------------------------------------------- stages


def _kinds(graph: fx.Graph, points: set[fx.Node], data: set[fx.Node]) -> dict[fx.Node, tuple[bool, bool]]:
    """Return for each node whether it depends on the displaced parameters and on the data."""
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
    graph: fx.Graph, kinds: Kinds, kind: tuple[bool, bool], *, results: bool = False
) -> tuple[Callable[..., Any], list[fx.Node], list[fx.Node]]:
    """Compile the nodes of one kind into a function; return it, its input nodes and its output nodes."""
    last = next(node for node in graph.nodes if node.op == "output")
    inside = [node for node in graph.nodes if kinds.get(node) == kind and node.op != "placeholder"]
    members = set(inside)
    wanted = (
        _flat(last.args[0]) if results else [node for node in inside if any(user not in members for user in node.users)]
    )
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


def _nbytes(node: fx.Node) -> int:
    dtype = dtype_of(node)
    return math.prod(shape_of(node)) * dtype.itemsize if dtype else 0
